"""Hips turned as the trunk is: seen in a picture, the line between them tells least of all which way it points."""

import torch
from torch import Tensor

from ...motion.h36m_joints import H36M_NAMES
from .path import smooth

#: Seconds over which the twist between hips and shoulders is smoothed, a standard deviation. Of a walk's twist to and
#: fro, about 8 degrees once a second, a third is left; of lifted hips, twice that is error.
TWIST_SECONDS = 0.25
_HIPS = [H36M_NAMES.index("left_hip"), H36M_NAMES.index("right_hip")]
_SHOULDERS = [H36M_NAMES.index("left_shoulder"), H36M_NAMES.index("right_shoulder")]


def with_calm_hips(joints: Tensor, fps: float) -> Tensor:
    """Joints (T, 17, 3) in the world whose hips do not shake to the left and right under the shoulders.

    Hips are close to each other, so a few pixels turn them by tens of degrees, and exchanged ones face backwards.
    Shoulders are wider: the turns of the whole body are theirs, and only the twist between both is smoothed.
    """
    hips, shoulders = (_across(joints, pair) for pair in (_HIPS, _SHOULDERS))
    twist = hips * shoulders.conj()
    # who lies on a side has hips above each other, which tell nothing and count little
    calm = torch.view_as_complex(smooth(torch.view_as_real(twist), TWIST_SECONDS * fps).contiguous())
    turn = _direction(calm) * _direction(twist).conj()
    middle = joints[:, _HIPS].mean(1, keepdim=True)
    around = joints[:, _HIPS] - middle
    turned = torch.view_as_real(torch.complex(around[..., 0], around[..., 2]) * turn[:, None])
    result = joints.clone()
    result[:, _HIPS] = middle + torch.stack((turned[..., 0], around[..., 1], turned[..., 1]), -1)
    return result


def _across(joints: Tensor, pair: list[int]) -> Tensor:
    """(T,) the way over the ground from the right to the left of two joints, as complex numbers."""
    left, right = joints[:, pair].unbind(1)
    return torch.complex(*(left - right)[:, [0, 2]].unbind(-1))


def _direction(numbers: Tensor) -> Tensor:
    """Complex numbers of length 1; 1 where there is no direction."""
    length = numbers.abs()
    return torch.where(length > 1e-9, numbers / length.clamp(min=1e-9), torch.ones_like(numbers))


__all__ = ["with_calm_hips"]
