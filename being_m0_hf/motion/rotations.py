"""Rotation conversions, all through roma. Quaternions are (x, y, z, w), as in roma, scipy and glTF.

The 6D form is column 0 then column 1 of the matrix, concatenated (Zhou et al. 2019, in HumanML3D's layout):
``[R00, R10, R20, R01, R11, R21]``. SMPLest-X interleaves the columns, ``[R00, R01, R10, R11, R20, R21]``, and pytorch3d
takes rows; never mix.
"""

import math

import numpy as np
import roma
import torch
from numpy.typing import NDArray
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


def matrix_to_interleaved_6d(matrix: Tensor) -> Tensor:
    """(..., 3, 3) -> (..., 6) in SMPLest-X's layout."""
    return matrix[..., :2].flatten(-2)


def matrix_from_interleaved_6d(six: Tensor) -> Tensor:
    """(..., 6) in SMPLest-X's layout -> (..., 3, 3)."""
    return roma.special_gramschmidt(six.unflatten(-1, (3, 2)), epsilon=1e-8)


def quaternion_from_6d(six: Tensor) -> Tensor:
    """(..., 6) -> (..., 4)."""
    return roma.rotmat_to_unitquat(matrix_from_6d(six))


def heading_angle(quaternion: Tensor) -> Tensor:
    """``matrix_heading`` of root rotations given as quaternions: (..., 4) -> (...) radians."""
    return matrix_heading(roma.unitquat_to_rotmat(quaternion))


def matrix_heading(matrix: Tensor) -> Tensor:
    """Which way a body faces: (..., 3, 3) root rotation -> (...) radians, 0 = +z, positive to the left (+x).

    The body's forward axis and its left axis each say where it faces; their ground projections are added, the forward
    one twice. So the answer stays steady through a cartwheel (which turns the left axis over) and through bending down
    by up to 120 degrees (which turns the forward axis over), where either axis alone would jump. At exactly 120 degrees
    the two cancel and the heading is undefined.
    """
    forward_x, forward_z = matrix[..., 0, 2], matrix[..., 2, 2]
    left_x, left_z = matrix[..., 0, 0], matrix[..., 2, 0]
    return torch.atan2(2 * forward_x - left_z, 2 * forward_z + left_x)


def yaw_quaternion(angle: Tensor) -> Tensor:
    """A turn of ``angle`` radians about y: (...) -> (..., 4)."""
    zero = torch.zeros_like(angle)
    return torch.stack((zero, torch.sin(angle / 2), zero, torch.cos(angle / 2)), dim=-1)


def yaw_matrix(angle: Tensor) -> Tensor:
    """A turn of ``angle`` radians about y: (...) -> (..., 3, 3)."""
    cos, sin, zero, one = torch.cos(angle), torch.sin(angle), torch.zeros_like(angle), torch.ones_like(angle)
    return torch.stack((cos, zero, sin, zero, one, zero, -sin, zero, cos), dim=-1).unflatten(-1, (3, 3))


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
    return slerp(first, second, (times - start).to(first.dtype)[:, None].expand(first.shape[:-1]))


def slerp(first: Tensor, second: Tensor, weight: Tensor) -> Tensor:
    """Between unit quaternions (..., 4) the short way round, each with its own weight (...) from 0 to 1.

    ``roma.unitquat_slerp`` takes every pair to the same weights.
    """
    # q and -q are the same rotation
    second = torch.where((first * second).sum(-1, keepdim=True) < 0, -second, second)
    step = roma.unitquat_to_rotvec(roma.quat_product(roma.quat_conjugation(first), second))
    return roma.quat_product(first, roma.rotvec_to_unitquat(step * weight[..., None]))


def angle_between(first: Tensor, second: Tensor) -> Tensor:
    """Geodesic angle between unit quaternions (..., 4), radians in [0, pi]."""
    relative = roma.quat_product(roma.quat_conjugation(first), second)
    angle = 2.0 * torch.atan2(relative[..., :3].norm(dim=-1), relative[..., 3].abs())
    return angle.clamp(max=math.pi)


def without_flips(quaternions: Tensor) -> Tensor:
    """The same rotations (T, J, 4) without sign flips between frames: who interpolates them takes the short arc."""
    flips = (quaternions[1:] * quaternions[:-1]).sum(dim=-1, keepdim=True) < 0
    signs = torch.cumprod(1.0 - 2.0 * flips.float(), dim=0)
    return torch.cat((quaternions[:1], quaternions[1:] * signs))


def smooth_euler(quaternions: Tensor, order: str) -> NDArray:
    """Euler angles (T, J, 3) in degrees of rotations (T, J, 4): each frame's are those nearest to the frame before.

    A rotation has two triples of angles, and each angle any number of full turns; players that interpolate between
    frames would spin a joint wherever the choice changes.

    Args:
        quaternions: the rotations.
        order: three different axes as ``roma.unitquat_to_euler`` reads them: "ZXY" turns with the joint, "xyz" about
            axes that stand still.
    """
    first = roma.unitquat_to_euler(order, quaternions.double(), degrees=True).numpy()
    second = np.stack((first[..., 0] + 180.0, 180.0 - first[..., 1], first[..., 2] + 180.0), axis=-1)
    angles = first.copy()
    for frame in range(1, len(angles)):
        near = [
            triple[frame] + 360.0 * np.round((angles[frame - 1] - triple[frame]) / 360.0) for triple in (first, second)
        ]
        ways = [np.abs(triple - angles[frame - 1]).sum(axis=-1, keepdims=True) for triple in near]
        angles[frame] = np.where(ways[1] < ways[0], near[1], near[0])
    return angles
