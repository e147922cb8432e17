"""Statements measured again by independent code: does what is said hold?

Works on raw joint positions at the motion's own rate (``positions``) and shares no measuring code with the captioner;
only the meaning of the words is common, the ``holds`` column of ``thresholds.yaml``.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from being_m0_hf.motion import Motion

from ..measures.body import measure
from ..statements import Statement
from ..thresholds import holds
from .positions import SIDES, Positions

_MOST = 0.9  # share of frames in which a lasting state must hold
_PATH_SECONDS = 0.2  # a way is measured between points this far apart, so that sway does not lengthen it
_SECTOR_ANGLES = {
    "forward": 0, "forward-left": 45, "left": 90, "backward-left": 135, "backward": 180, "backward-right": 225,
    "right": 270, "forward-right": 315,
}  # fmt: skip
_ARM_ANGLES = {"forward": 0, "side": 90, "backward": 180, "across": 270}
_AXES = ("side to side", "up and down", "forward and back")


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


@dataclass
class VerificationReport:
    """Facts of many motions, held and not.

    Args:
        stated: facts by (kind, name).
        failed: those that do not hold.
        swapped: statements that do not hold, but would with left and right exchanged.
        examples: (motion's name, statement, fact) of each failure.
    """

    motions: int = 0
    stated: Counter = field(default_factory=Counter)
    failed: Counter = field(default_factory=Counter)
    swapped: int = 0
    examples: list[tuple[str, Statement, Fact]] = field(default_factory=list)

    @property
    def share(self) -> float:
        """Share of facts that hold, 0 to 1; 1 when nothing was stated."""
        total = sum(self.stated.values())
        return 1 - sum(self.failed.values()) / total if total else 1.0

    def __str__(self) -> str:
        total, wrong = sum(self.stated.values()), sum(self.failed.values())
        lines = [f"{self.motions} motions, {total} facts, {total - wrong} hold: {100 * self.share:.2f} %; "
                 f"left and right swapped: {self.swapped}"]  # fmt: skip
        for (kind, name), number in self.failed.most_common():
            lines.append(f"  {kind} {name}: {number} of {self.stated[kind, name]} do not hold")
        return "\n".join(lines)


def verify(statement: Statement, motion: Motion) -> list[Fact]:
    """Each fact of a statement, measured again on the motion.

    Raises:
        ValueError: the statement is of no known kind.
    """
    return _verify(statement, Positions(motion))


def verified(statements: Iterable[Statement], motion: Motion) -> tuple[Statement, ...]:
    """The statements of which every fact holds."""
    positions = Positions(motion)
    return tuple(one for one in statements if all(fact.holds for fact in _verify(one, positions)))


def verify_motions(motions: Iterable[tuple[str, Motion]], filtered: bool = False) -> VerificationReport:
    """Measure motions, measure what was stated again, and count.

    Args:
        motions: (name, motion) pairs.
        filtered: count only what ``caption`` would keep (whole statements that hold); by default all that is measured,
            which says how good the measuring is.
    """
    report = VerificationReport()
    for name, motion in motions:
        report.motions += 1
        positions = Positions(motion)
        for statement in measure(motion):
            facts = _verify(statement, positions)
            if filtered and not all(fact.holds for fact in facts):
                continue
            wrong = {fact.name for fact in facts if not fact.holds}
            if wrong & _sided(statement) and all(fact.holds for fact in _verify(statement.mirrored(), positions)):
                report.swapped += 1
            for fact in facts:
                report.stated[statement.kind, fact.name] += 1
                if not fact.holds:
                    report.failed[statement.kind, fact.name] += 1
                    report.examples.append((name, statement, fact))
    return report


def _sided(statement: Statement) -> set[str]:
    """Names of the facts that exchanged sides would break; "forward" has no side."""
    one_sided = statement.direction != statement.mirrored().direction
    return {"kind", "side", "direction"} if one_sided else {"kind", "side"}


def _verify(statement: Statement, positions: Positions) -> list[Fact]:
    check = _CHECKS.get(statement.kind)
    if check is None:
        raise ValueError(f"statement of kind {statement.kind!r} cannot be verified; known: {', '.join(_CHECKS)}")
    return list(check(statement, positions, positions.window(statement.start, statement.end)))


# --- small measures -------------------------------------------------------------------------------------------------


def _mostly(mask: NDArray, share: float = _MOST) -> bool:
    return bool(mask.mean() >= share)


def _near(found: float, said: float, absolute: float, relative: float) -> bool:
    return abs(found - said) <= max(absolute, relative * abs(said))


def _number(statement: Statement, name: str, found: float, absolute: float, relative: float) -> Iterator[Fact]:
    said = statement.number(name)
    if said is not None:
        yield Fact(name, _near(found, said, absolute, relative), f"{found:.2f}")


def _pace(statement: Statement, speed: float, slow: str, fast: str) -> Iterator[Fact]:
    if statement.pace:
        true = speed <= holds(slow) if statement.pace == "slow" else speed >= holds(fast)
        yield Fact("pace", bool(true), f"{speed:.2f}")


def _off_by(angle: float, middle: float) -> float:
    """Degrees between two directions, 0 to 180."""
    return abs((angle - middle + 180) % 360 - 180)


def _episodes(mask: NDArray, min_frames: int, gap: int) -> int:
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


def _crossings(curve: NDArray) -> float:
    """Cycles of a curve around its middle: half the number of its changes between the upper and the lower part."""
    low, high = np.percentile(curve, [5, 95])
    upper, lower = curve > low + 0.62 * (high - low), curve < low + 0.38 * (high - low)
    sides = [1 if up else -1 for up, down in zip(upper, lower, strict=True) if up or down]
    return sum(a != b for a, b in zip(sides, sides[1:], strict=False)) / 2


def _cycles(statement: Statement, found: float) -> Fact:
    """A number of cycles; "several" is true from two on."""
    true = found >= 1.5 if statement.count == 0 else abs(found - statement.count) <= max(0.5, 0.1 * statement.count)
    return Fact("count", true, f"{found:g}")


# --- path -----------------------------------------------------------------------------------------------------------


def _check_stay(statement: Statement, body: Positions, window: slice) -> Iterator[Fact]:
    ground = body["pelvis"][window][:, [0, 2]]
    ground = ground[:: max(1, len(ground) // 200)]
    widest = np.sqrt(((ground[:, None] - ground[None]) ** 2).sum(-1)).max()
    yield Fact("kind", bool(widest / 2 <= holds("stay_radius")), f"{widest:.2f}")


def _way(body: Positions, window: slice) -> tuple[NDArray, NDArray]:
    """Points (N, 2) on the ground about every 0.2 s, and where the body faces (N - 1,) halfway between them."""
    frames = np.arange(window.start, window.stop)
    parts = max(1, round((len(frames) - 1) / (_PATH_SECONDS * body.fps)))
    chosen = frames[np.round(np.linspace(0, len(frames) - 1, parts + 1)).astype(int)]
    return body["pelvis"][chosen][:, [0, 2]], body.facing[(chosen[1:] + chosen[:-1]) // 2]


def _check_travel(statement: Statement, body: Positions, window: slice) -> Iterator[Fact]:
    points, facing = _way(body, window)
    steps = np.diff(points, axis=0)
    lengths = np.hypot(*steps.T)
    chord = points[-1] - points[0]
    net, speed = float(np.hypot(*chord)), float(lengths.sum() / statement.seconds)
    far = float(np.hypot(*(points - points[0]).T).max())
    yield Fact("kind", far >= holds("travel_distance") and _gait_holds(statement, body, window, speed), f"{far:.2f}")
    yield from _number(statement, "distance", float(lengths.sum()), 0.15, 0.12)
    yield from _number(statement, "speed", speed, 0.15, 0.12)
    yield from _pace(statement, speed, "slow_travel", "fast_travel")
    if statement.direction:
        angles = np.radians(np.degrees(np.arctan2(steps[:, 0], steps[:, 1])) - facing)
        mean = np.degrees(np.arctan2((lengths * np.sin(angles)).sum(), (lengths * np.cos(angles)).sum()))
        allowed = holds("diagonal_angle") if "-" in statement.direction else holds("travel_angle")
        yield Fact("direction", _off_by(mean, _SECTOR_ANGLES[statement.direction]) <= allowed, f"{mean:.0f}")
    if statement.form == "straight":
        aside = np.abs((points - points[0]) @ np.array([chord[1], -chord[0]])) / max(net, 1e-6)
        true = aside.max() <= 0.15 * net and np.ptp(facing) <= holds("facing_change")
        yield Fact("form", bool(true), f"{aside.max():.2f}")
    if statement.form == "curve":
        # the area between the way and its chord; an arc's is two thirds of its bulge times the chord
        x, z = (points - points[0]).T
        area = float((z[:-1] * x[1:] - x[:-1] * z[1:]).sum() / 2)
        bulge = 1.5 * area / max(net**2, 1e-9)
        yield Fact("form", abs(bulge) >= holds("path_bulge"), f"{bulge:.2f}")
        yield Fact("side", (bulge > 0) == (statement.side == "left"), f"{bulge:.2f}")
    if statement.count:
        found = sum(_foot_steps(body, side, window, speed) for side in SIDES)
        yield Fact("count", _near(found, statement.count, 1, 0.12), str(found))


def _gait_holds(statement: Statement, body: Positions, window: slice, speed: float) -> bool:
    lower = np.minimum(body.off_floor("left"), body.off_floor("right"))[window]
    flying = lower > holds("foot_off")
    if statement.kind == "run":
        return speed >= holds("run_speed") and (_episodes(flying, 1, 1) >= 2 or speed >= holds("run_surely"))
    stepping = sum(_foot_steps(body, side, window, speed) for side in SIDES) >= 2
    return statement.kind == "move" or (stepping and _mostly(lower < holds("grounded_foot")))


def _foot_steps(body: Positions, side: str, window: slice, speed: float) -> int:
    """How often a foot moves over the ground faster than the body does."""
    moving = body.speed(body[f"{side}_ankle"] * [1, 0, 1])[window] > 1.1 * speed
    return _episodes(moving, max(1, round(0.1 * body.fps)), round(0.1 * body.fps))


def _check_turn(statement: Statement, body: Positions, window: slice) -> Iterator[Fact]:
    facing = body.facing[window]
    change = facing[-1] - facing[0]
    yield Fact("kind", bool(abs(change) >= holds("turn_angle")), f"{change:.0f}")
    yield Fact("side", (change > 0) == (statement.side == "left"), f"{change:.0f}")
    yield from _number(statement, "angle", abs(change), 10, 0.12)
    yield from _pace(statement, abs(change) / statement.seconds, "slow_turn", "fast_turn")


# --- posture and contact --------------------------------------------------------------------------------------------


def _check_level(statement: Statement, body: Positions, window: slice) -> Iterator[Fact]:
    height = body["pelvis"][window, 1]
    change = (height[-1] - height[0]) * (1 if statement.kind == "rise" else -1)
    yield Fact("kind", bool(change >= holds("height_change")), f"{change:.2f}")
    yield from _number(statement, "distance", change, 0.04, 0.12)


def _check_squat(statement: Statement, body: Positions, window: slice) -> Iterator[Fact]:
    height = body["pelvis"][window, 1]
    low, high = height.min(), np.percentile(height, 95)
    yield Fact("kind", bool(high - low >= holds("height_change")), f"{high - low:.2f}")
    yield from _number(statement, "distance", high - low, 0.06, 0.25)
    if statement.count:
        found = _episodes(height < (low + high) / 2, 1, round(0.1 * body.fps))
        yield Fact("count", found == statement.count, str(found))


def _check_posture(statement: Statement, body: Positions, window: slice) -> Iterator[Fact]:
    yield Fact("form", _mostly(_POSTURES[statement.form](body)[window]))


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


def _check_body_still(statement: Statement, body: Positions, window: slice) -> Iterator[Fact]:
    fastest = np.max([body.speed(body.points[:, joint]) for joint in range(body.points.shape[1])], axis=0)[window]
    yield Fact("kind", _mostly(fastest < holds("still_speed")), f"{fastest.max():.2f}")


def _check_balance(statement: Statement, body: Positions, window: slice) -> Iterator[Fact]:
    other = SIDES[1 - SIDES.index(statement.side)]
    lifted = body.off_floor(other)[window] > holds("balance_foot")
    stands = body.off_floor(statement.side)[window] < holds("grounded_foot")
    yield Fact("kind", _mostly(lifted | (body.off_floor(statement.side)[window] > holds("balance_foot"))))
    yield Fact("side", _mostly(lifted & stands))


def _check_jump(statement: Statement, body: Positions, window: slice) -> Iterator[Fact]:
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
    yield from _number(statement, "height", highest, 0.04, 0.2)


# --- torso ----------------------------------------------------------------------------------------------------------


def _check_upright(statement: Statement, body: Positions, window: slice) -> Iterator[Fact]:
    yield Fact("kind", _mostly(body.lean[window] < holds("upright_lean"), 0.98), f"{body.lean[window].max():.0f}")


def _check_lean(statement: Statement, body: Positions, window: slice) -> Iterator[Fact]:
    lean = body.lean[window]
    trunk = body.local(body["neck"] - body["pelvis"])[window]
    angle = np.degrees(np.arctan2(trunk[:, 0], trunk[:, 2]))
    this_way = np.array([_off_by(one, _SECTOR_ANGLES[statement.direction]) <= holds("lean_direction") for one in angle])
    most = lean > 0.85 * lean.max()
    yield Fact("kind", bool(lean.max() >= holds("lean_angle")), f"{lean.max():.0f}")
    yield Fact("direction", _mostly(this_way[most], 0.5), f"{angle[lean.argmax()]:.0f}")
    yield from _number(statement, "angle", float(lean[this_way].max(initial=0.0)), 5, 0.1)
    if statement.count:
        found = _episodes(lean > holds("lean_angle"), max(1, round(0.15 * body.fps)), round(0.15 * body.fps))
        yield Fact("count", found == statement.count, str(found))


def _check_twist(statement: Statement, body: Positions, window: slice) -> Iterator[Fact]:
    turned = body.twist[window] * (1 if statement.side == "left" else -1)
    yield Fact("kind", bool(np.abs(turned).max() >= holds("twist_angle")))
    yield Fact("side", bool(turned.max() >= holds("twist_angle")), f"{turned.max():.0f}")
    yield from _number(statement, "angle", turned.max(), 5, 0.12)
    found = _episodes(turned > holds("twist_angle"), max(1, round(0.15 * body.fps)), round(0.15 * body.fps))
    yield Fact("count", found == statement.count, str(found))


def _check_invert(statement: Statement, body: Positions, window: slice) -> Iterator[Fact]:
    below = body["neck"][:, 1] - body["pelvis"][:, 1] < 0
    yield Fact("kind", bool(body.lean[window].max() >= holds("upside_down") and below[window].any()))
    if statement.count:
        found = _episodes(below[window], 1, round(0.3 * body.fps))
        yield Fact("count", found == statement.count, str(found))


def _check_sway(statement: Statement, body: Positions, window: slice) -> Iterator[Fact]:
    yield from _number(statement, "angle", body.lean[window].max(), 4, 0.1)


# --- arms -----------------------------------------------------------------------------------------------------------


def _side(statement: Statement) -> str:
    return statement.part.split("_")[0]


def _check_lift_of_arm(statement: Statement, body: Positions, window: slice) -> Iterator[Fact]:
    curve = body.elevation(_side(statement))[window]
    yield from _change(statement, curve, statement.kind == "raise", "arm_change")
    if statement.direction:
        yield _points_to(statement, body, slice(window.stop - 1, window.stop))


def _change(statement: Statement, curve: NDArray, rises: bool, threshold: str) -> Iterator[Fact]:
    change = (curve[-1] - curve[0]) * (1 if rises else -1)
    yield Fact("kind", bool(change >= holds(threshold)), f"{change:.0f}")
    yield from _number(statement, "angle", change, 8, 0.12)
    yield from _number(statement, "until", curve[-1], 8, 0.1)
    yield from _pace(statement, change / statement.seconds, "slow_limb", "fast_limb")


def _points_to(statement: Statement, body: Positions, window: slice) -> Fact:
    """Where the arm points in most frames of a window."""
    elevation = body.elevation(_side(statement))[window]
    if statement.direction == "up":
        return Fact("direction", _mostly(elevation > holds("arm_up")), f"{elevation.min():.0f}")
    if statement.direction == "down":
        return Fact("direction", _mostly(elevation < holds("arm_down")), f"{elevation.max():.0f}")
    arm = body.arm(_side(statement))[window]
    angles = np.degrees(np.arctan2(arm[:, 0], arm[:, 2]))
    right_way = np.array([_off_by(one, _ARM_ANGLES[statement.direction]) <= holds("arm_direction") for one in angles])
    far = np.sqrt(arm[:, 0] ** 2 + arm[:, 2] ** 2) > holds("arm_reach")
    return Fact("direction", _mostly(right_way & far, 0.8), f"{np.median(angles):.0f}")


def _check_hold(statement: Statement, body: Positions, window: slice) -> Iterator[Fact]:
    side = _side(statement)
    slow = body.speed(body.arm(side))[window] < holds("hold_speed")
    yield Fact("kind", _mostly(slow & (body.elevation(side)[window] > holds("hold_height"))))
    if statement.direction:
        yield _points_to(statement, body, window)
    if statement.form:
        bend = body.elbow(side)[window]
        true = bend > holds("bent_elbow") if statement.form == "bent" else bend < holds("straight_elbow")
        yield Fact("form", _mostly(true), f"{np.median(bend):.0f}")


def _check_swing(statement: Statement, body: Positions, window: slice) -> Iterator[Fact]:
    side = _side(statement)
    hand = body.local(body[f"{side}_wrist"] - body["pelvis"])[window]
    rhythm = _without_drift(hand, round(1.5 * body.fps)).std(axis=0)
    axis = _AXES.index(statement.direction) if statement.direction else int(rhythm.argmax())
    curve = hand[:, axis]
    size = np.percentile(curve, 97) - np.percentile(curve, 3)
    yield Fact("kind", bool(size >= holds("swing_reach")), f"{size:.2f}")
    if statement.direction:
        clear = rhythm[axis] >= 0.7 * rhythm.max()
        yield Fact("direction", bool(clear), " ".join(f"{one:.2f}" for one in rhythm))
    yield _cycles(statement, _crossings(_without_drift(curve[:, None], round(2.5 * body.fps))[:, 0]))
    yield from _number(statement, "reach", size, 0.1, 0.35)
    if statement.form:
        elevation = body.elevation(side)[window]
        true = elevation > 90 if statement.form == "raised" else elevation < 75
        yield Fact("form", _mostly(true), f"{elevation.min():.0f}..{elevation.max():.0f}")


def _without_drift(curves: NDArray, frames: int) -> NDArray:
    """(T, N) less the mean of the frames around."""
    half = frames // 2
    means = [curves[max(0, frame - half) : frame + half + 1].mean(axis=0) for frame in range(len(curves))]
    return curves - np.array(means)


def _check_elbow(statement: Statement, body: Positions, window: slice) -> Iterator[Fact]:
    yield from _change(statement, body.elbow(_side(statement))[window], statement.kind == "bend", "elbow_change")


def _check_above(statement: Statement, body: Positions, window: slice) -> Iterator[Fact]:
    elevation = body.elevation(_side(statement))[window]
    yield Fact("kind", _mostly(elevation > holds("arm_above"), 0.98), f"{elevation.min():.0f}")


def _check_pump(statement: Statement, body: Positions, window: slice) -> Iterator[Fact]:
    curve = body.elbow(_side(statement))[window]
    size = np.percentile(curve, 97) - np.percentile(curve, 3)
    yield Fact("kind", bool(size >= holds("elbow_change")), f"{size:.0f}")
    yield from _number(statement, "angle", size, 15, 0.3)
    yield _cycles(statement, _crossings(_without_drift(curve[:, None], round(2.5 * body.fps))[:, 0]))


def _check_bent(statement: Statement, body: Positions, window: slice) -> Iterator[Fact]:
    yield Fact("kind", _mostly(body.elbow(_side(statement))[window] > holds("bent_elbow"), 0.98))


def _check_touch(statement: Statement, body: Positions, window: slice) -> Iterator[Fact]:
    side = _side(statement)
    other = {"head": "head", "hands": f"{SIDES[1 - SIDES.index(side)]}_wrist", "hip": f"{side}_hip"}[statement.form]
    near = body.gap(f"{side}_wrist", other) < holds(f"near_{statement.form}")
    if statement.form == "hip":
        near &= body.elbow(side) > holds("bent_elbow")
    found = _episodes(near[window], 1, round(0.1 * body.fps))
    yield Fact("form", found > 0)
    if statement.count:
        yield Fact("count", found == statement.count, str(found))


def _check_hang(statement: Statement, body: Positions, window: slice) -> Iterator[Fact]:
    elevation = body.elevation(_side(statement))[window]
    yield Fact("kind", _mostly(elevation < holds("arm_down"), 0.98), f"{elevation.max():.0f}")


def _check_still(statement: Statement, body: Positions, window: slice) -> Iterator[Fact]:
    if statement.part == "body":
        yield from _check_body_still(statement, body, window)
    elif statement.part == "torso":
        yield Fact("kind", bool(np.ptp(body.lean[window]) <= holds("torso_still")))
    else:
        arm = body.arm(_side(statement))[window]
        yield Fact("kind", bool(np.ptp(arm, axis=0).max() / 2 <= holds("arm_still")))


# --- legs -----------------------------------------------------------------------------------------------------------


def _check_step(statement: Statement, body: Positions, window: slice) -> Iterator[Fact]:
    points, _ = _way(body, window)
    speed = np.hypot(*np.diff(points, axis=0).T).sum() / statement.seconds
    found = _foot_steps(body, _side(statement), window, speed)
    yield Fact("kind", found > 0)
    several = found >= 2
    yield Fact("count", _near(found, statement.count, 1, 0.12) if statement.count else several, str(found))


def _check_lift_of_leg(statement: Statement, body: Positions, window: slice) -> Iterator[Fact]:
    side = _side(statement)
    height = body.off_floor(side)[window]
    yield Fact("kind", bool(height.max() >= holds("lift_height")), f"{height.max():.2f}")
    if statement.kind == "kick":
        speed = body.speed(body.local(body[f"{side}_ankle"] - body["pelvis"]))[window].max()
        yield Fact("form", bool(speed >= holds("kick_speed")), f"{speed:.1f}")
    found = _episodes(height > holds("lift_height"), max(1, round(0.1 * body.fps)), 1)
    yield Fact("count", found == statement.count, str(found))
    yield from _number(statement, "height", height.max(), 0.04, 0.12)
    if statement.direction:
        foot = body.local(body[f"{side}_ankle"] - body[f"{side}_hip"])[window]
        outward = foot[:, 0] * (1 if side == "left" else -1)
        share = {"forward": foot[:, 2], "backward": -foot[:, 2], "side": outward}[statement.direction]
        yield Fact("direction", bool(share.max() >= holds("lift_direction")), f"{share.max():.2f}")


def _check_knee(statement: Statement, body: Positions, window: slice) -> Iterator[Fact]:
    bend = body.knee(_side(statement))[window]
    yield Fact("kind", bool(bend.max() >= holds("knee_bend")), f"{bend.max():.0f}")
    yield from _number(statement, "angle", bend.max(), 6, 0.08)
    if statement.count:
        found = _episodes(bend > holds("knee_bend"), max(1, round(0.15 * body.fps)), 1)
        yield Fact("count", found == statement.count, str(found))


def _check_planted(statement: Statement, body: Positions, window: slice) -> Iterator[Fact]:
    reach = np.ptp(body[f"{_side(statement)}_ankle"][window], axis=0).max() / 2
    yield Fact("kind", bool(reach <= holds("planted")), f"{reach:.2f}")


def _check_shift(statement: Statement, body: Positions, window: slice) -> Iterator[Fact]:
    """How far a hand (against the shoulder) or a foot gets from the middle of the box around its way."""
    if statement.part == "root":
        way = body["pelvis"] * [1, 0, 1]
    else:
        side = _side(statement)
        way = body.arm(side) if statement.part.endswith("arm") else body[f"{side}_ankle"]
    way = way[window] - (way[window].max(axis=0) + way[window].min(axis=0)) / 2
    reach = np.sqrt((way**2).sum(-1).max())
    yield from _number(statement, "reach", reach, 0.05, 0.12)
    if statement.form:
        true = reach <= holds("little_way") if statement.form == "little" else reach >= holds("travel_distance") / 2
        yield Fact("form", bool(true), f"{reach:.2f}")


def _check_lower(statement: Statement, body: Positions, window: slice) -> Iterator[Fact]:
    check = _check_lift_of_arm if statement.part.endswith("arm") else _check_level
    yield from check(statement, body, window)


def _check_bend(statement: Statement, body: Positions, window: slice) -> Iterator[Fact]:
    check = _check_knee if statement.part.endswith("leg") else _check_elbow
    yield from check(statement, body, window)


_CHECKS: dict[str, Callable[[Statement, Positions, slice], Iterator[Fact]]] = {
    "stay": _check_stay, "walk": _check_travel, "run": _check_travel, "move": _check_travel, "turn": _check_turn,
    "lower": _check_lower, "rise": _check_level, "squat": _check_squat, "posture": _check_posture,
    "still": _check_still, "balance": _check_balance, "jump": _check_jump, "upright": _check_upright,
    "lean": _check_lean, "twist": _check_twist, "sway": _check_sway, "raise": _check_lift_of_arm, "hold": _check_hold,
    "swing": _check_swing, "bend": _check_bend, "stretch": _check_elbow, "pump": _check_pump, "bent": _check_bent,
    "above": _check_above, "invert": _check_invert, "touch": _check_touch, "hang": _check_hang,
    "step": _check_step, "lift": _check_lift_of_leg, "kick": _check_lift_of_leg, "planted": _check_planted,
    "shift": _check_shift,
}  # fmt: skip
