"""What every check of a statement needs: the fact it yields, and the small measures that several of them share."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..statements import Statement
from ..thresholds import holds
from .positions import Positions

MOST = 0.9  #: share of frames in which a lasting state must hold
_PATH_SECONDS = 0.2  # a way is measured between points this far apart, so that sway does not lengthen it
#: Degrees of a direction on the ground, to the left of straight ahead.
SECTOR_ANGLES = {
    "forward": 0, "forward-left": 45, "left": 90, "backward-left": 135, "backward": 180, "backward-right": 225,
    "right": 270, "forward-right": 315,
}  # fmt: skip


@dataclass(frozen=True)
class Fact:
    """One word or number of a statement, measured again.

    Args:
        name: what is said: ``kind``, ``direction``, ``side``, ``form``, ``pace``, ``count`` or a quantity's name.
        holds: whether it is true.
        found: what was measured, for the report.
    """

    name: str
    holds: bool
    found: str = ""


def mostly(mask: NDArray, share: float = MOST) -> bool:
    return bool(mask.mean() >= share)


def near(found: float, said: float, absolute: float, relative: float) -> bool:
    return abs(found - said) <= max(absolute, relative * abs(said))


def number_fact(statement: Statement, name: str, found: float, absolute: float, relative: float) -> Iterator[Fact]:
    said = statement.number(name)
    if said is not None:
        yield Fact(name, near(found, said, absolute, relative), f"{found:.2f}")


def pace_fact(statement: Statement, speed: float, slow: str, fast: str) -> Iterator[Fact]:
    if statement.pace:
        true = speed <= holds(slow) if statement.pace == "slow" else speed >= holds(fast)
        yield Fact("pace", bool(true), f"{speed:.2f}")


def off_by(angle: float, middle: float) -> float:
    """Degrees between two directions, 0 to 180."""
    return abs((angle - middle + 180) % 360 - 180)


def episodes(mask: NDArray, min_frames: int, gap: int) -> int:
    """Number of true stretches, those closer than ``gap`` frames joined, those shorter than ``min_frames`` dropped."""
    number, length, since = 0, 0, gap + 1
    for value in mask:
        if value:
            if since > gap:
                length = 0
            length += 1
            since = 0
            number += length == min_frames
        else:
            since += 1
    return number


def crossings(curve: NDArray) -> float:
    """Cycles of a curve around its middle: half the number of its changes between the upper and the lower part."""
    low, high = np.percentile(curve, [5, 95])
    upper, lower = curve > low + 0.62 * (high - low), curve < low + 0.38 * (high - low)
    sides = [1 if up else -1 for up, down in zip(upper, lower, strict=True) if up or down]
    return sum(a != b for a, b in zip(sides, sides[1:], strict=False)) / 2


def cycles_fact(statement: Statement, found: float) -> Fact:
    """A number of cycles; "several" is true from two on."""
    true = found >= 1.5 if statement.count == 0 else abs(found - statement.count) <= max(0.5, 0.1 * statement.count)
    return Fact("count", true, f"{found:g}")


def side_of(statement: Statement) -> str:
    return statement.part.split("_")[0]


def without_drift(curves: NDArray, frames: int) -> NDArray:
    """(T, N) less the mean of the frames around."""
    half = frames // 2
    means = [curves[max(0, frame - half) : frame + half + 1].mean(axis=0) for frame in range(len(curves))]
    return curves - np.array(means)


def ground_way(body: Positions, window: slice) -> tuple[NDArray, NDArray]:
    """Points (N, 2) on the ground about every 0.2 s, and where the body faces (N - 1,) halfway between them."""
    frames = np.arange(window.start, window.stop)
    parts = max(1, round((len(frames) - 1) / (_PATH_SECONDS * body.fps)))
    chosen = frames[np.round(np.linspace(0, len(frames) - 1, parts + 1)).astype(int)]
    return body["pelvis"][chosen][:, [0, 2]], body.facing[(chosen[1:] + chosen[:-1]) // 2]


def foot_steps(body: Positions, side: str, window: slice, speed: float) -> int:
    """How often a foot moves over the ground faster than the body does."""
    moving = body.speed(body[f"{side}_ankle"] * [1, 0, 1])[window] > 1.1 * speed
    return episodes(moving, max(1, round(0.1 * body.fps)), round(0.1 * body.fps))
