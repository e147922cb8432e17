"""Curves from joint positions alone, for checking statements: raw frames, no smoothing, no rotations.

Deliberately other formulas than ``track``: where the body faces comes from the line between its hips, angles from the
law of cosines or from sums of arctangents, speeds from plain differences.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from being_m0_hf.motion import JOINT_INDEX, Motion

_SPEED_SECONDS = 0.1  # speeds are differences over this time, so that a recording's jitter does not count
_ANKLE_ABOVE_SOLE = 0.03  # m, against the toe joint
SIDES = ("left", "right")


@dataclass(frozen=True, eq=False)
class Positions:
    """Joint positions of a motion at its own rate. Metres, degrees, seconds."""

    motion: Motion

    @property
    def fps(self) -> float:
        return self.motion.fps

    @cached_property
    def points(self) -> NDArray:
        """(T, 22, 3)"""
        return self.motion.joints().double().numpy()

    def __getitem__(self, joint: str) -> NDArray:
        """(T, 3) position of a joint."""
        return self.points[:, JOINT_INDEX[joint]]

    def window(self, start: float, end: float) -> slice:
        """Frames between two times; at least two of them."""
        last = len(self.points) - 1
        first = min(max(int(round(start * self.fps)), 0), last - 1)
        return slice(first, max(min(int(round(end * self.fps)), last), first + 1) + 1)

    @cached_property
    def facing(self) -> NDArray:
        """(T,) degrees, 0 = +z, positive to the left, without jumps: square to the line from right to left hip."""
        line = self["left_hip"] - self["right_hip"]
        angle = np.degrees(np.arctan2(-line[:, 2], line[:, 0]))
        steps = (np.diff(angle) + 180) % 360 - 180
        return angle[0] + np.concatenate(([0.0], np.cumsum(steps)))

    def local(self, vectors: NDArray) -> NDArray:
        """World vectors (T, 3) as (left, up, forward)."""
        angle = np.radians(self.facing)
        forward = np.stack((np.sin(angle), np.zeros_like(angle), np.cos(angle)), axis=-1)
        left = np.cross([0.0, 1.0, 0.0], forward)
        return np.stack(((vectors * left).sum(-1), vectors[:, 1], (vectors * forward).sum(-1)), axis=-1)

    def speed(self, curve: NDArray) -> NDArray:
        """(T,) speed of a curve (T,) or a point (T, 3) per second."""
        step = max(1, round(_SPEED_SECONDS * self.fps))
        ahead = np.minimum(np.arange(len(curve)) + step, len(curve) - 1)
        ahead_by = np.maximum(ahead - np.arange(len(curve)), 1)
        change = curve[ahead] - curve
        size = np.abs(change) if curve.ndim == 1 else np.sqrt((change**2).sum(-1))
        size = size * self.fps / ahead_by
        size[-1] = size[-2]
        return size

    @cached_property
    def floor(self) -> float:
        """Mean height of the lower sole over its lowest tenth, the lowest hundredth left out."""
        lowest = np.sort(np.minimum(self._sole("left"), self._sole("right")))
        few = lowest[len(lowest) // 100 : max(len(lowest) // 10, len(lowest) // 100 + 1)]
        return float(few.mean())

    def _sole(self, side: str) -> NDArray:
        return np.minimum(self[f"{side}_foot"][:, 1], self[f"{side}_ankle"][:, 1] - _ANKLE_ABOVE_SOLE)

    def off_floor(self, side: str) -> NDArray:
        """(T,) metres of a foot above the floor."""
        return self._sole(side) - self.floor

    @cached_property
    def height(self) -> NDArray:
        """(T,) pelvis above the floor by the same with straight legs: pelvis to hips, thigh, shin and foot."""
        offsets = self.motion.skeleton.offsets.double().numpy()
        legs = [-sum(offsets[JOINT_INDEX[f"{side}_{name}"], 1] for name in ("hip", "knee", "ankle", "foot"))
                for side in SIDES]  # fmt: skip
        return (self["pelvis"][:, 1] - self.floor) / max(legs)

    @cached_property
    def lean(self) -> NDArray:
        """(T,) degrees between the trunk and vertical."""
        trunk = self["neck"] - self["pelvis"]
        return np.degrees(np.arctan2(np.hypot(trunk[:, 0], trunk[:, 2]), trunk[:, 1]))

    @cached_property
    def twist(self) -> NDArray:
        """(T,) degrees from the line of the hips to the line of the shoulders, positive to the left."""
        line = self["left_shoulder"] - self["right_shoulder"]
        angle = np.degrees(np.arctan2(-line[:, 2], line[:, 0]))
        return (angle - self.facing + 180) % 360 - 180

    def arm(self, side: str) -> NDArray:
        """(T, 3) wrist from shoulder: outward, up, forward."""
        vector = self.local(self[f"{side}_wrist"] - self[f"{side}_shoulder"])
        vector[:, 0] *= 1 if side == "left" else -1
        return vector

    def elevation(self, side: str) -> NDArray:
        """(T,) degrees between straight down and the line from shoulder to wrist."""
        arm = self[f"{side}_wrist"] - self[f"{side}_shoulder"]
        return np.degrees(np.arccos(np.clip(-arm[:, 1] / np.sqrt((arm**2).sum(-1)), -1, 1)))

    def elbow(self, side: str) -> NDArray:
        return self._bend(f"{side}_shoulder", f"{side}_elbow", f"{side}_wrist")

    def knee(self, side: str) -> NDArray:
        return self._bend(f"{side}_hip", f"{side}_knee", f"{side}_ankle")

    def _bend(self, upper: str, middle: str, lower: str) -> NDArray:
        """(T,) degrees off straight, by the law of cosines."""
        a, b, c = self.gap(upper, middle), self.gap(middle, lower), self.gap(upper, lower)
        return 180 - np.degrees(np.arccos(np.clip((a**2 + b**2 - c**2) / (2 * a * b), -1, 1)))

    def gap(self, one: str, other: str) -> NDArray:
        """(T,) metres between two joints."""
        return np.sqrt(((self[one] - self[other]) ** 2).sum(-1))
