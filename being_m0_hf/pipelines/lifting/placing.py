"""Lifted joints to a motion in the world: level, on the floor, where the camera saw it."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ...motion import Motion, MotionError
from .from_h36m import motion_from_h36m
from .path import DEFAULT_FOCAL, camera_path, camera_tilt, on_level_floor, to_world
from .trunk import with_calm_hips

#: Of a motion that is made of irregular times, nine hours at 30 a second.
MOST_FRAMES = 1_000_000


@dataclass(frozen=True)
class LiftOptions:
    """How joints become a motion.

    Args:
        in_place: whether the body stays where it is; otherwise it goes where the camera saw it.
        focal: focal length of the camera in longer sides of the picture.
        tilt: degrees by which the camera looks down; estimated by default.
    """

    in_place: bool = False
    focal: float = DEFAULT_FOCAL
    tilt: float | None = None

    def __post_init__(self) -> None:
        if not 0.2 <= self.focal <= 20:
            raise ValueError(f"focal is {self.focal:g}, expected 0.2 to 20 longer sides of the picture")
        if self.tilt is not None and not -90 <= self.tilt <= 90:
            raise ValueError(f"tilt is {self.tilt:g}, expected -90 to 90 degrees")


def placed_motion(joints: Tensor, points: Tensor, fps: float, options: LiftOptions | None = None) -> Motion:
    """The motion of lifted joints.

    Args:
        joints: (T, 17, 3) metres about the pelvis, in the camera's axes.
        points: (T, 17, 3) x and y about the middle of the picture, -1 to 1 over its longer side, and the confidence.
        fps: frames a second.
        options: where the camera stood, and whether the body goes anywhere.

    Raises:
        MotionError: joints that no body can do.
    """
    options = options or LiftOptions()
    tilt = camera_tilt(joints) if options.tilt is None else options.tilt
    path = torch.zeros(len(joints), 3) if options.in_place else camera_path(joints, points, options.focal, fps)
    placed = with_calm_hips(to_world(joints + (path - path[:1])[:, None], tilt), fps)
    return motion_from_h36m(on_level_floor(placed, fps), fps)


def regular(values: Tensor, times: Tensor, fps: float) -> Tensor:
    """(T, ...) at irregular times, read at regular ones in between.

    Raises:
        MotionError: times that are too far apart.
    """
    span = float(times[-1] - times[0])
    if span * fps > MOST_FRAMES:
        raise MotionError(
            f"times reach over {span:g} s, more than {MOST_FRAMES:,} frames at {fps:g} a second; give them in seconds"
        )
    wanted = torch.arange(int((times[-1] - times[0]) * fps + 1e-6) + 1) / fps + times[0]
    columns = [np.interp(wanted.numpy(), times.numpy(), column.numpy()) for column in values.flatten(1).T]
    return torch.from_numpy(np.stack(columns, -1)).float().unflatten(1, values.shape[1:])


__all__ = ["LiftOptions", "placed_motion", "regular"]
