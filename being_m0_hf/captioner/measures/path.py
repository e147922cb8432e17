"""Where the body goes: staying, walking, running, turning."""

import numpy as np
from numpy.typing import NDArray

from ..statements import Quantity, Statement
from ..thresholds import holds, state
from ..words import pace, sector
from .curves import moves, stretches, turning_points
from .track import SIDES, Track

_MIN_TRAVEL_SECONDS = 0.6
_BRIDGE_SECONDS = 0.3
_GROUNDED_SHARE = 0.95  # of the frames of a walk; recordings lose the floor now and then
_FLIGHT_FRAMES = 2  # frames at 20 fps; a jogger flies for 0.1 s
_LONGEST_CURVE = 270.0  # degrees; rounder ways are loops and are not given a side
_STEP_MARGINS = (0.75, 1.0, 1.3)


def measure_path(track: Track) -> list[Statement]:
    """Statements about the root's way over the ground and its turns."""
    phases = travel_phases(track)
    path = [_travel(track, *phase) for phase in phases] or _stay(track)
    return path + _turns(track)


def travel_phases(track: Track) -> list[tuple[int, int]]:
    """Frame ranges (stop exclusive) in which the pelvis goes somewhere."""
    speed = np.linalg.norm(track.velocity, axis=-1)
    ranges = stretches(
        speed > state("travel_speed"),
        speed > holds("travel_speed"),
        round(_MIN_TRAVEL_SECONDS * track.fps),
        round(_BRIDGE_SECONDS * track.fps),
    )
    ground = track.joint("pelvis")[:, [0, 2]]
    far = [
        np.linalg.norm(ground[start:stop] - ground[start], axis=-1).max() >= state("travel_distance")
        for start, stop in ranges
    ]
    return [phase for phase, goes in zip(ranges, far, strict=True) if goes]


def _stay(track: Track) -> list[Statement]:
    ground = track.joint("pelvis")[:, [0, 2]]
    middle = (ground.max(axis=0) + ground.min(axis=0)) / 2
    if np.linalg.norm(ground - middle, axis=-1).max() > state("stay_radius"):
        return []
    return [Statement("root", "stay", 0.0, track.seconds)]


def root_at_rest(track: Track) -> Statement:
    """What is left to say when the body neither stays nor goes: how far it gets from its middle place."""
    ground = track.joint("pelvis")[:, [0, 2]]
    middle = (ground.max(axis=0) + ground.min(axis=0)) / 2
    reach = float(np.linalg.norm(ground - middle, axis=-1).max())
    return Statement("root", "shift", 0.0, track.seconds, quantities=(Quantity("reach", reach, "m"),))


def _travel(track: Track, start: int, stop: int) -> Statement:
    velocity = track.velocity[start:stop]
    distance = float(np.linalg.norm(velocity, axis=-1).sum() / track.fps)
    seconds = (stop - 1 - start) / track.fps
    facing = track.heading[start:stop]
    forward = velocity[:, 0] * np.sin(facing) + velocity[:, 1] * np.cos(facing)
    left = velocity[:, 0] * np.cos(facing) - velocity[:, 1] * np.sin(facing)
    # where the body faces may swing round while it moves: then no one direction is named
    steady = np.hypot(left.sum(), forward.sum()) >= 0.8 * np.hypot(left, forward).sum()
    kind = _gait(track, start, stop, distance / seconds)
    form, side = _shape(track, start, stop, distance)
    quantities = (Quantity("distance", distance, "m"), Quantity("speed", distance / seconds, "m/s"))
    return Statement(
        "root", kind, track.time(start), track.time(stop - 1),
        direction=sector(float(left.sum()), float(forward.sum())) if steady else "",
        side=side, form=form, pace=pace(distance / seconds, "slow_travel", "fast_travel"),
        count=_steps(track, start, stop) if kind in ("walk", "run") else 0, quantities=quantities,
    )  # fmt: skip


