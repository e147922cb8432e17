"""Is what is said about the way of the body true: staying, walking, running, turning?"""

from collections.abc import Iterator

import numpy as np

from ..statements import Statement
from ..thresholds import holds
from .facts import SECTOR_ANGLES, Fact, episodes, foot_steps, ground_way, mostly, near, number_fact, off_by, pace_fact
from .positions import SIDES, Positions


def check_stay(statement: Statement, body: Positions, window: slice) -> Iterator[Fact]:
    ground = body["pelvis"][window][:, [0, 2]]
    ground = ground[:: max(1, len(ground) // 200)]
    widest = np.sqrt(((ground[:, None] - ground[None]) ** 2).sum(-1)).max()
    yield Fact("kind", bool(widest / 2 <= holds("stay_radius")), f"{widest:.2f}")


def check_travel(statement: Statement, body: Positions, window: slice) -> Iterator[Fact]:
    points, facing = ground_way(body, window)
    steps = np.diff(points, axis=0)
    lengths = np.hypot(*steps.T)
    chord = points[-1] - points[0]
    net, speed = float(np.hypot(*chord)), float(lengths.sum() / statement.seconds)
    far = float(np.hypot(*(points - points[0]).T).max())
    yield Fact("kind", far >= holds("travel_distance") and _gait_holds(statement, body, window, speed), f"{far:.2f}")
    yield from number_fact(statement, "distance", float(lengths.sum()), 0.15, 0.12)
    yield from number_fact(statement, "speed", speed, 0.15, 0.12)
    yield from pace_fact(statement, speed, "slow_travel", "fast_travel")
    if statement.direction:
        angles = np.radians(np.degrees(np.arctan2(steps[:, 0], steps[:, 1])) - facing)
        mean = np.degrees(np.arctan2((lengths * np.sin(angles)).sum(), (lengths * np.cos(angles)).sum()))
        allowed = holds("diagonal_angle") if "-" in statement.direction else holds("travel_angle")
        yield Fact("direction", off_by(mean, SECTOR_ANGLES[statement.direction]) <= allowed, f"{mean:.0f}")
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
        found = sum(foot_steps(body, side, window, speed) for side in SIDES)
        yield Fact("count", near(found, statement.count, 1, 0.12), str(found))


def _gait_holds(statement: Statement, body: Positions, window: slice, speed: float) -> bool:
    lower = np.minimum(body.off_floor("left"), body.off_floor("right"))[window]
    flying = lower > holds("foot_off")
    if statement.kind == "run":
        return speed >= holds("run_speed") and (episodes(flying, 1, 1) >= 2 or speed >= holds("run_surely"))
    stepping = sum(foot_steps(body, side, window, speed) for side in SIDES) >= 2
    return statement.kind == "move" or (stepping and mostly(lower < holds("grounded_foot")))


def check_turn(statement: Statement, body: Positions, window: slice) -> Iterator[Fact]:
    facing = body.facing[window]
    change = facing[-1] - facing[0]
    yield Fact("kind", bool(abs(change) >= holds("turn_angle")), f"{change:.0f}")
    yield Fact("side", (change > 0) == (statement.side == "left"), f"{change:.0f}")
    yield from number_fact(statement, "angle", abs(change), 10, 0.12)
    yield from pace_fact(statement, abs(change) / statement.seconds, "slow_turn", "fast_turn")
