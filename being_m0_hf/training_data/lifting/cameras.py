"""Cameras drawn at random around a moving body."""

import math

import torch
import torch.nn.functional as F
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


def draw_cameras(joints: Tensor, generator: torch.Generator, orthographic_share: float = 0.1) -> Camera:
    """For each clip (clips, T, joints, 3) a camera that has it in its picture, not quite in the middle.

    Where the body would not fit at the distance that was drawn, the camera stands farther away.

    Returns:
        One `Camera` whose fields are tensors; they broadcast with the clips, and are on their device.
    """
    draws = torch.rand(7, len(joints), generator=generator, device=joints.device)
    yaw, pitch = 2 * math.pi * draws[0], _between(math.radians(LOWEST), math.radians(HIGHEST), draws[1])
    rotation = camera_rotation(yaw, pitch)
    focal, distance = _between(SHORTEST_FOCAL, LONGEST_FOCAL, draws[2]), _between(NEAREST, FARTHEST, draws[3])
    perspective = draws[4] >= orthographic_share
    points = joints.flatten(1, 2)
    middle = (points.amax(1) + points.amin(1)) / 2
    seen = (points - middle[:, None]) @ rotation.mT
    nearest = -seen[..., 2].amin(1)
    half = seen[..., :2].abs().amax((1, 2))
    distance = torch.maximum(distance, nearest + (ROOM * 2 * focal * half).clamp(min=LEAST_DEPTH))
    spare = (distance / (2 * focal) - half).clamp(min=0)  # metres between body and edge, about
    shift = F.pad(_between(-0.3, 0.3, draws[5:].mT) * spare[:, None], (0, 1))
    target = middle + (shift[:, None] @ rotation)[:, 0]

    def one_each(values: Tensor) -> Tensor:
        return values[:, None, None, None]

    return Camera(rotation[:, None], target[:, None, None], one_each(distance), one_each(focal), one_each(perspective))


def draw_camera(joints: Tensor, generator: torch.Generator, orthographic_share: float = 0.1) -> Camera:
    """`draw_cameras` for one clip (T, joints, 3)."""
    cameras = draw_cameras(joints[None], generator, orthographic_share)
    return Camera(
        cameras.rotation[0, 0],
        cameras.target[0, 0, 0],
        float(cameras.distance),
        float(cameras.focal),
        bool(cameras.perspective),
    )


def _between(low: float, high: float, share: Tensor) -> Tensor:
    return low + (high - low) * share


__all__ = ["draw_camera", "draw_cameras"]
