"""How much a motion breaks what bodies and floors allow, as one number.

Being-M0 lets a policy track each motion in a simulation and keeps what it cannot track with a small weight. No policy
is trained here: the measurements of `measure_quality` take its place, against the limits from which ``data build``
flags a clip. They see feet that slide, hover or sink, joints that bend the wrong way, and trembling; they do not see
whether a body would fall.
"""

from ...motion import Motion
from ...motionlib.build.quality import default_limits, measure_quality

#: What a simulated body could not follow.
MEASURED = (
    "jump", "joint_speed", "root_speed", "jitter", "impossible_ratio", "sink", "slide_ratio", "skate_ratio", "hover",
    "float_ratio", "air_seconds",
)  # fmt: skip
#: No motion counts less than this.
LEAST_WEIGHT = 0.05


def plausible_weight(motion: Motion) -> float:
    """1 where all measurements are within the limits; each that is twice its limit halves the weight, and so on."""
    scores, limits = measure_quality(motion), default_limits()
    weight = 1.0
    for name in MEASURED:
        limit = limits[name].flag
        if limit is not None:
            weight /= max(1.0, scores[name] / limit)
    return max(LEAST_WEIGHT, weight)


__all__ = ["LEAST_WEIGHT", "plausible_weight"]
