"""Is what is said about posture and height true: standing, sitting, rising, jumping, one leg, no movement?"""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from ..statements import Statement
from ..thresholds import holds
from .facts import Fact, episodes, mostly, number_fact
from .positions import SIDES, Positions


def check_level(statement: Statement, body: Positions, window: slice) -> Iterator[Fact]:
    height = body["pelvis"][window, 1]
    change = (height[-1] - height[0]) * (1 if statement.kind == "rise" else -1)
    yield Fact("kind", bool(change >= holds("height_change")), f"{change:.2f}")
    yield from number_fact(statement, "distance", change, 0.04, 0.12)


def check_squat(statement: Statement, body: Positions, window: slice) -> Iterator[Fact]:
    height = body["pelvis"][window, 1]
    low, high = height.min(), np.percentile(height, 95)
    yield Fact("kind", bool(high - low >= holds("height_change")), f"{high - low:.2f}")
    yield from number_fact(statement, "distance", high - low, 0.06, 0.25)
    if statement.count:
        found = episodes(height < (low + high) / 2, 1, round(0.1 * body.fps))
        yield Fact("count", found == statement.count, str(found))


def check_posture(statement: Statement, body: Positions, window: slice) -> Iterator[Fact]:
    yield Fact("form", mostly(_POSTURES[statement.form](body)[window]))


def _standing(body: Positions) -> NDArray:
    grounded = np.minimum(body.off_floor("left"), body.off_floor("right")) < holds("grounded_foot")
    return (body.height > holds("standing_height")) & (body.lean < holds("standing_lean")) & grounded


def _bent(body: Positions) -> NDArray:
    trunk = body.local(body["neck"] - body["pelvis"])
    ahead = trunk[:, 2] > np.abs(trunk[:, 0])
    return (body.lean > holds("bent_lean")) & ahead & (body.height > holds("bent_height"))


def _reach(body: Positions) -> NDArray:
    aside = body["pelvis"] - (body["left_ankle"] + body["right_ankle"]) / 2
    return np.hypot(aside[:, 0], aside[:, 2])


def _knees(body: Positions) -> NDArray:
    return np.minimum(body.knee("left"), body.knee("right"))


def _knee_height(body: Positions) -> NDArray:
    return np.minimum(body["left_knee"][:, 1], body["right_knee"][:, 1]) - body.floor


def _crouching(body: Positions) -> NDArray:
    low = (body.height < holds("low_height")) & (_knees(body) > holds("crouch_knee"))
    return low & (_reach(body) < holds("crouch_reach")) & (_knee_height(body) > holds("knee_floor"))


def _sitting(body: Positions) -> NDArray:
    steep = []
    for side in SIDES:
        drop = np.abs(body[f"{side}_hip"][:, 1] - body[f"{side}_knee"][:, 1]) / body.gap(f"{side}_hip", f"{side}_knee")
        steep.append(np.degrees(np.arcsin(np.clip(drop, 0, 1))))
    level = np.maximum(*steep) < holds("sit_thigh")
    return (
        (body.height < holds("low_height"))
        & (_reach(body) > holds("sit_reach"))
        & (body.lean < holds("standing_lean"))
        & level
    )


def _kneeling(body: Positions) -> NDArray:
    return (
        (_knee_height(body) < holds("knee_floor"))
        & (_knees(body) > holds("crouch_knee"))
        & (body.lean < holds("standing_lean"))
    )


def _lying(body: Positions) -> NDArray:
    return (body.lean > holds("lying_lean")) & (body.height < holds("lying_height"))


_POSTURES: dict[str, Callable[[Positions], NDArray]] = {
    "standing": _standing, "bent": _bent, "crouching": _crouching, "sitting": _sitting, "kneeling": _kneeling,
    "lying": _lying,
}  # fmt: skip


def check_body_still(statement: Statement, body: Positions, window: slice) -> Iterator[Fact]:
    fastest = np.max([body.speed(body.points[:, joint]) for joint in range(body.points.shape[1])], axis=0)[window]
    yield Fact("kind", mostly(fastest < holds("still_speed")), f"{fastest.max():.2f}")


def check_balance(statement: Statement, body: Positions, window: slice) -> Iterator[Fact]:
    other = SIDES[1 - SIDES.index(statement.side)]
    lifted = body.off_floor(other)[window] > holds("balance_foot")
    stands = body.off_floor(statement.side)[window] < holds("grounded_foot")
    yield Fact("kind", mostly(lifted | (body.off_floor(statement.side)[window] > holds("balance_foot"))))
    yield Fact("side", mostly(lifted & stands))


def check_jump(statement: Statement, body: Positions, window: slice) -> Iterator[Fact]:
    lower = np.minimum(body.off_floor("left"), body.off_floor("right"))
    off = lower > holds("foot_off")
    pelvis = body["pelvis"][:, 1]
    edges = np.flatnonzero(np.diff(np.concatenate(([0], off.astype(int), [0]))))
    number, highest = 0, 0.0
    for start, stop in zip(edges[::2], edges[1::2], strict=True):
        # a jump of the statement overlaps its window, and the pelvis is thrown up in it
        overlaps = start < window.stop and stop > window.start
        ends = max(pelvis[start], pelvis[min(stop, len(pelvis) - 1)])
        if overlaps and stop - start > 0.06 * body.fps and pelvis[start:stop].max() - ends >= holds("jump_rise"):
            number, highest = number + 1, max(highest, float(lower[start:stop].max()))
    yield Fact("kind", number > 0)
    yield Fact("count", number == statement.count, str(number))
    yield from number_fact(statement, "height", highest, 0.04, 0.2)
