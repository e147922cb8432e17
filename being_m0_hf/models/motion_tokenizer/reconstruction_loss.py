"""How far a reconstruction is from the motion: in features, and in joints through forward kinematics."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from ...motion.features import ROOT_HEIGHT, ROOT_VELOCITY, TURN, integrate_root, integrate_turn, local_matrices
from ...motion.kinematics import forward_kinematics
from ...motion.rotations import yaw_matrix
from ...motion.skeleton import JOINT_INDEX

#: A wrong heading moves the body's surface by about this much a radian, metres: it makes the two root errors one.
HEADING_LEVER = 0.5


#: From the wrist to the middle of the fingers, metres along the hand's own x axis; the left hand points to +x.
HAND_LENGTH = 0.12
#: An error of a hand that counts twice as much as one that is small, a metre for a metre: a hand that misses the brow.
FAR_HAND = 0.1
WRISTS = (JOINT_INDEX["left_wrist"], JOINT_INDEX["right_wrist"])
#: What hands touch or point from.
HEAD, CHEST = JOINT_INDEX["head"], JOINT_INDEX["spine3"]


@dataclass
class ReconstructionLoss:
    """Mean errors, each a scalar: normalised features; joints about the root; path and heading; joint steps (m); hands
    about head, chest and each other (m, far ones count more)."""

    feature: Tensor
    joint: Tensor
    root: Tensor
    velocity: Tensor
    hand: Tensor


def reconstruction_loss(
    predicted: Tensor, target: Tensor, mean: Tensor, std: Tensor, offsets: Tensor, hands: bool = True
) -> ReconstructionLoss:
    """Compare heading-free features of one length.

    Joints and their velocities are compared in each frame's own heading, so that they do not suffer from drift; the
    root term integrates turns and velocities over the whole clip and sees nothing but drift.

    Args:
        predicted, target: (B, T, 136) heading-free features, physical units.
        mean, std: (136,) statistics of the normalisation.
        offsets: (22, 3) bones, metres.
        hands: whether to compare hands; without, that error is 0.
    """
    feature = F.smooth_l1_loss((predicted - mean) / std, (target - mean) / std)
    predicted_joints, predicted_turns = _body(predicted, offsets)
    target_joints, target_turns = _body(target, offsets)
    predicted_heading, target_heading = integrate_turn(predicted), integrate_turn(target)
    predicted_path = integrate_root(predicted, predicted_heading)
    target_path = integrate_root(target, target_heading)
    heading_error = (predicted_heading - target_heading).abs().mean()
    return ReconstructionLoss(
        feature=feature,
        joint=(predicted_joints - target_joints).norm(dim=-1).mean(),
        root=(predicted_path - target_path).norm(dim=-1).mean() + HEADING_LEVER * heading_error,
        velocity=(joint_steps(predicted, predicted_joints) - joint_steps(target, target_joints)).norm(dim=-1).mean(),
        hand=hand_error(hand_reaches(predicted_joints, predicted_turns) - hand_reaches(target_joints, target_turns))
        if hands
        else feature.new_zeros(()),
    )


def joints_about_root(features: Tensor, offsets: Tensor) -> Tensor:
    """Joints about the root, in the heading frame: (B, T, 22, 3) metres."""
    return _body(features, offsets)[0]


def _body(features: Tensor, offsets: Tensor) -> tuple[Tensor, Tensor]:
    """Joints about the root (B, T, 22, 3), metres, and their rotations in space (B, T, 22, 3, 3)."""
    matrices = local_matrices(features)
    return forward_kinematics(matrices, torch.zeros_like(matrices[..., 0, :, 0]), offsets)


def hand_points(joints: Tensor, turns: Tensor) -> Tensor:
    """Left wrist, right wrist, left and right hand's tip: (..., 4, 3) metres.

    Args:
        joints: (..., 22, 3).
        turns: (..., 22, 3, 3) rotations in space.
    """
    wrists = joints[..., WRISTS, :]
    along = turns[..., WRISTS, :, 0] * HAND_LENGTH
    return torch.cat((wrists, wrists + along * along.new_tensor([[1.0], [-1.0]])), dim=-2)


def hand_reaches(joints: Tensor, turns: Tensor) -> Tensor:
    """From head and chest to each point of the hands, and from hand to hand: (..., 10, 3) metres."""
    points = hand_points(joints, turns)
    to_body = [points - joints[..., joint, None, :] for joint in (HEAD, CHEST)]
    return torch.cat((*to_body, points[..., 0::2, :] - points[..., 1::2, :]), dim=-2)


def hand_error(gap: Tensor) -> Tensor:
    """Mean length of differences (..., 3), metres, far ones counting more."""
    far = gap.norm(dim=-1)
    return (far * (1 + far / FAR_HAND)).mean()


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
