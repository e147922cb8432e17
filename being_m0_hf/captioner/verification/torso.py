"""Is what is said about the trunk true: upright, leaning, twisting, upside down?"""

from collections.abc import Iterator

import numpy as np

from ..statements import Statement
from ..thresholds import holds
from .facts import SECTOR_ANGLES, Fact, episodes, mostly, number_fact, off_by
from .positions import Positions


def check_upright(statement: Statement, body: Positions, window: slice) -> Iterator[Fact]:
    yield Fact("kind", mostly(body.lean[window] < holds("upright_lean"), 0.98), f"{body.lean[window].max():.0f}")


def check_lean(statement: Statement, body: Positions, window: slice) -> Iterator[Fact]:
    lean = body.lean[window]
    trunk = body.local(body["neck"] - body["pelvis"])[window]
    angle = np.degrees(np.arctan2(trunk[:, 0], trunk[:, 2]))
    this_way = np.array([off_by(one, SECTOR_ANGLES[statement.direction]) <= holds("lean_direction") for one in angle])
    most = lean > 0.85 * lean.max()
    yield Fact("kind", bool(lean.max() >= holds("lean_angle")), f"{lean.max():.0f}")
    yield Fact("direction", mostly(this_way[most], 0.5), f"{angle[lean.argmax()]:.0f}")
    yield from number_fact(statement, "angle", float(lean[this_way].max(initial=0.0)), 5, 0.1)
    if statement.count:
        found = episodes(lean > holds("lean_angle"), max(1, round(0.15 * body.fps)), round(0.15 * body.fps))
        yield Fact("count", found == statement.count, str(found))


def check_twist(statement: Statement, body: Positions, window: slice) -> Iterator[Fact]:
    turned = body.twist[window] * (1 if statement.side == "left" else -1)
    yield Fact("kind", bool(np.abs(turned).max() >= holds("twist_angle")))
    yield Fact("side", bool(turned.max() >= holds("twist_angle")), f"{turned.max():.0f}")
    yield from number_fact(statement, "angle", turned.max(), 5, 0.12)
    found = episodes(turned > holds("twist_angle"), max(1, round(0.15 * body.fps)), round(0.15 * body.fps))
    yield Fact("count", found == statement.count, str(found))


def check_invert(statement: Statement, body: Positions, window: slice) -> Iterator[Fact]:
    below = body["neck"][:, 1] - body["pelvis"][:, 1] < 0
    yield Fact("kind", bool(body.lean[window].max() >= holds("upside_down") and below[window].any()))
    if statement.count:
        found = episodes(below[window], 1, round(0.3 * body.fps))
        yield Fact("count", found == statement.count, str(found))


def check_sway(statement: Statement, body: Positions, window: slice) -> Iterator[Fact]:
    yield from number_fact(statement, "angle", body.lean[window].max(), 4, 0.1)
