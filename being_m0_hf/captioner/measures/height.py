"""How the body holds itself: postures, going down and up, jumps, standing on one leg, standing still."""

import numpy as np
from numpy.typing import NDArray

from ..statements import BODY, Quantity, Statement
from ..thresholds import holds, state
from .curves import split_repeats, stretches
from .path import travel_phases
from .track import SIDES, Track

_JUMP_FRAMES = 2
_LONGEST_JUMP_SECONDS = 0.9  # a rise of 1 m; longer, the body hangs or climbs


def measure_height(track: Track) -> list[Statement]:
    """Statements about posture and contact of the body, and the height of the root."""
    jumps = _flights(track)
    return [*_postures(track), *_still(track), *_balance(track), *_jumps(track, jumps), *_levels(track, jumps)]


def _postures(track: Track) -> list[Statement]:
    found = []
    for name, mask in _posture_masks(track).items():
        for start, stop in stretches(mask, mask, round(state("posture_seconds") * track.fps)):
            found.append(Statement(BODY, "posture", track.time(start), track.time(stop - 1), form=name))
    return sorted(found, key=lambda statement: statement.start)


def _posture_masks(track: Track) -> dict[str, NDArray]:
    """For each posture, the frames (T,) that clearly show it. No frame shows two."""
    height, lean = track.pelvis_height, track.lean
    knees = np.minimum(*(track.knee(side) for side in SIDES))
    feet = np.maximum(*(track.clearance(side) for side in SIDES))
    lower_foot = np.minimum(*(track.clearance(side) for side in SIDES))
    knee_low = np.minimum(*(track.joint(f"{side}_knee")[:, 1] for side in SIDES)) - track.floor
    ankles = (track.joint("left_ankle") + track.joint("right_ankle")) / 2
    reach = np.linalg.norm((track.joint("pelvis") - ankles)[:, [0, 2]], axis=-1)
    low = height < state("low_height")
    return {
        "standing": (height > state("standing_height"))
        & (lean < state("standing_lean"))
        & (lower_foot < state("foot_off")),
        "bent": (lean > state("bent_lean")) & (track.trunk[:, 2] > 0.8) & (height > state("bent_height")),
        "crouching": low
        & (knees > state("crouch_knee"))
        & (reach < state("crouch_reach"))
        & (feet < state("foot_off"))
        & (lean < state("bent_lean"))
        & (knee_low > 2 * state("knee_floor")),
        "sitting": low
        & (reach > state("sit_reach"))
        & (lean < state("standing_lean"))
        & (_thighs(track) < state("sit_thigh")),
        "kneeling": low
        & (knee_low < state("knee_floor"))
        & (lean < state("standing_lean"))
        & (knees > state("crouch_knee")),
        "lying": (lean > state("lying_lean")) & (height < state("lying_height")),
    }


def _thighs(track: Track) -> NDArray:
    """(T,) degrees of the steeper thigh from horizontal."""
    angles = []
    for side in SIDES:
        thigh = track.joint(f"{side}_knee") - track.joint(f"{side}_hip")
        angles.append(np.degrees(np.arctan2(np.abs(thigh[:, 1]), np.linalg.norm(thigh[:, [0, 2]], axis=-1))))
    return np.maximum(*angles)


def _still(track: Track) -> list[Statement]:
    speed = np.linalg.norm(np.gradient(track.joints, axis=0), axis=-1).max(axis=1) * track.fps
    quiet = speed < state("still_speed")
    ranges = stretches(quiet, quiet, round(state("still_seconds") * track.fps))
    return [Statement(BODY, "still", track.time(start), track.time(stop - 1)) for start, stop in ranges]


def _balance(track: Track) -> list[Statement]:
    found = []
    for side, other in (SIDES, SIDES[::-1]):
        lifted = track.clearance(other) > state("balance_foot")
        on_one_leg = lifted & (track.clearance(side) < state("grounded_foot")) & (track.pelvis_height > 0.75)
        for start, stop in stretches(on_one_leg, on_one_leg, round(state("balance_seconds") * track.fps)):
            found.append(Statement(BODY, "balance", track.time(start), track.time(stop - 1), side=side))
    return found


def _flights(track: Track) -> list[tuple[int, int]]:
    """Frame ranges in which a body that does not travel at a run is off the floor and rises."""
    lower = np.minimum(*(track.clearance(side) for side in SIDES))
    pelvis = track.joint("pelvis")[:, 1]
    speed = np.linalg.norm(track.velocity, axis=-1)
    found = []
    for start, stop in stretches(lower > state("foot_off"), lower > holds("foot_off"), _JUMP_FRAMES):
        inside = start > 0 and stop < track.frames and stop - start <= _LONGEST_JUMP_SECONDS * track.fps
        rises = pelvis[start:stop].max() - max(pelvis[max(start - 1, 0)], pelvis[stop - 1]) >= state("jump_rise")
        upright = track.lean[start:stop].max() < state("bent_lean") and track.pelvis_height[start:stop].min() > 0.7
        if inside and rises and upright and speed[start:stop].mean() < state("run_speed"):
            found.append((start, stop))
    return found


def _jumps(track: Track, flights: list[tuple[int, int]]) -> list[Statement]:
    if not flights:
        return []
    lower = np.minimum(*(track.clearance(side) for side in SIDES))
    highest = max(float(lower[start:stop].max()) for start, stop in flights)
    begin, finish = flights[0][0], flights[-1][1]
    return [
        Statement(BODY, "jump", track.time(begin), track.time(finish - 1), count=len(flights),
                  quantities=(Quantity("height", highest, "m"),))
    ]  # fmt: skip


def _levels(track: Track, flights: list[tuple[int, int]]) -> list[Statement]:
    """The pelvis going down and up: squats when repeated, otherwise single ways."""
    height = track.joint("pelvis")[:, 1]
    singles, repeats = split_repeats(height, state("height_change"), track.fps)
    flying = np.zeros(track.frames, bool)
    for start, stop in flights:
        flying[start:stop] = True
    found = []
    for move in singles:
        if not flying[move.first : move.last + 1].any():
            found.append(
                Statement("root", "rise" if move.change > 0 else "lower", track.time(move.first), track.time(move.last),
                          quantities=(Quantity("distance", abs(move.change), "m"),))
            )  # fmt: skip
    travelling = np.zeros(track.frames, bool)
    for start, stop in travel_phases(track):
        travelling[start:stop] = True
    for repeat in repeats:
        window = slice(repeat.first, repeat.last + 1)
        if flying[window].any() or travelling[window].any():
            continue
        downs = [move for move in repeat.moves if move.change < 0]
        found.append(
            Statement("root", "squat", track.time(repeat.first), track.time(repeat.last),
                      count=len(downs) if repeat.count else 0,
                      quantities=(Quantity("distance", repeat.size, "m"),))
        )  # fmt: skip
    return found
