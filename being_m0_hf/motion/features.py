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

The motion tokenizer sees the same clip without its heading (``remove_heading``): the root's rotation is given relative
to the heading, and a column 135 is added, the turn since the frame before in radians. A step to the left then looks the
same whichever way the body faces, so tokens need not be learned anew for each direction. Columns are grouped by body
part (``PART_COLUMNS``) and z-scored with the training set's statistics, which travel with the checkpoint.
"""

import torch
from torch import Tensor

from .body_parts import PARTS
from .rotations import (
    heading_angle,
    matrix_from_6d,
    matrix_heading,
    matrix_to_6d,
    quaternion_from_6d,
    quaternion_to_6d,
    rotate_ground,
    yaw_matrix,
)
from .skeleton import NUM_JOINTS

D135_SIZE = 135
ROOT_ROTATION = slice(0, 6)
ROOT_VELOCITY = slice(6, 8)
ROOT_HEIGHT = 8
BODY_ROTATIONS = slice(9, D135_SIZE)
TURN = 135  # of the heading-free form only
HEADING_FREE_SIZE = 136


def joint_columns(joint: int) -> range:
    """Columns of a joint's 6D rotation."""
    return range(6) if joint == 0 else range(9 + 6 * (joint - 1), 9 + 6 * joint)


def part_columns(pelvis_with_torso: bool = False) -> tuple[tuple[int, ...], ...]:
    """For each part of ``PARTS``, its heading-free columns.

    By default the root holds the pelvis' rotation, velocity, height and turn (10), torso and head 30, a limb 24. With
    ``pelvis_with_torso`` the pelvis' rotation goes to the torso (36) and the root is the path alone (4): one token then
    says more exactly where the body goes, and that is what adds up over a clip.
    """
    pelvis, path = tuple(range(6)), (6, 7, ROOT_HEIGHT, TURN)
    torso, *limbs = (tuple(column for joint in part.joints for column in joint_columns(joint)) for part in PARTS[1:])
    if pelvis_with_torso:
        return (path, pelvis + torso, *limbs)
    return (pelvis + path, torso, *limbs)


PART_COLUMNS = part_columns()


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


def remove_heading(features: Tensor) -> Tensor:
    """(..., T, 135) -> (..., T, 136): the root's rotation relative to its heading, and the turn as a column more.

    The turn at frame t is ``heading[t] - heading[t - 1]``, in -pi..pi; the first frame repeats the second one's.
    """
    root = matrix_from_6d(features[..., ROOT_ROTATION])
    heading = matrix_heading(root)
    turn = heading[..., 1:] - heading[..., :-1]
    turn = torch.atan2(torch.sin(turn), torch.cos(turn))
    turn = torch.cat((turn[..., :1], turn), dim=-1)
    tilt = yaw_matrix(-heading) @ root
    return torch.cat((matrix_to_6d(tilt), features[..., 6:], turn[..., None]), dim=-1)


def restore_heading(heading_free: Tensor, start: Tensor | None = None) -> Tensor:
    """The inverse of ``remove_heading``: (..., T, 136) -> (..., T, 135).

    Args:
        start: (...) heading of the first frame, radians; 0 by default.
    """
    heading = integrate_turn(heading_free)
    if start is not None:
        heading = heading + start[..., None]
    tilt = matrix_from_6d(heading_free[..., ROOT_ROTATION])
    # a network's tilt keeps a little heading of its own, which would turn every step of the path: take it out
    root = yaw_matrix(heading - matrix_heading(tilt)) @ tilt
    return torch.cat((matrix_to_6d(root), heading_free[..., 6:TURN]), dim=-1)


def integrate_turn(heading_free: Tensor) -> Tensor:
    """Heading of each frame (..., T), radians, 0 at the first, from heading-free features (..., T, 136)."""
    turn = heading_free[..., TURN]
    turn = torch.cat((torch.zeros_like(turn[..., :1]), turn[..., 1:]), dim=-1)
    return turn.double().cumsum(dim=-1).to(turn.dtype)


def local_matrices(features: Tensor) -> Tensor:
    """Rotation matrices (..., T, 22, 3, 3) behind features of either form (..., T, 135 or 136), for losses."""
    six = torch.cat((features[..., ROOT_ROTATION], features[..., BODY_ROTATIONS]), dim=-1)
    return matrix_from_6d(six.unflatten(-1, (NUM_JOINTS, 6)))
