"""Checks that compare two motions: the first must have more of something than the second."""

import numpy as np

from ...motion.body_track import BodyTrack
from .check import Measure, check


def _pace(track: BodyTrack) -> float:
    """m/s that the body exceeds half of the time it is on the move."""
    moving = track.ground_speed[track.ground_speed > 0.15]
    return float(np.median(moving)) if len(moving) else 0.0


@check(
    "run_faster_than_walk",
    measures="the running motion (first) is faster than the walking one (second)",
    why="in one manner the data's runs are at least half as fast again as its walks",
    pair=True,
)
def run_faster_than_walk(run: BodyTrack, walk: BodyTrack) -> list[Measure]:
    return [Measure("pace of the run against the walk", _pace(run) / max(_pace(walk), 0.1), "x", at_least=1.3)]


@check(
    "fast_walk_faster_than_slow",
    measures="the fast walk (first) is faster than the slow one (second)",
    why="a tenth is just visible",
    pair=True,
)
def fast_walk_faster_than_slow(fast: BodyTrack, slow: BodyTrack) -> list[Measure]:
    return [Measure("pace of the fast walk against the slow", _pace(fast) / max(_pace(slow), 0.1), "x", at_least=1.1)]


@check(
    "old_walks_older_than_young",
    measures="the old or tired walker (first) is slower, or more bent, than the young or energetic one (second)",
    why="one tenth slower and five degrees are just visible; actors use either",
    pair=True,
)
def old_walks_older_than_young(old: BodyTrack, young: BodyTrack) -> list[Measure]:
    slower = 1 - _pace(old) / max(_pace(young), 0.1)
    bent = float(np.median(old.torso_pitch) - np.median(young.torso_pitch))
    return [Measure("slower by a tenth, or bent by five degrees more", max(slower / 0.10, bent / 5.0), at_least=1.0)]
