"""The facts of a score, measured on a motion: is the hand at the brow, is the knee down, did it go somewhere?"""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...captioner.measures.curves import moves
from ...motion import MODEL_FPS, Motion
from ...motion.curves import runs
from ..engine.body import Body, Pose
from ..engine.stage import Stage
from ..engine.turns import apply, back
from ..score.keys import Fact
from ..score.places import side_of
from ..score.score import Score

_AXES = {"out": 0, "up": 1, "forward": 2}
#: Seconds that a fact may be interrupted for.
_GAP = 0.15
#: Metres.
_HAND = 0.1


def failed_facts(score: Score, motion: Motion, by_far: bool = False) -> list[str]:
    """One line for each fact of the score that does not hold of a motion; [] where all hold.

    It needs the motion alone, so it can be asked again of what a tokenizer decodes.

    Args:
        by_far: only those that would not hold either if they were taken loosely.
    """
    if not score.expect:
        return []
    body = Body.of(motion.resample(MODEL_FPS))
    stage = Stage(score, body, travels=True)
    failed = [(fact, message) for fact in score.expect if (message := _failure(fact, stage, stage.base_pose))]
    return [line for fact, line in failed if not by_far or _failure(_loosely(fact), stage, stage.base_pose)]


def _loosely(fact: Fact) -> Fact:
    """A fact as somebody who looks would still grant it: half as long, as often or as much, and a hand's width off.

    Who shall go or repeat something may do more of it, as longer motions do.
    """
    spans = {name: getattr(fact, name) for name in ("repeats", "speed", "travel", "turn", "lean")}
    looser: dict[str, Any] = {
        name: (span[0] - abs(span[0]) / 2, span[1] + abs(span[1]) / 2) for name, span in spans.items() if span
    }
    grows = {name: span for name, span in spans.items() if name in ("travel", "repeats") and span and span[0] > 0}
    looser |= {name: (span[0] / 2, np.inf) for name, span in grows.items()}
    looser |= {"within": fact.within + _HAND, "by": fact.by - _HAND}
    looser |= {"seconds": fact.seconds / 2, "times": fact.times / 2}
    looser |= {"height": (fact.height[0] - _HAND, fact.height[1] + _HAND)} if fact.height else {}
    return replace(fact, **looser)


def _failure(fact: Fact, stage: Stage, pose: Pose) -> str:
    if fact.travel is not None:
        way = float(np.linalg.norm((stage.base.path[-1] - stage.base.path[0])[[0, 2]]))
        return _outside("travel from start to end", way, fact.travel, " m")
    if fact.turn is not None:
        left = stage.facing[:, :, 0]
        turned = np.degrees(np.unwrap(np.arctan2(-left[:, 2], left[:, 0])))
        return _outside("turn", float(turned[-1] - turned[0]), fact.turn, " degrees")
    if fact.lean is not None:
        trunk = pose.point("neck") - pose.point("pelvis")
        ahead = apply(back(stage.facing), trunk)
        angle = np.degrees(np.arctan2(ahead[:, 2], ahead[:, 1]))
        return _lasting("lean", (angle >= fact.lean[0]) & (angle <= fact.lean[1]), fact)
    side = side_of(fact.point)
    point = stage.point(fact.point, pose)
    if fact.near:
        distance = np.linalg.norm(point - stage.anywhere(fact.near, side, pose), axis=-1)
        if fact.times:
            met = len(runs(distance <= fact.within))
            return "" if met >= fact.times else f"{fact.point} met {fact.near} {met} of {fact.times:g} times"
        near = f", nearest {100 * distance.min():.0f} cm"
        return _lasting(f"{fact.point} near {fact.near}", distance <= fact.within, fact, near)
    if fact.above:
        higher = point[:, 1] - stage.anywhere(fact.above, side, pose)[:, 1]
        return _lasting(
            f"{fact.point} above {fact.above}", higher >= fact.by, fact, f", most {100 * higher.max():.0f} cm"
        )
    if fact.below:
        lower = stage.anywhere(fact.below, side, pose)[:, 1] - point[:, 1]
        return _lasting(
            f"{fact.point} below {fact.below}", lower >= fact.by, fact, f", most {100 * lower.max():.0f} cm"
        )
    if fact.height is not None:
        inside = (point[:, 1] >= fact.height[0]) & (point[:, 1] <= fact.height[1])
        return _lasting(f"{fact.point} height", inside, fact, f", {point[:, 1].min():.2f} to {point[:, 1].max():.2f} m")
    own = apply(back(stage.facing), point - pose.point("pelvis"))
    if fact.repeats is not None:
        count = len(moves(own[:, _AXES[fact.axis]], fact.size)) / 2
        return _outside(f"{fact.point} repeats", count, fact.repeats)
    if fact.speed is not None:
        speed = np.linalg.norm(np.gradient(own, axis=0), axis=-1) * MODEL_FPS
        return _outside(f"{fact.point} speed", float(speed.max()), fact.speed, " m/s")
    return "a fact says nothing"


def _outside(name: str, value: float, allowed: tuple[float, float], unit: str = "") -> str:
    if allowed[0] <= value <= allowed[1]:
        return ""
    return f"{name} is {value:.2f}{unit}, not {allowed[0]:g} to {allowed[1]:g}{unit}"


def _lasting(name: str, holds: NDArray, fact: Fact, measured: str = "") -> str:
    """Whether a condition holds for as long as the fact says, at a stretch; short gaps do not count."""
    gaps = [(a, b) for a, b in runs(~holds) if b - a <= _GAP * MODEL_FPS and a > 0 and b < len(holds)]
    bridged = holds.copy()
    for start, stop in gaps:
        bridged[start:stop] = True
    longest = max((stop - start for start, stop in runs(bridged)), default=0) / MODEL_FPS
    if longest >= max(fact.seconds, 1 / MODEL_FPS):
        return ""
    return f"{name} for {longest:.1f} of {fact.seconds:g} s{measured}"
