"""Cameras drawn at random around a moving body."""

import math

import torch
from torch import Tensor

from ...motion.pinhole import Camera, camera_rotation

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


__all__ = ["draw_camera"]
