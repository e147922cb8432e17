"""What the trunk does: upright, leaning, twisting."""

import numpy as np

from ..statements import Quantity, Statement
from ..thresholds import holds, state
from ..words import SECTORS
from .curves import runs, stretches
from .track import Track

_MIN_SECONDS = 0.3
_LEVEL = 100.0  # degrees from vertical
_GROUP_SECONDS = 2.0  # leans closer than this to each other are one repeated movement


def measure_torso(track: Track) -> list[Statement]:
    """Statements about the trunk."""
    found = _leans(track) + _twists(track)
    if track.lean.max() < state("upright_lean"):
        found.append(Statement("torso", "upright", 0.0, track.seconds))
    return found


def _leans(track: Track) -> list[Statement]:
    lean = track.lean
    frames = round(_MIN_SECONDS * track.fps)
    singles = []
    for start, stop in stretches(lean > state("lean_angle"), lean > holds("lean_angle"), frames):
        peak = start + int(lean[start:stop].argmax())
        if lean[peak] > state("upside_down"):
            singles.append(Statement("torso", "invert", track.time(start), track.time(stop - 1), count=1))
            continue
        # a trunk that lies or is past level has no clear side to which it leans
        direction = _direction(track.trunk[peak]) if lean[peak] < _LEVEL else ""
        if direction:
            angle = Quantity("angle", float(lean[peak]), "degrees")
            once = len(runs(lean[start:stop] > state("lean_angle"))) == 1
            singles.append(Statement("torso", "lean", track.time(start), track.time(stop - 1),
                                     direction=direction, count=int(once), quantities=(angle,)))  # fmt: skip
    return grouped(singles)


def _direction(trunk: np.ndarray) -> str:
    angle = np.degrees(np.arctan2(trunk[0], trunk[2]))
    for name in ("forward", "left", "backward", "right"):
        if abs((angle - SECTORS[name] + 180) % 360 - 180) <= state("lean_direction"):
            return name
    return ""


def _twists(track: Track) -> list[Statement]:
    found = []
    upright = track.lean < state("trunk_for_arms")
    for side, sign in (("left", 1), ("right", -1)):
        turned = sign * track.twist
        keep = (turned > holds("twist_angle")) & upright
        for start, stop in stretches(turned > state("twist_angle"), keep, round(_MIN_SECONDS * track.fps)):
            angle = Quantity("angle", float(turned[start:stop].max()), "degrees")
            found.append(Statement("torso", "twist", track.time(start), track.time(stop - 1),
                                   side=side, count=1, quantities=(angle,)))  # fmt: skip
    return grouped(found)


def grouped(singles: list[Statement]) -> list[Statement]:
    """Neighbouring statements that differ in time and numbers only, as one with a count and the greatest numbers."""
    groups: list[list[Statement]] = []
    for statement in sorted(singles, key=lambda one: one.start):
        home = next((group for group in groups if _same(group[-1], statement)), None)
        if home is None:
            groups.append([statement])
        else:
            home.append(statement)
    return [_joined(group) for group in groups]


def _same(one: Statement, other: Statement) -> bool:
    alike = (one.part, one.kind, one.direction, one.side, one.form) == (
        other.part, other.kind, other.direction, other.side, other.form)  # fmt: skip
    return alike and other.start - one.end <= _GROUP_SECONDS


def _joined(group: list[Statement]) -> Statement:
    first = group[0]
    quantities = tuple(
        Quantity(
            quantity.name,
            max(number for each in group if (number := each.number(quantity.name)) is not None),
            quantity.unit,
        )
        for quantity in first.quantities
    )
    return Statement(
        first.part, first.kind, first.start, group[-1].end, first.direction, first.side, first.form, first.pace,
        sum(one.count for one in group) if all(one.count for one in group) else 0, quantities,
    )  # fmt: skip


def torso_at_rest(track: Track) -> Statement:
    """What is left to say when nothing happens: the farthest the trunk leans."""
    if np.ptp(track.lean) < state("torso_still"):
        return Statement("torso", "still", 0.0, track.seconds)
    angle = Quantity("angle", float(track.lean.max()), "degrees")
    return Statement("torso", "sway", 0.0, track.seconds, quantities=(angle,))
