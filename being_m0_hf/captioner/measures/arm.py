"""What an arm does: raised, lowered, held, swung, bent, stretched, brought to the head, the hip or the other hand."""

import numpy as np
from numpy.typing import NDArray

from ..statements import Quantity, Statement
from ..thresholds import holds, state
from ..words import pace
from .curves import Move, Repeat, runs, split_repeats, stretches
from .torso import grouped
from .track import SIDES, Track

_TOUCH_SECONDS = 0.2
_HIP_SECONDS = 0.7
_MIN_SWINGS, _MANY_SWINGS = 4, 6  # moves one way or the other
_CLEAR_AXIS = 0.95  # of the way along the busiest axis
_AXES = ("side to side", "up and down", "forward and back")


def measure_arm(track: Track, side: str) -> list[Statement]:
    """Statements about one arm."""
    part = f"{side}_arm"
    upright = track.lean < state("trunk_for_arms")
    swings, swinging = _swings(track, side)
    found = [
        *swings,
        *_lifts(track, side, upright & ~swinging),
        *_held(track, side, upright & ~swinging),
        *_elbow_moves(track, side, ~swinging),
        *_touches(track, side),
    ]
    hanging = track.elevation(side).max() < state("arm_down") and upright.all()
    if hanging:
        found.append(Statement(part, "hang", 0.0, track.seconds))
    if track.elevation(side).min() > state("arm_above") and upright.all():
        found.append(Statement(part, "above", 0.0, track.seconds))
    return found


def _swings(track: Track, side: str) -> tuple[list[Statement], NDArray]:
    """Rhythmic movement along one axis of the body, and the frames (T,) it covers."""
    arm = track.own_frame(track.joint(f"{side}_wrist") - track.joint("pelvis"))
    candidates = []
    for axis, name in enumerate(_AXES):
        _, repeats = split_repeats(arm[:, axis], state("swing_reach"), track.fps)
        trimmed = (_rhythm_only(repeat, arm, axis) for repeat in repeats)
        candidates += [(repeat.size, name, repeat) for repeat in trimmed if repeat and _clear(repeat)]
    covered = np.zeros(track.frames, bool)
    found = []
    # the widest axis says what kind of swing it is; what it covers is said once
    for size, name, repeat in sorted(candidates, key=lambda candidate: -candidate[0]):
        window = slice(repeat.first, repeat.last + 1)
        if covered[window].any():
            continue
        covered[window] = True
        way = np.abs(np.diff(arm[window], axis=0)).sum(axis=0)
        along = way[_AXES.index(name)] >= _CLEAR_AXIS * way.max()
        found.append(
            Statement(f"{side}_arm", "swing", track.time(repeat.first), track.time(repeat.last),
                      direction=name if along else "", form=_swing_height(track.elevation(side)[window]),
                      count=repeat.count if along else 0,
                      quantities=(Quantity("reach", size, "m"),) if along and repeat.count else ())
        )  # fmt: skip
    return found, covered


def _clear(repeat: Repeat) -> bool:
    """Whether one may speak of swinging: an even rhythm, or enough of an uneven one for "several times"."""
    return repeat.count > 0 or len(repeat.moves) >= _MANY_SWINGS


