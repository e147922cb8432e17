"""Rotation conversions, all through roma. Quaternions are (x, y, z, w), as in roma, scipy and glTF.

The 6D form is column 0 then column 1 of the matrix, concatenated (Zhou et al. 2019, in HumanML3D's layout):
``[R00, R10, R20, R01, R11, R21]``. SMPLest-X interleaves them and pytorch3d takes rows; never mix.
"""

import math

import roma
import torch
from torch import Tensor


def quaternion_to_6d(quaternion: Tensor) -> Tensor:
    """(..., 4) -> (..., 6)."""
    return matrix_to_6d(roma.unitquat_to_rotmat(quaternion))


def matrix_to_6d(matrix: Tensor) -> Tensor:
    """(..., 3, 3) -> (..., 6)."""
    return matrix[..., :2].transpose(-1, -2).flatten(-2)


def matrix_from_6d(six: Tensor) -> Tensor:
    """(..., 6) -> (..., 3, 3); any six numbers become a rotation by Gram-Schmidt."""
    columns = six.unflatten(-1, (2, 3)).transpose(-1, -2)
    return roma.special_gramschmidt(columns, epsilon=1e-8)


def quaternion_from_6d(six: Tensor) -> Tensor:
    """(..., 6) -> (..., 4)."""
    return roma.rotmat_to_unitquat(matrix_from_6d(six))


def heading_angle(quaternion: Tensor) -> Tensor:
    """Which way a body faces: the turn about y in a root rotation, radians, 0 = +z, positive to the left (+x).

    It is the twist of the swing-twist decomposition, so bending or leaning does not change it and it is only
    undefined for a body exactly upside down.

    Args:
        quaternion: (..., 4) global root rotation.
    """
    return 2.0 * torch.atan2(quaternion[..., 1], quaternion[..., 3])


def yaw_quaternion(angle: Tensor) -> Tensor:
    """A turn of ``angle`` radians about y: (...) -> (..., 4)."""
    zero = torch.zeros_like(angle)
    return torch.stack((zero, torch.sin(angle / 2), zero, torch.cos(angle / 2)), dim=-1)


def rotate_ground(vector: Tensor, angle: Tensor) -> Tensor:
    """Turn ground-plane vectors (..., 2) = (x, z) about y by ``angle`` (...) radians."""
    x, z = vector.unbind(-1)
    cos, sin = torch.cos(angle), torch.sin(angle)
    return torch.stack((cos * x + sin * z, cos * z - sin * x), dim=-1)


def resample_rotations(quaternions: Tensor, times: Tensor) -> Tensor:
    """Spherical interpolation of (T, J, 4) at fractional frame indices (S,) -> (S, J, 4)."""
    start = times.floor().long().clamp(0, quaternions.shape[0] - 1)
    end = (start + 1).clamp(max=quaternions.shape[0] - 1)
    first, second = quaternions[start], quaternions[end]
    # roma warns of no problem at equal quaternions, but the arc must be the short one
    second = torch.where((first * second).sum(-1, keepdim=True) < 0, -second, second)
    fraction = (times - start)[:, None].expand(first.shape[:-1])
    # relative rotation scaled by the fraction: slerp, for each joint with its own angle
    step = roma.unitquat_to_rotvec(roma.quat_product(roma.quat_conjugation(first), second))
    return roma.quat_product(first, roma.rotvec_to_unitquat(step * fraction[..., None]))


def angle_between(first: Tensor, second: Tensor) -> Tensor:
    """Geodesic angle between unit quaternions (..., 4), radians in [0, pi]."""
    relative = roma.quat_product(roma.quat_conjugation(first), second)
    angle = 2.0 * torch.atan2(relative[..., :3].norm(dim=-1), relative[..., 3].abs())
    return angle.clamp(max=math.pi)
