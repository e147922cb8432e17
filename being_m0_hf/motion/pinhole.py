"""A still camera that sees as people's cameras do: what is farther is smaller."""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, eq=False)
class Camera:
    """A still camera; its axes are x to the right, y down, z away from it.

    Many cameras are one whose fields are tensors that broadcast with the points: for points (cameras, frames, joints,
    3) rotations (cameras, 1, 3, 3), and all else (cameras, 1, 1, 3) or (cameras, 1, 1, 1).

    Args:
        rotation: (3, 3) from the world (y up) to the camera.
        target: (3,) point of the world at the middle of the picture.
        distance: metres from the target.
        focal: focal length, in longer sides of the picture.
        perspective: whether what is nearer is larger; otherwise orthographic.
    """

    rotation: Tensor
    target: Tensor
    distance: float | Tensor
    focal: float | Tensor
    perspective: bool | Tensor = True

    def view(self, points: Tensor) -> Tensor:
        """Points (..., 3) of the world in the camera's axes, metres."""
        across, away = ((points - self.target) @ self.rotation.mT).split((2, 1), -1)
        return torch.cat((across, away + self.distance), -1)

    def project(self, viewed: Tensor) -> Tensor:
        """Points (..., 3) in the camera's axes on the picture (..., 2), whose longer side reaches from -1 to 1."""
        perspective = torch.as_tensor(self.perspective, device=viewed.device)
        depth = torch.where(perspective, viewed[..., 2:], self.distance)
        return 2 * self.focal * viewed[..., :2] / depth


def camera_rotation(yaw: float | Tensor, pitch: float | Tensor) -> Tensor:
    """Rotation (3, 3) of a camera that stands at yaw radians about y (0: on the side of +z) and pitch above.

    Of many cameras (..., 3, 3) for tensors (...).
    """
    yaw, pitch = torch.as_tensor(yaw, dtype=torch.float32), torch.as_tensor(pitch, dtype=torch.float32)
    away = -torch.stack((yaw.sin() * pitch.cos(), pitch.sin(), yaw.cos() * pitch.cos()), -1)
    right = torch.stack((yaw.cos(), torch.zeros_like(yaw), -yaw.sin()), -1)
    return torch.stack((right, torch.linalg.cross(away, right), away), -2)


__all__ = ["Camera", "camera_rotation"]