def _rhythm_only(repeat: Repeat, arm: NDArray, axis: int) -> Repeat | None:
    """A repeat without the ways in and out of it, in which the hand moves further along another axis."""
    inside = list(repeat.moves)
    dropped = 0
    for end in (0, -1):
        while len(inside) >= _MIN_SWINGS and _goes_elsewhere(inside[end], arm, axis, repeat.size):
            inside.pop(end)
            dropped += 1
    if len(inside) < _MIN_SWINGS:
        return None
    return Repeat(tuple(inside), len(inside) // 2 if repeat.count else 0) if dropped else repeat


def _goes_elsewhere(move: Move, arm: NDArray, axis: int, size: float) -> bool:
    others = np.delete(arm[move.first : move.last + 1], axis, axis=1)
    return bool(np.ptp(others, axis=0).max() > 1.2 * max(size, abs(move.change)))


def _swing_height(elevation: NDArray) -> str:
    """``raised`` when the hand stays above the shoulder's level, ``low`` when it stays well below."""
    if elevation.min() > state("arm_above"):
        return "raised"
    return "low" if elevation.max() < 65 else ""


def _lifts(track: Track, side: str, allowed: NDArray) -> list[Statement]:
    elevation = track.elevation(side)
    singles, repeats = split_repeats(elevation, state("arm_change"), track.fps)
    moves = singles + [move for repeat in repeats for move in repeat.moves]
    found = []
    for move in sorted(moves, key=lambda one: one.first):
        if not allowed[move.first : move.last + 1].all():
            continue
        kind = "raise" if move.change > 0 else "lower"
        found.append(
            Statement(f"{side}_arm", kind, track.time(move.first), track.time(move.last),
                      direction=_place(track, side, move.last, move.last + 1),
                      **_speed(track, move, elevation))
        )  # fmt: skip
    return found


def _speed(track: Track, move: Move, curve: NDArray) -> dict:
    speed = abs(move.change) * track.fps / (move.last - move.first)
    quantities = (
        Quantity("angle", abs(move.change), "degrees"),
        Quantity("speed", speed, "degrees/s"),
        Quantity("until", float(curve[move.last]), "degrees"),
    )
    return {"pace": pace(speed, "slow_limb", "fast_limb"), "quantities": quantities}


def _place(track: Track, side: str, start: int, stop: int) -> str:
    """Where an arm points: up, down, forward, side, across or backward; nothing between two names."""
    if track.elevation(side)[start:stop].min() > state("arm_up"):
        return "up"
    if track.elevation(side)[start:stop].max() < state("arm_down"):
        return "down"
    outward, _, forward = track.arm(side)[start:stop].mean(axis=0)
    if np.hypot(outward, forward) < state("arm_reach"):
        return ""
    angle = np.degrees(np.arctan2(outward, forward))
    names = {"forward": 0, "side": 90, "backward": 180, "across": -90}
    for name, middle in names.items():
        if abs((angle - middle + 180) % 360 - 180) <= state("arm_direction"):
            return name
    return ""


def _held(track: Track, side: str, allowed: NDArray) -> list[Statement]:
    wrist = track.own_frame(track.joint(f"{side}_wrist") - track.joint(f"{side}_shoulder"))
    slow = np.linalg.norm(np.gradient(wrist, axis=0), axis=-1) * track.fps < state("hold_speed")
    held = slow & allowed & (track.elevation(side) > state("hold_height"))
    found = []
    for start, stop in stretches(held, held, round(state("hold_seconds") * track.fps)):
        bend = track.elbow(side)[start:stop]
        straight = "straight" if bend.max() < state("straight_elbow") else ""
        form = "bent" if bend.min() > state("bent_elbow") else straight
        place = _place(track, side, start, stop)
        if form or place:
            found.append(Statement(f"{side}_arm", "hold", track.time(start), track.time(stop - 1), place, form=form))
    return found


def _elbow_moves(track: Track, side: str, allowed: NDArray) -> list[Statement]:
    bend = track.elbow(side)
    singles, repeats = split_repeats(bend, state("elbow_change"), track.fps)
    found = []
    for move in singles:
        if allowed[move.first : move.last + 1].all():
            found.append(
                Statement(f"{side}_arm", "bend" if move.change > 0 else "stretch",
                          track.time(move.first), track.time(move.last), **_speed(track, move, bend))
            )  # fmt: skip
    for repeat in repeats:
        if allowed[repeat.first : repeat.last + 1].all():
            angle = Quantity("angle", repeat.size, "degrees")
            found.append(Statement(f"{side}_arm", "pump", track.time(repeat.first), track.time(repeat.last),
                                   count=repeat.count, quantities=(angle,)))  # fmt: skip
    if bend.min() > state("bent_elbow"):
        found.append(Statement(f"{side}_arm", "bent", 0.0, track.seconds))
    return found


def _touches(track: Track, side: str) -> list[Statement]:
    """The hand near the head, the hip of its side, or the other hand."""
    wrist = f"{side}_wrist"
    reaches = {
        "head": (track.distance(wrist, "head"), "near_head", _TOUCH_SECONDS),
        "hands": (track.distance(*(f"{one}_wrist" for one in SIDES)), "near_hands", _TOUCH_SECONDS),
        "hip": (track.distance(wrist, f"{side}_hip"), "near_hip", _HIP_SECONDS),
    }
    found = []
    for form, (distance, name, seconds) in reaches.items():
        near, still_near = distance < state(name), distance < holds(name)
        if form == "hip":
            bent = track.elbow(side) > state("bent_elbow")
            near, still_near = near & bent, still_near & bent
        singles = [
            # a hand that hovers at the limit comes and goes: then no number is said
            Statement(f"{side}_arm", "touch", track.time(start), track.time(stop - 1), form=form,
                      count=int(len(runs(near[start:stop])) == 1))
            for start, stop in stretches(near, still_near, round(seconds * track.fps))
        ]  # fmt: skip
        found += grouped(singles)
    return found


def arm_at_rest(track: Track, side: str) -> Statement:
    """What is left to say when nothing happens: how far the hand gets from its middle place against the body."""
    wrist = track.own_frame(track.joint(f"{side}_wrist") - track.joint(f"{side}_shoulder"))
    middle = (wrist.max(axis=0) + wrist.min(axis=0)) / 2
    reach = float(np.linalg.norm(wrist - middle, axis=-1).max())
    if reach < state("arm_still"):
        return Statement(f"{side}_arm", "still", 0.0, track.seconds)
    form = "little" if reach < state("little_way") else ""
    return Statement(f"{side}_arm", "shift", 0.0, track.seconds, form=form, quantities=(Quantity("reach", reach, "m"),))
