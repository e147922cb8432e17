"""The loss of pose lifting, as MotionBERT (Zhu et al. 2023) and after it HumMUSS are trained."""

import torch
from torch import Tensor


def pose_loss(joints: Tensor, target: Tensor, velocity_weight: float = 20.0, scale_weight: float = 0.5) -> Tensor:
    """MPJPE + 20 x the error of velocities + 0.5 x MPJPE with the best scale of each frame.

    Args:
        joints, target: (batch, frames, joints, 3) in one unit, about the root; velocities are a frame's step.
    """
    joints, target = joints.float(), target.float()
    loss = position_error(joints, target)
    if joints.shape[1] > 1:
        loss = loss + velocity_weight * position_error(joints.diff(dim=1), target.diff(dim=1))
    return loss + scale_weight * position_error(best_scale(joints, target) * joints, target)


def position_error(joints: Tensor, target: Tensor) -> Tensor:
    """Mean distance of joints (MPJPE), in their unit."""
    return torch.linalg.vector_norm(joints - target, dim=-1).mean()


def best_scale(joints: Tensor, target: Tensor) -> Tensor:
    """The factor for each frame that brings it nearest to its target (least squares), (batch, frames, 1, 1)."""
    size = joints.square().sum((-2, -1), keepdim=True)
    return (joints * target).sum((-2, -1), keepdim=True) / size.clamp(min=1e-9)


__all__ = ["best_scale", "pose_loss", "position_error"]
