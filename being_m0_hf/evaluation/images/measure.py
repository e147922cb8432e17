"""Errors of an image model on crops whose truth is known, and those of somebody who always says the mean pose."""

import math

import roma
import torch
from torch import Tensor

from ...models.smplest_x import SMPLestXModel
from ...motion import CANONICAL_SKELETON
from ...motion.kinematics import forward_kinematics
from ..metrics.pose_error import mpjpe, pa_mpjpe
from .vertex_errors import mpjpe14

Crops = dict[str, Tensor]
BATCH = 50


@torch.no_grad()
def image_model_errors(model: SMPLestXModel, crops: Crops) -> dict[str, float]:
    """Root and body rotation errors in degrees, MPJPE and PA-MPJPE in millimetres, and pixels of the keypoints.

    Args:
        crops: ``pixel_values``, ``root_rotation``, ``body_rotations``, ``joints`` and ``keypoints``, as for training.
    """
    found: dict[str, list[Tensor]] = {"root_rotation": [], "body_rotations": [], "joints": [], "keypoints": []}
    for pixels in crops["pixel_values"].split(BATCH):
        output = model(pixels.to(model.device))
        for name, values in found.items():
            values.append(output[name].float().cpu())
    ours = {name: torch.cat(values) for name, values in found.items()}
    errors = rotation_errors(ours, crops) | joint_errors(ours["joints"], crops["joints"])
    return errors | {"keypoint_px": float(mpjpe(ours["keypoints"], crops["keypoints"]))}


def rotation_errors(ours: Crops, truth: Crops) -> dict[str, float]:
    """Mean angles between rotations, degrees."""
    names = {"root_degrees": "root_rotation", "body_degrees": "body_rotations"}
    return {key: math.degrees(float(angles(ours[name], truth[name]).mean())) for key, name in names.items()}


def joint_errors(joints: Tensor, truth: Tensor) -> dict[str, float]:
    """Of the 22 joints about the pelvis, of the 14 of the published MPJPE, and of each body after Procrustes; mm."""
    errors = {"mpjpe_mm": mpjpe, "mpjpe14_mm": mpjpe14, "pa_mpjpe_mm": pa_mpjpe}
    return {name: 1000 * float(error(joints, truth)) for name, error in errors.items()}


def angles(ours: Tensor, truth: Tensor) -> Tensor:
    """Angle between rotation matrices (..., 3, 3), radians."""
    return roma.rotmat_geodesic_distance(ours.double(), truth.double())


def mean_pose(crops: Crops) -> Crops:
    """The rotation of each joint that is nearest to all of the crops', (1, ...), and the joints that follow."""
    root = roma.special_procrustes(crops["root_rotation"].double().mean(0)).float()
    body = roma.special_procrustes(crops["body_rotations"].double().mean(0)).float()
    rotations = torch.cat((root[None], body))[None]
    joints, _ = forward_kinematics(rotations, torch.zeros(1, 3), CANONICAL_SKELETON.offsets)
    return {"root_rotation": rotations[:, 0], "body_rotations": rotations[:, 1:], "joints": joints}


def mean_pose_errors(mean: Crops, crops: Crops) -> dict[str, float]:
    """What the same `mean_pose` for every crop would be wrong by."""
    ours = {name: value.expand_as(crops[name]) for name, value in mean.items()}
    return rotation_errors(ours, crops) | joint_errors(ours["joints"], crops["joints"])
