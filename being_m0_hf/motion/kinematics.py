"""Forward kinematics of the 22-joint skeleton, batched and differentiable."""

import torch
from torch import Tensor

from .skeleton import PARENTS


def forward_kinematics(rotations: Tensor, translation: Tensor, offsets: Tensor) -> tuple[Tensor, Tensor]:
    """Pose a skeleton.

    ``G_child = G_parent @ R_child`` and ``P_child = P_parent + G_parent @ offset``: a joint's rotation is relative
    to its parent and to the T-pose, and moves the joints below it.

    Args:
        rotations: (..., 22, 3, 3) local rotation matrices; the root's is its global orientation.
        translation: (..., 3) world position of the pelvis, metres.
        offsets: (22, 3) T-pose offsets, metres.

    Returns:
        positions (..., 22, 3) in metres and global rotations (..., 22, 3, 3).
    """
    local = rotations.unbind(dim=-3)  # one op: selecting joint by joint makes the backward pass slow
    positions = [translation]
    globals_ = [local[0]]
    for joint in range(1, len(PARENTS)):
        parent = PARENTS[joint]
        positions.append(positions[parent] + globals_[parent] @ offsets[joint])
        globals_.append(globals_[parent] @ local[joint])
    return torch.stack(positions, dim=-2), torch.stack(globals_, dim=-3)
