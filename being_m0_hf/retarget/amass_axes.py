"""AMASS is z-up, but copies in other axes go about, y-up ones and a camera's, whose y points down.

Read along the wrong axis they look like people who lie in the air, or dive.
"""

import roma
import torch

from ..motion import JOINT_INDEX, Motion
from .swings import nearest_axis, swing, unit

_UPRIGHT = 0.7  # cosine between a standing body and the up axis
_FEW = 0.1  # of the frames
_FLOOR = 0.3  # m: no one's floor is farther from zero, or wanders more
_IN_THE_AIR = 0.9  # m from zero, or of wandering: no limb that hangs from a lying body does that
_STILL = 1e-4  # m: places that are all zero say nothing about a floor


def stood_up(motion: Motion, sure: bool = True) -> tuple[Motion, str]:
    """The motion, turned up if it was read along the wrong axis, and the axis that was up; "y" where it is as read.

    That is so only where the body lies through the clip without a floor and, turned, would stand on one: people who
    lie on the floor, or whom nothing tells apart from a y-up file, stay as the format says.

    Args:
        motion: as read by the format's axes.
        sure: whether the format has axes at all; else a body that would stand in other axes does.
    """
    if _upright_share(motion) >= _FEW:
        return motion, "y"
    is_placed = float(motion.translation.abs().max()) > _STILL
    if sure and is_placed and _floor_is_near_zero(motion):
        return motion, "y"
    joints = motion.joints()
    ankles = (joints[:, JOINT_INDEX["left_ankle"]] + joints[:, JOINT_INDEX["right_ankle"]]) / 2
    up = nearest_axis(unit(joints[:, JOINT_INDEX["head"]] - ankles).mean(dim=0))
    # in double, where opposite axes are told from nearly opposite ones
    turn = swing(up.double(), torch.tensor([0.0, 1.0, 0.0]).double()).float().expand(motion.num_frames, 4)
    rotations = motion.rotations.clone()
    rotations[:, 0] = roma.quat_product(turn, rotations[:, 0])
    turned = motion.replace(rotations=rotations, translation=roma.quat_action(turn, motion.translation))
    stands = _upright_share(turned) > 1 - _FEW and _wander(turned) < max(_FLOOR, _wander(motion) / 2)
    # a camera's zero is no floor; there the body must float or rise as no lying one does
    known = not sure or not is_placed or _floor_is_near_zero(turned) or _floats(motion)
    if not (stands and known):
        return motion, "y"
    return turned, ("-" if float(up.sum()) < 0 else "") + "xyz"[int(up.abs().argmax())]


def _upright_share(motion: Motion) -> float:
    """In what part of the frames the head is above the ankles."""
    joints = motion.joints()
    ankles = (joints[:, JOINT_INDEX["left_ankle"]] + joints[:, JOINT_INDEX["right_ankle"]]) / 2
    return float((unit(joints[:, JOINT_INDEX["head"]] - ankles)[:, 1] > _UPRIGHT).float().mean())


def _wander(motion: Motion) -> float:
    lowest = motion.joints()[..., 1].amin(dim=1)
    return float(lowest.quantile(0.95) - lowest.quantile(0.05))


def _floats(motion: Motion) -> bool:
    lowest = motion.joints()[..., 1].amin(dim=1)
    return float(lowest.median().abs()) > _IN_THE_AIR or _wander(motion) > _IN_THE_AIR


def _floor_is_near_zero(motion: Motion) -> bool:
    lowest = motion.joints()[..., 1].amin(dim=1)
    return float(lowest.median().abs()) < _FLOOR and _wander(motion) < _FLOOR
