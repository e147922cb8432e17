"""Checks of what the hands do."""

import numpy as np

from ...motion.body_track import SIDES, BodyTrack, reversals, smoothed
from .check import Measure, check, other_side, sided_check

#: A hand counts as raised when its wrist is higher than its shoulder.
RAISED = 0.0
#: A waving forearm may hang a little lower: tired people wave at chest height.
WAVING = -0.10
#: A resting or swinging hand stays below this.
LOW = -0.10


def _raised_seconds(track: BodyTrack, side: str) -> float:
    return track.longest(track.wrist_above_shoulder(side) > RAISED)


def _other_hand_up(track: BodyTrack, side: str) -> Measure:
    other = other_side(side)
    up = track.duration(track.wrist_above_shoulder(other) > LOW)
    return Measure(f"{other} wrist near or above its shoulder", up, "s", at_most=0.3)


@sided_check(
    "raise_{side}_hand",
    measures="the {side} wrist is above its shoulder for a while and the {other} one is not",
    why="0.3 s is longer than an arm swing; the other wrist keeps 10 cm below its shoulder, which walking never breaks",
)
def raise_hand(track: BodyTrack, side: str) -> list[Measure]:
    raised = Measure(f"{side} wrist above its shoulder", _raised_seconds(track, side), "s", at_least=0.3)
    return [raised, _other_hand_up(track, side)]


@check(
    "raise_both_hands",
    measures="both wrists are above their shoulders at the same time",
    why="0.3 s is longer than an arm swing",
)
def raise_both_hands(track: BodyTrack) -> list[Measure]:
    both = np.minimum(*(track.wrist_above_shoulder(side) for side in SIDES)) > RAISED
    return [Measure("both wrists above the shoulders", track.longest(both), "s", at_least=0.3)]


def _wave_reversals(track: BodyTrack, side: str) -> int:
    """Left-right turning points of a raised hand, 6 cm or more apart."""
    up = (track.wrist_above_shoulder(side) > WAVING) & (track.relative(f"{side}_wrist", f"{side}_elbow")[:, 1] > 0)
    return reversals(track.relative(f"{side}_wrist", f"{side}_shoulder")[up, 0], amplitude=0.06)


@sided_check(
    "wave_{side}_hand",
    measures="the raised {side} wrist swings left and right, the {other} hand stays down",
    why="raising a hand makes one or two turning points, waving nine or more; 6 cm is a third of a small wave",
)
def wave_hand(track: BodyTrack, side: str) -> list[Measure]:
    swings = Measure(f"turning points of the raised {side} hand", _wave_reversals(track, side), at_least=3)
    return [swings, _other_hand_up(track, side)]


@check(
    "wave_both_hands",
    measures="both raised wrists swing left and right",
    why="as for one hand",
)
def wave_both_hands(track: BodyTrack) -> list[Measure]:
    return [
        Measure(f"turning points of the raised {side} hand", _wave_reversals(track, side), at_least=3) for side in SIDES
    ]


@check(
    "punch",
    measures="a fist shoots out at chest or head height until the arm is almost straight",
    why="2.5 m/s against the trunk is twice a walking arm; guards bend the elbow, so reach must grow by a quarter",
)
def punch(track: BodyTrack) -> list[Measure]:
    window = round(0.4 * track.fps)
    best = (0.0, 0.0)
    for side in SIDES:
        reach, height = track.reach(side), track.wrist_above_shoulder(side)
        ahead = track.relative(f"{side}_wrist", f"{side}_shoulder")[:, 2]
        speed = track.speed(f"{side}_wrist", "spine3")
        for frame in np.flatnonzero((reach > 0.85) & (np.abs(height) < 0.35) & (ahead > 0.3)):
            before = slice(max(0, frame - window), frame + 1)
            best = max(best, (float(reach[frame] - reach[before].min()), float(speed[before].max())))
    return [
        Measure("reach gained, of the arm's length", best[0], at_least=0.25),
        Measure("speed of the fist", best[1], "m/s", at_least=2.5),
    ]


@check(
    "drink",
    measures="one wrist rests close in front of the face",
    why="a hand that holds a cup keeps its wrist within 42 cm of the skull's base and near the middle; waving hands "
    "move faster than 0.4 m/s",
)
def drink(track: BodyTrack) -> list[Measure]:
    seconds = []
    for side in SIDES:
        left, up, forward = track.relative(f"{side}_wrist", "head").T
        close = np.linalg.norm((left, up, forward), axis=0) < 0.42
        at_mouth = close & (np.abs(left) < 0.2) & (forward > 0.08) & (track.wrist_above_shoulder(side) > -0.08)
        seconds.append(track.longest(at_mouth & (smoothed(track.speed(f"{side}_wrist"), 5) < 0.4)))
    other = min(float(np.median(track.wrist_above_shoulder(side))) for side in SIDES)
    return [
        Measure("one hand at the mouth", max(seconds), "s", at_least=0.5),
        Measure("usual height of the lower hand over its shoulder", other, "m", at_most=-0.05),
    ]
