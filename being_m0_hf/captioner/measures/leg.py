"""What a leg does: steps, lifts, kicks, bends, or stays where it is."""

import numpy as np
from numpy.typing import NDArray

from ..statements import Quantity, Statement
from ..thresholds import holds, state
from .curves import moves, runs, stretches
from .path import brisk, passing, travel_phases
from .torso import grouped
from .track import SIDES, Track

_MIN_SECONDS = 0.15
_STEP_MARGINS = (0.75, 1.0, 1.3)


def measure_leg(track: Track, side: str) -> list[Statement]:
    """Statements about one leg."""
    phases = travel_phases(track)
    travelling = np.zeros(track.frames, bool)
    for start, stop in phases:
        travelling[start:stop] = True
    found = [
        *(statement for phase in phases for statement in _steps(track, side, *phase)),
        *_lifts(track, side, ~travelling),
        *_bends(track, side, ~travelling),
    ]
    return found + _planted(track, side)


def _steps(track: Track, side: str, start: int, stop: int) -> list[Statement]:
    """Steps of this foot on the way."""
    ahead = passing(track, start, stop) * (1 if side == "left" else -1)
    counts = [sum(move.change > 0 for move in moves(ahead, margin * state("step_length"))) for margin in _STEP_MARGINS]
    clear = max(counts) == min(counts) and brisk(track, start, stop)
    if min(counts) == 0 or (min(counts) == 1 and not clear):
        return []
    count = counts[1] if clear else 0
    return [Statement(f"{side}_leg", "step", track.time(start), track.time(stop - 1), count=count)]


def _lifts(track: Track, side: str, allowed: NDArray) -> list[Statement]:
    other = SIDES[1 - SIDES.index(side)]
    height = track.clearance(side)
    grounded = track.clearance(other) < state("grounded_foot")
    upright = track.pelvis_height > 0.7
    foot = track.own_frame(track.joint(f"{side}_ankle") - track.joint("pelvis"))
    speed = np.linalg.norm(np.gradient(foot, axis=0), axis=-1) * track.fps
    # on the way somewhere a foot that rises behind the body is a stride, one that rises in front of it a kick
    ahead = track.own_frame(track.joint(f"{side}_ankle") - track.joint(f"{side}_hip"))[:, 2] > state("lift_direction")
    keep = (height > holds("lift_height")) & (allowed | ahead)
    singles = []
    for start, stop in stretches(height > state("lift_height"), keep, round(_MIN_SECONDS * track.fps)):
        if not (grounded & upright)[start:stop].all():
            continue
        peak = start + int(height[start:stop].argmax())
        fast = speed[start:stop].max() > state("kick_speed") and height[peak] > state("kick_height")
        if not (fast or allowed[start:stop].all()):
            continue
        singles.append(
            Statement(f"{side}_leg", "kick" if fast else "lift", track.time(start), track.time(stop - 1),
                      direction=_direction(track, side, peak), count=1,
                      quantities=(Quantity("height", float(height[peak]), "m"),))
        )  # fmt: skip
    return grouped(singles)


def _direction(track: Track, side: str, frame: int) -> str:
    """Where the foot is against its hip: forward, side or backward; nothing when below or between."""
    outward, _, forward = track.own_frame(track.joint(f"{side}_ankle") - track.joint(f"{side}_hip"))[frame]
    outward *= 1 if side == "left" else -1
    far = state("lift_direction")
    if abs(forward) > far and abs(forward) > 2 * abs(outward):
        return "forward" if forward > 0 else "backward"
    return "side" if outward > far and outward > 2 * abs(forward) else ""


def _bends(track: Track, side: str, allowed: NDArray) -> list[Statement]:
    bend = track.knee(side)
    grounded = track.clearance(side) < state("grounded_foot")
    singles = []
    keep = (bend > holds("knee_bend")) & allowed & grounded
    for start, stop in stretches(bend > state("knee_bend"), keep, round(2 * _MIN_SECONDS * track.fps)):
        angle = Quantity("angle", float(bend[start:stop].max()), "degrees")
        # a knee that stays near the limit comes and goes: then no number is said
        once = len(runs(bend[start:stop] > state("knee_bend"))) == 1
        singles.append(Statement(f"{side}_leg", "bend", track.time(start), track.time(stop - 1), count=int(once),
                                 quantities=(angle,)))  # fmt: skip
    return grouped(singles)


def _planted(track: Track, side: str) -> list[Statement]:
    if _reach(track, side) < state("planted") and track.clearance(side).max() < state("grounded_foot"):
        return [Statement(f"{side}_leg", "planted", 0.0, track.seconds)]
    return []


def leg_at_rest(track: Track, side: str) -> Statement:
    """What is left to say when nothing happens: how far the foot gets from its middle place."""
    reach = _reach(track, side)
    on_floor = track.clearance(side).max() < state("grounded_foot")
    little = "little" if reach < state("little_way") and on_floor else ""
    form = "along" if travel_phases(track) else little
    return Statement(f"{side}_leg", "shift", 0.0, track.seconds, form=form, quantities=(Quantity("reach", reach, "m"),))


def _reach(track: Track, side: str) -> float:
    ankle = track.joint(f"{side}_ankle")
    middle = (ankle.max(axis=0) + ankle.min(axis=0)) / 2
    return float(np.linalg.norm(ankle - middle, axis=-1).max())
