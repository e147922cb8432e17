"""Lifting of a live camera: one frame in, one pose out, with the same time and memory after a day."""

import math
import time as clock
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from ...io.keypoints import LAYOUTS, h36m_keypoints
from ...io.keypoints.frames import clean
from ...models.hummuss import HumMussForPoseLifting, HumMussState
from ...motion import Motion
from .crop import Crop, crop_around, whole_picture
from .lift import DEFAULT_STREAM_LIFTER, load_lifter
from .placing import LiftOptions, placed_motion, regular


@dataclass(frozen=True, eq=False)
class LiftedFrame:
    """What a stream knows of one frame.

    Args:
        time: seconds.
        joints: (17, 3) metres about the pelvis, in the camera's axes (x right, y down, z away), Human3.6M's order.
        keypoints: (17, 3) about the middle of the picture, -1 to 1 over its longer side, and the confidence.
        seconds: how long it took.
    """

    time: float
    joints: Tensor
    keypoints: Tensor
    seconds: float


class LiftStream:
    """Lifts the frames of one person as they come.

    Args:
        model: a causal lifter, or its name.
        size: width and height of the picture in pixels.
        layout: of the keypoints, a name of `LAYOUTS`.
        fps: frames a second that the camera means to give; frames may come at other times.
        keep_seconds: how much of the past `motion` gives.

    Raises:
        ValueError: a lifter that is not causal, or a layout that is not known.
    """

    def __init__(
        self,
        model: HumMussForPoseLifting | str = DEFAULT_STREAM_LIFTER,
        size: tuple[float, float] = (1280, 720),
        layout: str = "coco17",
        fps: float = 30.0,
        keep_seconds: float = 10.0,
        options: LiftOptions | None = None,
    ):
        self.model = model if isinstance(model, HumMussForPoseLifting) else load_lifter(model)
        if not self.model.config.causal:
            raise ValueError("this lifter sees the future: a stream needs a causal one, such as hummuss-mini-causal")
        if layout not in LAYOUTS:
            raise ValueError(f"there is no layout {layout!r}; there are {', '.join(LAYOUTS)}")
        if not (fps > 0 and keep_seconds > 0 and min(size) > 0):
            raise ValueError("fps, keep_seconds and size must be more than 0")
        self.size, self.layout, self.fps = size, LAYOUTS[layout], fps
        self.options = options or LiftOptions()
        self.frames: deque[LiftedFrame] = deque(maxlen=max(4, math.ceil(keep_seconds * fps)))
        self._state: HumMussState | None = None
        self._crop: Crop | None = None

    @torch.no_grad()
    def push(self, keypoints: ArrayLike | Sequence, time: float | None = None) -> LiftedFrame:
        """The next frame.

        Args:
            keypoints: (keypoints, 2 or 3) pixels and confidence, in the stream's layout; NaN or a confidence of 0 where
                one is missing. A frame in which nobody was seen is all of them missing.
            time: seconds at which it was taken, rising; as regular as `fps` by default. Give all frames one, or none.

        Raises:
            ValueError: another shape, or a time that is not after the last.
        """
        started = clock.perf_counter()
        rows = np.asarray(keypoints, dtype=np.float64)
        expected = len(self.layout.points)
        if rows.ndim != 2 or len(rows) != expected or rows.shape[1] not in (2, 3):
            raise ValueError(f"keypoints have shape {rows.shape}, expected ({expected}, 2) or ({expected}, 3)")
        joints = torch.from_numpy(h36m_keypoints(clean(rows.tolist(), "keypoints"), self.layout)).float()
        if self._crop is None and bool((joints[:, 2] > 0).sum() > len(joints) // 2):
            self._crop = crop_around(joints)
        seen = torch.zeros_like(joints) if self._crop is None else self._crop.inside(joints)
        output, self._state = self.model.step(seen[None], self._state, time, self.fps)
        lifted = output.joints[0, 0].float()
        if self._crop is not None:
            lifted = self._crop.out_of(lifted, self.size, self.options.focal)
        last = self.frames[-1].time if self.frames else -1 / self.fps
        frame = LiftedFrame(
            last + 1 / self.fps if time is None else float(time),
            lifted - lifted[:1],
            whole_picture(self.size).inside(joints),
            clock.perf_counter() - started,
        )
        self.frames.append(frame)
        return frame

    @property
    def num_bytes(self) -> int:
        """Memory of what the stream remembers for the next frame; it does not grow."""
        return self._state.num_bytes if self._state else 0

    def motion(self) -> Motion:
        """The motion of the frames so far, as far back as they are kept.

        Raises:
            ValueError: no frame came yet.
            MotionError: what was lifted is no motion.
        """
        if not self.frames:
            raise ValueError("no frame came yet; push some first")
        times = torch.tensor([frame.time for frame in self.frames], dtype=torch.float64)
        joints = regular(torch.stack([frame.joints for frame in self.frames]), times, self.fps)
        points = regular(torch.stack([frame.keypoints for frame in self.frames]), times, self.fps)
        return placed_motion(joints, points, self.fps, self.options)


__all__ = ["LiftStream", "LiftedFrame"]
