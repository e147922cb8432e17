"""How far a reconstruction is from the motion: in features, and in joints through forward kinematics."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from ...motion.features import ROOT_HEIGHT, ROOT_VELOCITY, TURN, integrate_root, integrate_turn, local_matrices
from ...motion.kinematics import forward_kinematics
from ...motion.rotations import yaw_matrix

#: A wrong heading moves the body's surface by about this much a radian, metres: it makes the two root errors one.
HEADING_LEVER = 0.5


@dataclass
class ReconstructionLoss:
    """Mean errors, each a scalar: normalised features; joints about the root; path and heading; joint steps (m)."""

    feature: Tensor
    joint: Tensor
    root: Tensor
    velocity: Tensor


def reconstruction_loss(
    predicted: Tensor, target: Tensor, mean: Tensor, std: Tensor, offsets: Tensor
) -> ReconstructionLoss:
    """Compare heading-free features of one length.

    Joints and their velocities are compared in each frame's own heading, so that they do not suffer from drift; the
    root term integrates turns and velocities over the whole clip and sees nothing but drift.

    Args:
        predicted, target: (B, T, 136) heading-free features, physical units.
        mean, std: (136,) statistics of the normalisation.
        offsets: (22, 3) bones, metres.
    """
    feature = F.smooth_l1_loss((predicted - mean) / std, (target - mean) / std)
    predicted_joints, target_joints = joints_about_root(predicted, offsets), joints_about_root(target, offsets)
    predicted_heading, target_heading = integrate_turn(predicted), integrate_turn(target)
    predicted_path = integrate_root(predicted, predicted_heading)
    target_path = integrate_root(target, target_heading)
    heading_error = (predicted_heading - target_heading).abs().mean()
    return ReconstructionLoss(
        feature=feature,
        joint=(predicted_joints - target_joints).norm(dim=-1).mean(),
        root=(predicted_path - target_path).norm(dim=-1).mean() + HEADING_LEVER * heading_error,
        velocity=(joint_steps(predicted, predicted_joints) - joint_steps(target, target_joints)).norm(dim=-1).mean(),
    )


def joints_about_root(features: Tensor, offsets: Tensor) -> Tensor:
    """Joints about the root, in the heading frame: (B, T, 22, 3) metres."""
    matrices = local_matrices(features)
    return forward_kinematics(matrices, torch.zeros_like(matrices[..., 0, :, 0]), offsets)[0]


def joint_steps(features: Tensor, joints: Tensor) -> Tensor:
    """How each joint moves in the world from frame to frame, in the later frame's heading: (..., T - 1, 22, 3) metres.

    Args:
        features: (..., T, 136) heading-free.
        joints: (..., T, 22, 3) about the root, in the heading frame.
    """
    before = joints[..., :-1, :, :] @ yaw_matrix(-features[..., 1:, TURN]).mT
    velocity, height = features[..., 1:, ROOT_VELOCITY], features[..., ROOT_HEIGHT]
    root = torch.stack((velocity[..., 0], height[..., 1:] - height[..., :-1], velocity[..., 1]), dim=-1)
    return joints[..., 1:, :, :] - before + root[..., None, :]
