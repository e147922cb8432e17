"""All statements about a motion."""

from collections.abc import Iterable

from being_m0_hf.motion import PART_NAMES, Motion

from ..statements import Statement
from .arm import arm_at_rest, measure_arm
from .height import measure_height
from .leg import leg_at_rest, measure_leg
from .path import measure_path, root_at_rest
from .torso import measure_torso, torso_at_rest
from .track import SIDES, Track


def measure(motion: Motion) -> tuple[Statement, ...]:
    """What can be stated about a motion with a margin, in the order root, body, torso, arms, legs.

    Args:
        motion: any length, rate and bones. Times count from its first frame.

    Returns:
        statements; at least one for each of ``PART_NAMES``.
    """
    track = Track(motion)
    arms = [statement for side in SIDES for statement in measure_arm(track, side)]
    legs = [statement for side in SIDES for statement in measure_leg(track, side)]
    found = [*measure_path(track), *measure_height(track), *measure_torso(track), *arms, *legs]
    return (*found, *measure_rest(motion, found))


def measure_rest(motion: Motion, statements: Iterable[Statement]) -> tuple[Statement, ...]:
    """For each part without a statement, how far it moves at all."""
    said = {statement.part for statement in statements}
    missing = [part for part in PART_NAMES if part not in said]
    track = Track(motion)
    return tuple(_at_rest(track, part) for part in missing)


def _at_rest(track: Track, part: str) -> Statement:
    if part == "root":
        return root_at_rest(track)
    if part == "torso":
        return torso_at_rest(track)
    side, limb = part.split("_")
    return arm_at_rest(track, side) if limb == "arm" else leg_at_rest(track, side)
