"""How often a motion shows a written action: when what swings with each repetition (``counts.yaml``) turns back."""

from functools import cache

import numpy as np

from ...captioner.measures.curves import turning_points
from ...motion import MODEL_FPS, Motion
from ...motion.curves import runs
from ...utils.package_data import read_package_yaml
from ..engine.body import Body
from ..engine.stage import Stage
from ..engine.turns import apply, back
from ..score.score import Score

_AXES = {"out": 0, "up": 1, "forward": 2}


@cache
def swings() -> dict[str, list[tuple[str, str, float]]]:
    """Action -> what swings with each of its repetitions, as the file has it."""
    return {
        name: [tuple(swing) for swing in listed]
        for name, listed in read_package_yaml(__package__, "counts.yaml").items()
    }


def repetitions(score: Score, motion: Motion) -> list[int]:
    """The frame, at 20 fps, in the middle of each repetition: where a swing is furthest from where it began.

    [] where nobody has said what swings.
    """
    stage = Stage(score, Body.of(motion.resample(MODEL_FPS)), travels=True)
    pose, middles = stage.base_pose, []
    for name, axis, size in swings().get(score.name, ()):
        point = stage.point(name, pose)
        if axis == "height":
            curve = point[:, 1]
        elif axis in _AXES:
            curve = apply(back(stage.facing), point - pose.point("pelvis"))[:, _AXES[axis]]
        else:
            curve = np.linalg.norm(point - stage.point(axis.removeprefix("near "), pose), axis=-1)
        if axis.startswith("near "):
            middles += [(start + stop) // 2 for start, stop in runs(curve <= size)]
        else:
            middles += turning_points(curve, size)[1::2]
    return sorted(middles)
