"""Arms and legs as two bones: where the joint in the middle is, and how the bones are turned."""

import numpy as np
from numpy.typing import NDArray

from ...motion import JOINT_INDEX
from . import turns
from .body import OFFSETS, SIGN
from .turns import unit


def _bone(joint: str) -> float:
    return float(np.linalg.norm(OFFSETS[JOINT_INDEX[joint]]))


#: Lengths of the two bones, metres.
ARM = (_bone("left_elbow"), _bone("left_wrist"))
LEG = (_bone("left_knee"), _bone("left_ankle"))
#: The hinge opens at least so far, degrees between the bones.
_LEAST_ANGLE = 30.0
#: No limb is stretched quite straight: its hinge would have no direction.
_MOST_STRETCH = 0.997


def two_bone(
    root: NDArray, target: NDArray, pole: NDArray, bones: tuple[float, float], free: float = 0.94
) -> tuple[NDArray, NDArray, NDArray]:
    """Joint in the middle, end that is reached, and normal of the bend, each (T, 3).

    Beyond ``free`` of full stretch the end is held back softly, so that no limb snaps straight.
    """
    first, second = bones
    way = target - root
    distance = np.linalg.norm(way, axis=-1, keepdims=True)
    begin = free * (first + second)
    room = (_MOST_STRETCH - free) * (first + second)
    soft = np.where(distance > begin, begin + room * (1 - np.exp(-(distance - begin) / room)), distance)
    soft = np.maximum(soft, np.sqrt(first**2 + second**2 - 2 * first * second * np.cos(np.radians(_LEAST_ANGLE))))
    line = unit(way)
    bent = turns.across(pole, line)
    cosine = np.clip((first**2 + soft**2 - second**2) / (2 * first * soft), -1, 1)
    middle = root + line * first * cosine + bent * first * np.sqrt(1 - cosine**2)
    return middle, root + line * soft, np.cross(bent, line)


def arm_frames(root: NDArray, middle: NDArray, end: NDArray, normal: NDArray, side: str) -> tuple[NDArray, NDArray]:
    """Global rotations (T, 3, 3) of the two bones of an arm whose elbow turns about ``normal``."""
    frames = []
    for bone in (unit(middle - root), unit(end - middle)):
        x = SIGN[side] * bone
        z = unit(np.cross(x, -SIGN[side] * unit(normal)))
        frames.append(np.stack((x, np.cross(z, x), z), axis=-1))
    return frames[0], frames[1]


def leg_frames(root: NDArray, middle: NDArray, end: NDArray, normal: NDArray) -> tuple[NDArray, NDArray]:
    """Global rotations (T, 3, 3) of the two bones of a leg whose knee turns about ``normal``."""
    frames = []
    for bone in (unit(middle - root), unit(end - middle)):
        z = unit(np.cross(unit(normal), -bone))
        frames.append(np.stack((np.cross(-bone, z), -bone, z), axis=-1))
    return frames[0], frames[1]
