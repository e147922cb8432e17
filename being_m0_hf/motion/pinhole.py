"""A still camera that sees as people's cameras do: what is farther is smaller."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, eq=False)
class Camera:
    """A still camera; its axes are x to the right, y down, z away from it.

    Args:
        rotation: (3, 3) from the world (y up) to the camera.
        target: (3,) point of the world at the middle of the picture.
        distance: metres from the target.
        focal: focal length, in longer sides of the picture.
        perspective: whether what is nearer is larger; otherwise orthographic.
    """

    rotation: Tensor
    target: Tensor
    distance: float
    focal: float
    perspective: bool = True

    def view(self, points: Tensor) -> Tensor:
        """Points (..., 3) of the world in the camera's axes, metres."""
        offset = torch.tensor([0.0, 0.0, self.distance])
        return (points - self.target) @ self.rotation.T + offset

    def project(self, viewed: Tensor) -> Tensor:
        """Points (..., 3) in the camera's axes on the picture (..., 2), whose longer side reaches from -1 to 1."""
        depth = viewed[..., 2:] if self.perspective else self.distance
        return 2 * self.focal * viewed[..., :2] / depth


def camera_rotation(yaw: float, pitch: float) -> Tensor:
    """Rotation (3, 3) of a camera that stands at yaw radians about y (0: on the side of +z) and pitch above."""
    away = torch.tensor([-math.sin(yaw) * math.cos(pitch), -math.sin(pitch), -math.cos(yaw) * math.cos(pitch)])
    right = torch.tensor([math.cos(yaw), 0.0, -math.sin(yaw)])
    return torch.stack((right, torch.linalg.cross(away, right), away))


__all__ = ["Camera", "camera_rotation"]
