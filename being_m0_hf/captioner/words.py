"""Classes of numbers: a direction, a pace. Empty where it is not clear."""

import math

from .thresholds import state

#: Degrees to the left of forward -> name, on the ground and in the body's own frame.
SECTORS = {
    "forward": 0.0, "forward-left": 45.0, "left": 90.0, "backward-left": 135.0,
    "backward": 180.0, "backward-right": -135.0, "right": -90.0, "forward-right": -45.0,
}  # fmt: skip


def sector(left: float, forward: float) -> str:
    """The named direction of a ground vector in the body's own frame, or nothing between two names."""
    angle = math.degrees(math.atan2(left, forward))
    for name, middle in SECTORS.items():
        allowed = state("diagonal_angle") if "-" in name else state("travel_angle")
        if abs((angle - middle + 180) % 360 - 180) <= allowed:
            return name
    return ""


def pace(speed: float, slow: str, fast: str) -> str:
    """``slow``, ``fast`` or nothing, by two named thresholds."""
    if speed <= state(slow):
        return "slow"
    return "fast" if speed >= state(fast) else ""