def _shape(track: Track, start: int, stop: int, distance: float) -> tuple[str, str]:
    """straight, curve or nothing; and the side to which a curve bends."""
    ground = track.joint("pelvis")[[start, stop - 1]][:, [0, 2]]
    turned = np.degrees(np.ptp(track.heading[start:stop]))
    if np.linalg.norm(ground[1] - ground[0]) / distance >= state("straight_path") and turned < state("facing_change"):
        return "straight", ""
    velocity = track.velocity[start:stop]
    clear = np.linalg.norm(velocity, axis=-1) > state("travel_speed")
    if not clear.any():
        return "", ""
    course = np.degrees(np.unwrap(np.arctan2(velocity[clear, 0], velocity[clear, 1])))
    bend = float(course[-1] - course[0])
    one_way = np.ptp(course) <= 1.15 * abs(bend)
    bulge = _bulge(track.joint("pelvis")[start:stop, [0, 2]])
    round_ = bulge * np.sign(bend) >= state("path_bulge")
    if not (state("curved_path") <= abs(bend) <= _LONGEST_CURVE and one_way and round_):
        return "", ""
    return "curve", "left" if bend > 0 else "right"


def _bulge(ground: NDArray) -> float:
    """How far the middle of a way lies off the line from its start to its end, by that line's length.

    Positive when the way bends to the left.
    """
    chord, middle = ground[-1] - ground[0], ground[len(ground) // 2] - ground[0]
    return float((chord[0] * middle[1] - chord[1] * middle[0]) / max((chord**2).sum(), 1e-9))


def passing(track: Track, start: int, stop: int) -> NDArray:
    """(T',) metres by which the left ankle is ahead of the right one along the way."""
    velocity = track.velocity[start:stop]
    way = velocity / np.maximum(np.linalg.norm(velocity, axis=-1, keepdims=True), 1e-6)
    ahead = (track.joint("left_ankle") - track.joint("right_ankle"))[start:stop, [0, 2]]
    return (ahead * way).sum(-1)


def _steps(track: Track, start: int, stop: int) -> int:
    """Steps of both feet together, or 0 when the number is not clear."""
    curve = passing(track, start, stop)
    counts = [_passes(curve, margin * state("step_length")) for margin in _STEP_MARGINS]
    return counts[1] if max(counts) == min(counts) and brisk(track, start, stop) else 0


def brisk(track: Track, start: int, stop: int) -> bool:
    """Whether the body goes fast enough for steps to be told from shuffling, and walks or runs."""
    speed = float(np.linalg.norm(track.velocity[start:stop], axis=-1).mean())
    return speed > state("slow_travel") and _gait(track, start, stop, speed) != "move"


def _passes(curve: NDArray, size: float) -> int:
    return max(0, len(turning_points(curve, size)) - 1)


def _gait(track: Track, start: int, stop: int, speed: float) -> str:
    lower = np.minimum(*(track.clearance(side)[start:stop] for side in SIDES))
    flights = len(stretches(lower > state("foot_off"), lower > holds("foot_off"), _FLIGHT_FRAMES))
    upright = np.median(track.pelvis_height[start:stop]) > holds("standing_height")
    if upright and speed >= state("run_speed") and (flights >= 2 or speed >= state("run_surely")):
        return "run"
    steps = _passes(passing(track, start, stop), state("step_length"))
    grounded = (lower < state("grounded_foot")).mean() >= _GROUNDED_SHARE
    if upright and grounded and steps >= 2 and speed < holds("run_surely"):
        return "walk"
    return "move"


def _turns(track: Track) -> list[Statement]:
    heading = np.degrees(track.heading)
    found = []
    for move in moves(heading, state("turn_angle")):
        if track.pelvis_tilt[move.first : move.last + 1].max() > state("pelvis_tilt"):
            continue
        start, end = track.time(move.first), track.time(move.last)
        speed = abs(move.change) / (end - start)
        quantities = (Quantity("angle", abs(move.change), "degrees"), Quantity("speed", speed, "degrees/s"))
        found.append(
            Statement("root", "turn", start, end, side="left" if move.change > 0 else "right",
                      pace=pace(speed, "slow_turn", "fast_turn"), quantities=quantities)
        )  # fmt: skip
    return found
