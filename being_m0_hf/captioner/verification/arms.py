"""Is what is said about an arm true: raised, held, swung, bent, at the head or the hip?"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ..statements import Statement
from ..thresholds import holds
from .facts import (
    Fact,
    crossings,
    cycles_fact,
    episodes,
    mostly,
    number_fact,
    off_by,
    pace_fact,
    side_of,
    without_drift,
)
from .positions import SIDES, Positions

_ARM_ANGLES = {"forward": 0, "side": 90, "backward": 180, "across": 270}
_AXES = ("side to side", "up and down", "forward and back")


def check_lift_of_arm(statement: Statement, body: Positions, window: slice) -> Iterator[Fact]:
    curve = body.elevation(side_of(statement))[window]
    yield from _change(statement, curve, statement.kind == "raise", "arm_change")
    if statement.direction:
        yield points_to(statement, body, slice(window.stop - 1, window.stop))


def _change(statement: Statement, curve: NDArray, rises: bool, threshold: str) -> Iterator[Fact]:
    change = (curve[-1] - curve[0]) * (1 if rises else -1)
    yield Fact("kind", bool(change >= holds(threshold)), f"{change:.0f}")
    yield from number_fact(statement, "angle", change, 8, 0.12)
    yield from number_fact(statement, "until", curve[-1], 8, 0.1)
    yield from pace_fact(statement, change / statement.seconds, "slow_limb", "fast_limb")


def points_to(statement: Statement, body: Positions, window: slice) -> Fact:
    """Where the arm points in most frames of a window."""
    elevation = body.elevation(side_of(statement))[window]
    if statement.direction == "up":
        return Fact("direction", mostly(elevation > holds("arm_up")), f"{elevation.min():.0f}")
    if statement.direction == "down":
        return Fact("direction", mostly(elevation < holds("arm_down")), f"{elevation.max():.0f}")
    arm = body.arm(side_of(statement))[window]
    angles = np.degrees(np.arctan2(arm[:, 0], arm[:, 2]))
    right_way = np.array([off_by(one, _ARM_ANGLES[statement.direction]) <= holds("arm_direction") for one in angles])
    far = np.sqrt(arm[:, 0] ** 2 + arm[:, 2] ** 2) > holds("arm_reach")
    return Fact("direction", mostly(right_way & far, 0.8), f"{np.median(angles):.0f}")


def check_hold(statement: Statement, body: Positions, window: slice) -> Iterator[Fact]:
    side = side_of(statement)
    slow = body.speed(body.arm(side))[window] < holds("hold_speed")
    yield Fact("kind", mostly(slow & (body.elevation(side)[window] > holds("hold_height"))))
    if statement.direction:
        yield points_to(statement, body, window)
    if statement.form:
        bend = body.elbow(side)[window]
        true = bend > holds("bent_elbow") if statement.form == "bent" else bend < holds("straight_elbow")
        yield Fact("form", mostly(true), f"{np.median(bend):.0f}")


def check_swing(statement: Statement, body: Positions, window: slice) -> Iterator[Fact]:
    side = side_of(statement)
    hand = body.local(body[f"{side}_wrist"] - body["pelvis"])[window]
    rhythm = without_drift(hand, round(1.5 * body.fps)).std(axis=0)
    axis = _AXES.index(statement.direction) if statement.direction else int(rhythm.argmax())
    curve = hand[:, axis]
    size = np.percentile(curve, 97) - np.percentile(curve, 3)
    yield Fact("kind", bool(size >= holds("swing_reach")), f"{size:.2f}")
    if statement.direction:
        clear = rhythm[axis] >= 0.7 * rhythm.max()
        yield Fact("direction", bool(clear), " ".join(f"{one:.2f}" for one in rhythm))
    yield cycles_fact(statement, crossings(without_drift(curve[:, None], round(2.5 * body.fps))[:, 0]))
    yield from number_fact(statement, "reach", size, 0.1, 0.35)
    if statement.form:
        elevation = body.elevation(side)[window]
        true = elevation > 90 if statement.form == "raised" else elevation < 75
        yield Fact("form", mostly(true), f"{elevation.min():.0f}..{elevation.max():.0f}")


def check_elbow(statement: Statement, body: Positions, window: slice) -> Iterator[Fact]:
    yield from _change(statement, body.elbow(side_of(statement))[window], statement.kind == "bend", "elbow_change")


def check_above(statement: Statement, body: Positions, window: slice) -> Iterator[Fact]:
    elevation = body.elevation(side_of(statement))[window]
    yield Fact("kind", mostly(elevation > holds("arm_above"), 0.98), f"{elevation.min():.0f}")


def check_pump(statement: Statement, body: Positions, window: slice) -> Iterator[Fact]:
    curve = body.elbow(side_of(statement))[window]
    size = np.percentile(curve, 97) - np.percentile(curve, 3)
    yield Fact("kind", bool(size >= holds("elbow_change")), f"{size:.0f}")
    yield from number_fact(statement, "angle", size, 15, 0.3)
    yield cycles_fact(statement, crossings(without_drift(curve[:, None], round(2.5 * body.fps))[:, 0]))


def check_bent(statement: Statement, body: Positions, window: slice) -> Iterator[Fact]:
    yield Fact("kind", mostly(body.elbow(side_of(statement))[window] > holds("bent_elbow"), 0.98))


def check_touch(statement: Statement, body: Positions, window: slice) -> Iterator[Fact]:
    side = side_of(statement)
    other = {"head": "head", "hands": f"{SIDES[1 - SIDES.index(side)]}_wrist", "hip": f"{side}_hip"}[statement.form]
    near = body.gap(f"{side}_wrist", other) < holds(f"near_{statement.form}")
    if statement.form == "hip":
        near &= body.elbow(side) > holds("bent_elbow")
    found = episodes(near[window], 1, round(0.1 * body.fps))
    yield Fact("form", found > 0)
    if statement.count:
        yield Fact("count", found == statement.count, str(found))


def check_hang(statement: Statement, body: Positions, window: slice) -> Iterator[Fact]:
    elevation = body.elevation(side_of(statement))[window]
    yield Fact("kind", mostly(elevation < holds("arm_down"), 0.98), f"{elevation.max():.0f}")
