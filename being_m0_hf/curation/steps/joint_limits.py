"""Joints that bend as no human's does, bent back to where they could be."""

import math
from functools import reduce

import roma
import torch
from torch import Tensor

from ...motion import JOINT_INDEX, Motion
from ...motion.body_track import SIDES
from ...motionlib.build.quality import define
from ...retarget.swings import swing

#: Degrees within the limit, so that rounding does not lead over it again.
_INSIDE = 1.0


def within_limits(motion: Motion) -> Motion:
    """The motion with knees, elbows, neck and spine within the limits of ``quality.yaml``.

    Directions are those of the T-pose's axes, as in `impossible_joints`: a shin points down, a left forearm along x.
    """
    rotations = motion.rotations.clone()
    for side in SIDES:
        knee, elbow = JOINT_INDEX[f"{side}_knee"], JOINT_INDEX[f"{side}_elbow"]
        rotations[:, knee] = _turned(rotations[:, knee], torch.tensor([0.0, -1.0, 0.0]), _possible_shin)
        outward = torch.tensor([1.0 if side == "left" else -1.0, 0.0, 0.0])
        rotations[:, elbow] = _turned(rotations[:, elbow], outward, _possible_forearm)
    for name, chain in {"neck": ("neck", "head"), "spine": ("spine1", "spine2", "spine3")}.items():
        *before, last = (JOINT_INDEX[joint] for joint in chain)
        below = reduce(roma.quat_product, [rotations[:, joint] for joint in before])
        total = roma.unitquat_to_rotvec(roma.quat_product(below, rotations[:, last]))
        share = math.radians(define(f"{name}_turn") - _INSIDE) / total.norm(dim=-1, keepdim=True).clamp(min=1e-6)
        limited = roma.quat_product(roma.quat_conjugation(below), roma.rotvec_to_unitquat(total * share))
        rotations[:, last] = torch.where(share < 1, limited, rotations[:, last])
    return motion.replace(rotations=rotations)


def _turned(rotations: Tensor, rest: Tensor, possible) -> Tensor:
    """Rotations (T, 4) whose bone, ``rest`` (3,) in the T-pose, points where ``possible`` says it can."""
    bone = roma.quat_action(rotations, rest.expand(len(rotations), 3))
    wanted = possible(bone)
    wrong = (bone - wanted).norm(dim=-1, keepdim=True) > 1e-5
    return torch.where(wrong, roma.quat_product(swing(bone, wanted), rotations), rotations)


def _possible_shin(shin: Tensor) -> Tensor:
    """Directions (T, 3) of a shin, not before the thigh's line nor too far beside it."""
    most = math.sin(math.radians(define("knee_sideways") - _INSIDE))
    side = shin[:, 0].clamp(-most, most)
    angle = torch.atan2(shin[:, 2], -shin[:, 1])
    # bent by more than a half turn from behind looks like bent forward; that is not for a knee to tell
    angle = angle.clamp(max=math.radians(define("knee_forward") - _INSIDE))
    across = (1 - side**2).clamp(min=0).sqrt()
    return torch.stack((side, -across * torch.cos(angle), across * torch.sin(angle)), dim=-1)


def _possible_forearm(forearm: Tensor) -> Tensor:
    """Directions (T, 3) of a forearm, not behind the upper arm."""
    least = -math.sin(math.radians(define("elbow_backward") - _INSIDE))
    forward = forearm[:, 2].clamp(min=least)
    flat = forearm[:, :2]
    across = (1 - forward**2).clamp(min=0).sqrt()[:, None] * flat / flat.norm(dim=-1, keepdim=True).clamp(min=1e-6)
    return torch.cat((across, forward[:, None]), dim=-1)


__all__ = ["within_limits"]
