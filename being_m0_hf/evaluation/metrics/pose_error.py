"""How far one motion is from another that it should be: errors of joints, of their accelerations, of foot contacts."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from being_m0_hf.motion import JOINT_INDEX, Motion

from ...motion.body_track import SIDES, BodyTrack

#: A toe below 10 cm that moves slower than 0.15 m/s stands on the ground (Kimodo's heuristic for contacts).
CONTACT_HEIGHT = 0.10
CONTACT_SPEED = 0.15


def mpjpe(joints: Tensor, truth: Tensor) -> Tensor:
    """Mean per-joint position error of (..., J, 3) and (..., J, 3), in their unit."""
    _same_shape(joints, truth)
    return (joints - truth).norm(dim=-1).mean()


def mpjve(joints: Tensor, truth: Tensor) -> Tensor:
    """Mean per-joint velocity error of (..., T, J, 3): `mpjpe` of the steps from frame to frame, in their unit."""
    return mpjpe(joints.diff(dim=-3), truth.diff(dim=-3))


def pa_mpjpe(joints: Tensor, truth: Tensor) -> Tensor:
    """`mpjpe` after each frame is rotated, scaled and moved onto the truth as well as that goes (Procrustes).

    Args:
        joints, truth: (..., J, 3), at least 3 joints that do not lie on a line.
    """
    _same_shape(joints, truth)
    joints, truth = joints.double(), truth.double()
    centre = truth.mean(dim=-2, keepdim=True)
    ours, wanted = joints - joints.mean(dim=-2, keepdim=True), truth - centre
    left, sizes, right = torch.linalg.svd(ours.transpose(-1, -2) @ wanted)
    # a reflection fits better sometimes, but no body turns into its mirror image
    flip = torch.ones_like(sizes)
    flip[..., -1] = torch.sign(torch.linalg.det(left) * torch.linalg.det(right))
    rotation = left @ (flip[..., None] * right)
    scale = (sizes * flip).sum(-1) / ours.square().sum((-1, -2)).clamp_min(1e-12)
    return mpjpe(scale[..., None, None] * (ours @ rotation) + centre, truth)


def turn_about_vertical(ours: Tensor, wanted: Tensor) -> Tensor:
    """(3, 3) turn about y, for rows from the right, that brings one cloud of points (..., 3) nearest to another."""
    a, b = (points.reshape(-1, 3)[:, [0, 2]].double() for points in (ours, wanted))
    covariance = a.T @ b
    angle = torch.atan2(covariance[0, 1] - covariance[1, 0], covariance[0, 0] + covariance[1, 1])
    cos, sin = float(torch.cos(angle)), float(torch.sin(angle))
    return torch.tensor([[cos, 0.0, sin], [0.0, 1.0, 0.0], [-sin, 0.0, cos]])


def acceleration_error(joints: Tensor, truth: Tensor, fps: float) -> Tensor:
    """Mean length of the difference of accelerations of (T, J, 3), in m/s^2 for metres.

    Raises:
        ValueError: fewer than 3 frames.
    """
    _same_shape(joints, truth)
    if len(joints) < 3:
        raise ValueError(f"{len(joints)} frames have no acceleration; at least 3 are needed")
    difference = (joints - truth).double()
    return difference.diff(n=2, dim=0).norm(dim=-1).mean() * fps**2


def foot_contacts(track: BodyTrack) -> NDArray[np.bool_]:
    """(T, 2) whether the left and the right toe stand on the ground, heights from the clip's own floor level."""
    toes = np.stack([track.joint(f"{side}_foot") for side in SIDES], axis=1)
    speed = np.linalg.norm(np.gradient(toes, axis=0), axis=-1) * track.fps
    return (toes[..., 1] - track.floor < CONTACT_HEIGHT) & (speed < CONTACT_SPEED)


def foot_contact_accuracy(ours: Motion, truth: Motion) -> float:
    """Share of feet and frames that stand on the ground in both motions or in neither."""
    return float((foot_contacts(BodyTrack(ours)) == foot_contacts(BodyTrack(truth))).mean())


def pose_errors(ours: Motion, truth: Motion) -> dict[str, float]:
    """All errors of a motion against the one it should be, both started above the origin facing +z.

    Args:
        ours, truth: of the same number of frames and the same frame rate.

    Returns:
        ``mpjpe_mm`` (root included), ``mpjpe_local_mm`` (about the root), ``pa_mpjpe_mm``, ``acceleration_m_s2`` and
        ``foot_contact_accuracy``.

    Raises:
        ValueError: lengths or frame rates differ.
    """
    if ours.fps != truth.fps:
        raise ValueError(f"frame rates differ: {ours.fps:g} and {truth.fps:g}; resample one of the motions")
    joints, wanted = ours.canonicalized().joints(), truth.canonicalized().joints()
    _same_shape(joints, wanted)
    root = JOINT_INDEX["pelvis"]
    return {
        "mpjpe_mm": 1000 * float(mpjpe(joints, wanted)),
        "mpjpe_local_mm": 1000 * float(mpjpe(joints - joints[:, root : root + 1], wanted - wanted[:, root : root + 1])),
        "pa_mpjpe_mm": 1000 * float(pa_mpjpe(joints, wanted)),
        "acceleration_m_s2": float(acceleration_error(joints, wanted, truth.fps)),
        "foot_contact_accuracy": foot_contact_accuracy(ours, truth),
    }


def _same_shape(joints: Tensor, truth: Tensor) -> None:
    if joints.shape != truth.shape:
        raise ValueError(f"joints have shapes {tuple(joints.shape)} and {tuple(truth.shape)}; they must be the same")
