"""Rotations of arrays over time. The mathematics are roma's; here they take and give numpy arrays in degrees."""

import numpy as np
import roma
import torch
from numpy.typing import ArrayLike, NDArray

X, Y, Z = np.eye(3)


def about(axis: NDArray, degrees: ArrayLike) -> NDArray:
    """(T,) or one number of degrees about a fixed axis -> (T, 3, 3)."""
    vectors = np.radians(np.atleast_1d(np.asarray(degrees, dtype=float)))[:, None] * axis
    return roma.rotvec_to_rotmat(torch.from_numpy(vectors)).numpy()


def vector(matrices: NDArray) -> NDArray:
    """Rotations (..., 3, 3) as rotation vectors (..., 3), radians."""
    flat = np.ascontiguousarray(matrices.reshape(-1, 3, 3))
    return roma.rotmat_to_rotvec(torch.from_numpy(flat)).numpy().reshape(matrices.shape[:-1])


def from_vector(vectors: NDArray) -> NDArray:
    """Rotation vectors (..., 3) in radians -> (..., 3, 3)."""
    flat = np.ascontiguousarray(vectors.reshape(-1, 3))
    return roma.rotvec_to_rotmat(torch.from_numpy(flat)).numpy().reshape(*vectors.shape, 3)


def power(matrices: NDArray, share: ArrayLike) -> NDArray:
    """Rotations (..., 3, 3) by a share (...) of their angle."""
    return from_vector(vector(matrices) * np.asarray(share)[..., None])


def slerp(first: NDArray, second: NDArray, weight: ArrayLike) -> NDArray:
    """Between rotations (..., 3, 3), each with its own weight (...)."""
    return first @ power(back(first) @ second, weight)


def back(matrices: NDArray) -> NDArray:
    """The inverse of rotations (..., 3, 3)."""
    return np.swapaxes(matrices, -1, -2)


def mean(matrices: NDArray) -> NDArray:
    """The rotation (3, 3) in the middle of rotations (T, 3, 3) that are near each other."""
    middle = torch.from_numpy(matrices.mean(axis=0))
    return roma.special_procrustes(middle).numpy()


def apply(matrices: NDArray, vectors: ArrayLike) -> NDArray:
    """Rotations (..., 3, 3) of vectors (..., 3) or of one vector (3,)."""
    return np.einsum("...ij,...j->...i", matrices, np.asarray(vectors, dtype=float))


def unit(vectors: NDArray) -> NDArray:
    """Vectors (..., 3) of length 1."""
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9)


def across(vectors: NDArray, line: NDArray) -> NDArray:
    """What of vectors (..., 3) is at right angles to unit vectors ``line``, as unit vectors."""
    return unit(vectors - line * (vectors * line).sum(-1, keepdims=True))


def twist_about_x(matrices: NDArray) -> NDArray:
    """Degrees of the twist about x in rotations (..., 3, 3)."""
    flat = torch.from_numpy(np.ascontiguousarray(matrices.reshape(-1, 3, 3)))
    quaternions = roma.rotmat_to_unitquat(flat).numpy()
    quaternions = quaternions * np.where(quaternions[:, 3:] < 0, -1, 1)
    return np.degrees(2 * np.arctan2(quaternions[:, 0], quaternions[:, 3])).reshape(matrices.shape[:-2])


def bend(lean: ArrayLike, roll: ArrayLike, twist: ArrayLike) -> NDArray:
    """Degrees of lean forward, roll to the left and twist to the left -> (T, 3, 3), in (left, up, forward) axes."""
    return about(Y, twist) @ about(X, lean) @ about(Z, -np.atleast_1d(np.asarray(roll, dtype=float)))
