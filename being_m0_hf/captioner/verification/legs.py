"""Is what is said about a leg true: steps, lifts, kicks, bends, a foot that stays?"""

from collections.abc import Iterator

import numpy as np

from ..statements import Statement
from ..thresholds import holds
from .facts import Fact, episodes, foot_steps, ground_way, near, number_fact, side_of
from .positions import Positions


def check_step(statement: Statement, body: Positions, window: slice) -> Iterator[Fact]:
    points, _ = ground_way(body, window)
    speed = np.hypot(*np.diff(points, axis=0).T).sum() / statement.seconds
    found = foot_steps(body, side_of(statement), window, speed)
    yield Fact("kind", found > 0)
    several = found >= 2
    yield Fact("count", near(found, statement.count, 1, 0.12) if statement.count else several, str(found))


def check_lift_of_leg(statement: Statement, body: Positions, window: slice) -> Iterator[Fact]:
    side = side_of(statement)
    height = body.off_floor(side)[window]
    yield Fact("kind", bool(height.max() >= holds("lift_height")), f"{height.max():.2f}")
    if statement.kind == "kick":
        speed = body.speed(body.local(body[f"{side}_ankle"] - body["pelvis"]))[window].max()
        yield Fact("form", bool(speed >= holds("kick_speed")), f"{speed:.1f}")
    found = episodes(height > holds("lift_height"), max(1, round(0.1 * body.fps)), 1)
    yield Fact("count", found == statement.count, str(found))
    yield from number_fact(statement, "height", height.max(), 0.04, 0.12)
    if statement.direction:
        foot = body.local(body[f"{side}_ankle"] - body[f"{side}_hip"])[window]
        outward = foot[:, 0] * (1 if side == "left" else -1)
        share = {"forward": foot[:, 2], "backward": -foot[:, 2], "side": outward}[statement.direction]
        yield Fact("direction", bool(share.max() >= holds("lift_direction")), f"{share.max():.2f}")


def check_knee(statement: Statement, body: Positions, window: slice) -> Iterator[Fact]:
    bend = body.knee(side_of(statement))[window]
    yield Fact("kind", bool(bend.max() >= holds("knee_bend")), f"{bend.max():.0f}")
    yield from number_fact(statement, "angle", bend.max(), 6, 0.08)
    if statement.count:
        found = episodes(bend > holds("knee_bend"), max(1, round(0.15 * body.fps)), 1)
        yield Fact("count", found == statement.count, str(found))


def check_planted(statement: Statement, body: Positions, window: slice) -> Iterator[Fact]:
    reach = np.ptp(body[f"{side_of(statement)}_ankle"][window], axis=0).max() / 2
    yield Fact("kind", bool(reach <= holds("planted")), f"{reach:.2f}")
