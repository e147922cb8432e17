"""Cameras drawn at random around a moving body."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

#: Degrees above the horizon at which a camera stands.
LOWEST, HIGHEST = -20.0, 30.0
#: Focal length, in longer sides of the picture.
SHORTEST_FOCAL, LONGEST_FOCAL = 1.0, 2.0
#: Metres from the body.
NEAREST, FARTHEST = 2.0, 6.0
#: How much more than the body has room in the picture, at least.
ROOM = 1.2
#: No joint comes nearer to the camera, metres.
LEAST_DEPTH = 0.5


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


def draw_camera(joints: Tensor, generator: torch.Generator, orthographic_share: float = 0.1) -> Camera:
    """A camera that has a clip (T, joints, 3) in its picture, not quite in the middle.

    Where the body would not fit at the distance that was drawn, the camera stands farther away.
    """

    def between(low: float, high: float) -> float:
        return low + (high - low) * float(torch.rand((), generator=generator))

    rotation = camera_rotation(between(0, 2 * math.pi), math.radians(between(LOWEST, HIGHEST)))
    focal, distance = between(SHORTEST_FOCAL, LONGEST_FOCAL), between(NEAREST, FARTHEST)
    perspective = between(0, 1) >= orthographic_share
    points = joints.reshape(-1, 3)
    middle = (points.amax(0) + points.amin(0)) / 2
    seen = (points - middle) @ rotation.T
    nearest = float(-seen[:, 2].min())
    half = float(seen[:, :2].abs().max())
    distance = max(distance, nearest + max(LEAST_DEPTH, ROOM * 2 * focal * half))
    spare = max(0.0, distance / (2 * focal) - half)  # metres between body and edge, about
    shift = torch.tensor([between(-0.3, 0.3) * spare, between(-0.3, 0.3) * spare, 0.0])
    return Camera(rotation, middle + rotation.T @ shift, distance, focal, perspective)


__all__ = ["Camera", "camera_rotation", "draw_camera"]
