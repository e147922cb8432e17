"""SMPL-D135: the motion feature of Being-M0 (paper, section 3.2), both ways and exact.

| columns   | content                                                                                   | unit    |
|-----------|-------------------------------------------------------------------------------------------|---------|
| 0..5      | 6D rotation of the root, its full orientation in the world                                | -       |
| 6..7      | ground velocity (right-hand x, z) of the root since the frame before, in the heading frame | m/frame |
| 8         | height of the root above the floor                                                        | m       |
| 9..134    | 6D local rotation of joints 1..21                                                         | -       |

T frames in, T frames out, y up. A clip starts with its heading (``rotations.heading_angle``) along +z and its root
above the origin. Velocity at frame t is ``turn(-heading[t]) * (p[t] - p[t-1])``, so a decoder needs no later frame;
the first frame has no step before it and repeats the second one's. Every block but the root's rotation stays the same
when the whole clip is turned or moved on the floor.

Models see the columns grouped by body part (``PART_COLUMNS``) and z-scored with the training set's statistics, which
travel with the checkpoint.
"""

import torch
from torch import Tensor

from .rotations import heading_angle, matrix_from_6d, quaternion_from_6d, quaternion_to_6d, rotate_ground
from .skeleton import NUM_JOINTS, PARTS

D135_SIZE = 135
ROOT_ROTATION = slice(0, 6)
ROOT_VELOCITY = slice(6, 8)
ROOT_HEIGHT = 8
BODY_ROTATIONS = slice(9, D135_SIZE)


def joint_columns(joint: int) -> range:
    """Columns of a joint's 6D rotation."""
    return range(6) if joint == 0 else range(9 + 6 * (joint - 1), 9 + 6 * joint)


def _part_columns() -> tuple[tuple[int, ...], ...]:
    parts = [tuple(column for joint in part.joints for column in joint_columns(joint)) for part in PARTS]
    return (tuple(range(9)), *parts[1:])


#: For each part of ``PARTS``, its columns: 9 for the root, 30 for torso and head, 24 for each limb.
PART_COLUMNS: tuple[tuple[int, ...], ...] = _part_columns()


def encode_d135(rotations: Tensor, translation: Tensor) -> Tensor:
    """Features of a clip that already starts at the origin facing +z (``Motion.canonicalized``).

    Args:
        rotations: (T, 22, 4) local quaternions (x, y, z, w).
        translation: (T, 3) world position of the pelvis, metres.

    Returns:
        (T, 135) features.
    """
    heading = heading_angle(rotations[:, 0])
    steps = translation[1:, [0, 2]] - translation[:-1, [0, 2]]
    velocity = rotate_ground(steps, -heading[1:])
    velocity = torch.cat((velocity[:1], velocity)) if len(velocity) else translation.new_zeros(1, 2)
    six = quaternion_to_6d(rotations)
    return torch.cat((six[:, 0], velocity, translation[:, 1:2], six[:, 1:].flatten(1)), dim=-1)


def decode_d135(features: Tensor) -> tuple[Tensor, Tensor]:
    """The clip behind the features; the inverse of ``encode_d135``.

    Args:
        features: (T, 135).

    Returns:
        rotations (T, 22, 4) and translation (T, 3); the root starts above the origin.
    """
    six = torch.cat((features[:, ROOT_ROTATION], features[:, BODY_ROTATIONS]), dim=-1)
    rotations = quaternion_from_6d(six.unflatten(-1, (NUM_JOINTS, 6)))
    return rotations, integrate_root(features, heading_angle(rotations[:, 0]))


def integrate_root(features: Tensor, heading: Tensor) -> Tensor:
    """Root positions (..., T, 3) from features (..., T, 135) and headings (..., T) in radians."""
    steps = rotate_ground(features[..., ROOT_VELOCITY], heading)
    steps = torch.cat((torch.zeros_like(steps[..., :1, :]), steps[..., 1:, :]), dim=-2)
    # summed in double: ten minutes of motion must not drift
    ground = steps.double().cumsum(dim=-2).to(features.dtype)
    return torch.stack((ground[..., 0], features[..., ROOT_HEIGHT], ground[..., 1]), dim=-1)


def d135_matrices(features: Tensor) -> tuple[Tensor, Tensor]:
    """Differentiable form for losses: local rotation matrices (..., T, 22, 3, 3) and root positions (..., T, 3)."""
    six = torch.cat((features[..., ROOT_ROTATION], features[..., BODY_ROTATIONS]), dim=-1)
    matrices = matrix_from_6d(six.unflatten(-1, (NUM_JOINTS, 6)))
    root = matrices[..., 0, :, :]
    # twist about y straight from the matrix: tan(heading) of the swing-twist decomposition
    heading = torch.atan2(root[..., 0, 2] - root[..., 2, 0], root[..., 0, 0] + root[..., 2, 2])
    return matrices, integrate_root(features, heading)
