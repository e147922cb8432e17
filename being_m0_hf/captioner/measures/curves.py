"""Events in a curve over time: stretches above a level, moves from one turning point to the next, repetitions."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from being_m0_hf.motion.curves import runs, weigh_frames

_AVERAGE = np.array([3.0, 2.0, 1.0]) / 9
#: A parabola through five frames, at the middle one (Savitzky and Golay 1964).
_PARABOLA = np.array([17.0, 12.0, -3.0]) / 35
_TRIM = 0.05  # of a move: what lies before and after is the rest between two moves
_SLOW_END = 0.1  # of the greatest speed: slower is drift before or after a move
_MOST_OF_MOVE = 0.85
_MAX_LEG_SECONDS = 1.5  # slower than this, back and forth are two events and no rhythm
_MAX_PAUSE_SECONDS = 0.7
_MIN_REPEAT_LEGS = 4
_COUNT_MARGINS = (0.65, 1.35)  # of a move's size; within them the number of moves must stay the same
_MAX_UNEVENNESS = 2.5  # largest to smallest move and time between turns, for a number to be clear


@dataclass(frozen=True)
class Move:
    """A change of a curve in one direction between two frames (both included)."""

    first: int
    last: int
    change: float


@dataclass(frozen=True)
class Repeat:
    """A stretch of moves back and forth.

    Args:
        moves: all of them, in order.
        count: full cycles when clear, otherwise 0.
    """

    moves: tuple[Move, ...]
    count: int

    @property
    def first(self) -> int:
        return self.moves[0].first

    @property
    def last(self) -> int:
        return self.moves[-1].last

    @property
    def size(self) -> float:
        """Median size of a move."""
        return float(np.median([abs(move.change) for move in self.moves]))


def smooth(curve: NDArray) -> NDArray:
    """(T, ...) without the jitter between frames: a parabola through five frames, so that peaks keep their height."""
    return weigh_frames(curve, _PARABOLA)


def average(curve: NDArray, times: int) -> NDArray:
    """(T, ...) averaged over five frames with triangle weights, several times."""
    for _ in range(times):
        curve = weigh_frames(curve, _AVERAGE)
    return curve


def stretches(inside: NDArray, keep: NDArray, min_frames: int, bridge: int = 0) -> list[tuple[int, int]]:
    """Frame ranges (stop exclusive) that ``keep`` (T,) allows and in which ``inside`` (T,) is true at least once.

    That is hysteresis: ``inside`` is the clear condition, ``keep`` the weaker one. Gaps of up to ``bridge`` frames are
    closed first.
    """
    ranges = runs(keep)
    joined: list[tuple[int, int]] = []
    for start, stop in ranges:
        if joined and start - joined[-1][1] <= bridge:
            joined[-1] = (joined[-1][0], stop)
        else:
            joined.append((start, stop))
    return [(start, stop) for start, stop in joined if stop - start >= min_frames and inside[start:stop].any()]


def turning_points(curve: NDArray, size: float) -> list[int]:
    """Frames at which a curve turns back, when every move between two of them is at least ``size``."""
    low = high = 0
    points: list[int] = []
    rising: bool | None = None
    for frame, value in enumerate(curve):
        if value < curve[low]:
            low = frame
        if value > curve[high]:
            high = frame
        if rising is not True and value - curve[low] >= size:
            points.append(low)
            rising, high = True, frame
        elif rising is not False and curve[high] - value >= size:
            points.append(high)
            rising, low = False, frame
        if rising:
            low = high
        elif rising is False:
            high = low
    if rising is not None:
        points.append(high if rising else low)
    return points


def moves(curve: NDArray, size: float) -> list[Move]:
    """The moves of at least ``size`` between turning points, without the rest before and after each."""
    points = turning_points(curve, size)
    return [_trimmed(curve, first, last) for first, last in zip(points, points[1:], strict=False)]


def _trimmed(curve: NDArray, first: int, last: int) -> Move:
    """The move between two turning points without slow drift before and after it.

    It is the stretch around the fastest moment. A move in stages has rests inside it: then only its ends are cut.
    """
    whole = curve[last] - curve[first]
    speed = np.diff(curve[first : last + 1]) * np.sign(whole)
    fastest = int(speed.argmax())
    moving = speed > _SLOW_END * speed[fastest]
    begin, finish = next((first + start, first + stop) for start, stop in runs(moving) if start <= fastest < stop)
    if abs(curve[finish] - curve[begin]) < _MOST_OF_MOVE * abs(whole):
        progress = (curve[first : last + 1] - curve[first]) / whole
        begin = first + int(np.flatnonzero(progress <= _TRIM)[-1])
        finish = begin + int(np.flatnonzero(progress[begin - first :] >= 1 - _TRIM)[0])
    return Move(begin, finish, float(curve[finish] - curve[begin]))


def split_repeats(curve: NDArray, size: float, fps: float) -> tuple[list[Move], list[Repeat]]:
    """The single moves of a curve, and its stretches of at least four moves back and forth in a rhythm."""
    groups: list[list[Move]] = []
    for move in moves(curve, size):
        short = move.last - move.first <= _MAX_LEG_SECONDS * fps
        if groups and short and _continues(groups[-1][-1], move, fps):
            groups[-1].append(move)
        else:
            groups.append([move])
    singles = [move for group in groups if len(group) < _MIN_REPEAT_LEGS for move in group]
    repeated = [group for group in groups if len(group) >= _MIN_REPEAT_LEGS]
    return singles, [Repeat(tuple(group), _clear_count(curve, group, size)) for group in repeated]


def _continues(before: Move, move: Move, fps: float) -> bool:
    return before.last - before.first <= _MAX_LEG_SECONDS * fps and move.first - before.last <= _MAX_PAUSE_SECONDS * fps


def _clear_count(curve: NDArray, group: list[Move], size: float) -> int:
    """Full cycles, or 0 where the moves are uneven or another least size of a move would give another number."""
    part = curve[group[0].first : group[-1].last + 1]
    same = all(len(moves(part, factor * size)) == len(group) for factor in _COUNT_MARGINS)
    sizes = np.array([abs(move.change) for move in group])
    periods = np.diff([move.last for move in group])
    even = sizes.max() <= _MAX_UNEVENNESS * sizes.min() and periods.max() <= _MAX_UNEVENNESS * periods.min()
    return len(group) // 2 if same and even else 0
