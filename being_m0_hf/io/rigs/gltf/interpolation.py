"""Values of a glTF animation between its keys: STEP, LINEAR and CUBICSPLINE as appendix C of the specification says."""

from dataclasses import dataclass

import numpy as np

from ....motion import MotionError

INTERPOLATIONS = ("STEP", "LINEAR", "CUBICSPLINE")
_CLOSE = 1e-5  # s: times are written as float32; where every frame is a key, none must come a frame late
_TINY_ANGLE = 1e-6


@dataclass(frozen=True, eq=False)
class Track:
    """Keys of one property of one node.

    Args:
        times: (K,) seconds, rising.
        values: (K, D), or (K, 3, D) of a cubic spline: in-tangent, value, out-tangent.
        interpolation: one of ``INTERPOLATIONS``.
        is_rotation: whether the values are quaternions (x, y, z, w).

    Raises:
        MotionError: counts that do not fit, NaN, or times that fall.
    """

    times: np.ndarray
    values: np.ndarray
    interpolation: str
    is_rotation: bool

    def __post_init__(self) -> None:
        if self.interpolation not in INTERPOLATIONS:
            raise MotionError(f"the animation's interpolation {str(self.interpolation)[:20]!r} is unknown")
        width = 4 if self.is_rotation else 3
        expected = (3, width) if self.interpolation == "CUBICSPLINE" else (width,)
        if len(self.times) < 1 or self.values.shape != (len(self.times), *expected):
            raise MotionError(f"an animation channel has {self.values.shape} values for {len(self.times)} times")
        if not np.isfinite(self.times).all() or (np.diff(self.times) < 0).any():
            raise MotionError("an animation's key times do not rise")

    def moves(self) -> bool:
        """Whether the values change at all; an animation in which none does is a pose."""
        values = self.values[:, 1] if self.interpolation == "CUBICSPLINE" else self.values
        return bool(np.ptp(values, axis=0).max() > 1e-5) if np.isfinite(values).all() else False

    def at(self, times: np.ndarray) -> np.ndarray:
        """(T, D) values at times (T,); before the first key and after the last one they stay."""
        is_baked = len(times) > 1 and len(self.times) > 1 and self._key_step() < 1.5 * (times[1] - times[0])
        after = np.searchsorted(self.times, times + (_CLOSE if is_baked else 0.0), side="right")
        start = np.clip(after - 1, 0, len(self.times) - 1)
        end = np.minimum(start + 1, len(self.times) - 1)
        if self.interpolation == "STEP":
            return self.values[start]
        length = self.times[end] - self.times[start]
        share = np.clip((times - self.times[start]) / np.where(length > 0, length, 1.0), 0.0, 1.0)[:, None]
        if self.interpolation == "CUBICSPLINE":
            return self._spline(start, end, length[:, None], share)
        if self.is_rotation:
            return _slerp(self.values[start], self.values[end], share)
        return self.values[start] * (1 - share) + self.values[end] * share

    def _key_step(self) -> float:
        return float(np.median(np.diff(self.times)))

    def _spline(self, start: np.ndarray, end: np.ndarray, length: np.ndarray, share: np.ndarray) -> np.ndarray:
        square, cube = share**2, share**3
        return (
            (2 * cube - 3 * square + 1) * self.values[start, 1]
            + length * (cube - 2 * square + share) * self.values[start, 2]
            + (3 * square - 2 * cube) * self.values[end, 1]
            + length * (cube - square) * self.values[end, 0]
        )


def _slerp(first: np.ndarray, second: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Along the shorter arc between quaternions (T, 4)."""
    first, second = (
        value / np.maximum(np.linalg.norm(value, axis=1, keepdims=True), 1e-12) for value in (first, second)
    )
    cosine = (first * second).sum(axis=1, keepdims=True)
    second = np.where(cosine < 0, -second, second)
    angle = np.arccos(np.clip(np.abs(cosine), 0.0, 1.0))
    sine = np.sin(angle)
    near = angle < _TINY_ANGLE
    weights = [np.where(near, part, np.sin(part * angle) / np.where(near, 1.0, sine)) for part in (1 - share, share)]
    return first * weights[0] + second * weights[1]
