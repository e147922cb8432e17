"""AMASS is z-up, but y-up copies of it go about: they look like people who lie in the air."""

import math

import roma
import torch

from ..motion import JOINT_INDEX, Motion
from .swings import unit

_Z_TO_Y = torch.tensor([math.sin(math.pi / 4), 0.0, 0.0, math.cos(math.pi / 4)])
_UPRIGHT = 0.7  # cosine between a standing body and the up axis
_FEW = 0.1  # of the frames
_FLOOR = 0.3  # m: no one's floor is farther from zero, or wanders more


def stood_up(motion: Motion) -> Motion:
    """The motion, turned up if it was read along the wrong axis.

    That is so only where the body lies through the clip without a floor and, turned, would stand on one: people who
    lie on the floor, or whom nothing tells apart from a y-up file, stay as the format says.
    """
    rotations = motion.rotations.clone()
    turn = _Z_TO_Y.expand(motion.num_frames, 4)
    rotations[:, 0] = roma.quat_product(turn, rotations[:, 0])
    turned = motion.replace(rotations=rotations, translation=roma.quat_action(turn, motion.translation))
    lies_in_the_air = _upright_share(motion) < _FEW and not _has_floor(motion)
    return turned if lies_in_the_air and _upright_share(turned) > 1 - _FEW and _has_floor(turned) else motion


def _upright_share(motion: Motion) -> float:
    """In what part of the frames the head is above the ankles."""
    joints = motion.joints()
    ankles = (joints[:, JOINT_INDEX["left_ankle"]] + joints[:, JOINT_INDEX["right_ankle"]]) / 2
    return float((unit(joints[:, JOINT_INDEX["head"]] - ankles)[:, 1] > _UPRIGHT).float().mean())


def _has_floor(motion: Motion) -> bool:
    lowest = motion.joints()[..., 1].amin(dim=1)
    wanders = lowest.quantile(0.95) - lowest.quantile(0.05)
    return float(lowest.median().abs()) < _FLOOR and float(wanders) < _FLOOR
