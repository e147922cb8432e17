"""Errors of image models: what a move, a scale and a turn cost, and who always says the mean pose."""

import math

import pytest
import roma
import torch
from tiny_models import tiny_image_model

from being_m0_hf.bodies import makehuman_body
from being_m0_hf.evaluation.images import (
    LSP_JOINTS,
    image_model_errors,
    mean_pose,
    mean_pose_errors,
    mean_primary_error,
    mpvpe,
    part_errors,
    rotation_errors,
)
from being_m0_hf.motion import CANONICAL_SKELETON
from being_m0_hf.motion.kinematics import forward_kinematics


def crops_of(number: int = 6) -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(number)
    rotations = roma.rotvec_to_rotmat(0.4 * torch.randn(number, 22, 3, generator=generator))
    joints, _ = forward_kinematics(rotations, torch.zeros(number, 3), CANONICAL_SKELETON.offsets)
    return {
        "pixel_values": torch.rand(number, 3, 32, 24, generator=generator),
        "root_rotation": rotations[:, 0], "body_rotations": rotations[:, 1:], "joints": joints,
        "keypoints": torch.zeros(number, 22, 2),
    }  # fmt: skip


@pytest.fixture(scope="module")
def body_and_truth():
    body = makehuman_body("low")
    return body, (body.vertices[None], body.rest_joints[None])


def test_a_moved_body_is_right_and_a_scaled_one_only_after_procrustes(body_and_truth):
    body, truth = body_and_truth
    moved = part_errors(body, (truth[0] + 0.3, truth[1] + 0.3), truth)
    assert all(value == pytest.approx(0, abs=1e-3) for value in moved.values())
    scaled = part_errors(body, (truth[0] * 1.1, truth[1] * 1.1), truth)
    for part in ("all", "hands", "face"):
        assert scaled[f"pa_mpvpe_{part}_mm"] == pytest.approx(0, abs=1e-3) and scaled[f"mpvpe_{part}_mm"] > 3
    assert scaled["mpvpe_hands_mm"] < scaled["mpvpe_all_mm"]  # by their own wrists


def test_a_shift_is_taken_off_by_the_anchor_alone():
    vertices = torch.randn(2, 50, 3, generator=torch.Generator().manual_seed(0))
    anchor = torch.zeros(2, 3)
    shifted = mpvpe(vertices + torch.tensor([0.0, 0.3, 0.4]), vertices, anchor, anchor)
    assert float(shifted) == pytest.approx(0.5)


def test_angles_are_degrees():
    truth = {"root_rotation": torch.eye(3)[None], "body_rotations": torch.eye(3).expand(1, 21, 3, 3)}
    turn = roma.rotvec_to_rotmat(torch.tensor([[0.0, math.pi / 2, 0.0]]))
    errors = rotation_errors(truth | {"root_rotation": turn}, truth)
    assert errors == {"root_degrees": pytest.approx(90), "body_degrees": pytest.approx(0, abs=1e-3)}


def test_the_mean_pose_is_the_best_that_is_always_the_same():
    crops = crops_of()
    mean = mean_pose(crops)
    errors = mean_pose_errors(mean, crops)
    other = mean | {"body_rotations": mean["body_rotations"] @ roma.rotvec_to_rotmat(torch.tensor([0.5, 0.0, 0.0]))}
    assert mean_pose_errors(other, crops)["body_degrees"] > errors["body_degrees"] > 1
    assert mean_pose_errors({name: crops[name][:1] for name in mean}, {name: crops[name][:1] for name in mean})[
        "mpjpe_mm"
    ] == pytest.approx(0, abs=1e-3)


def test_a_model_is_measured_in_batches_as_at_once(monkeypatch):
    model, crops = tiny_image_model(), crops_of()
    whole = image_model_errors(model, crops)
    monkeypatch.setattr("being_m0_hf.evaluation.images.measure.BATCH", 4)
    assert image_model_errors(model, crops) == pytest.approx(whole, rel=1e-4)
    assert set(whole) == {"root_degrees", "body_degrees", "mpjpe_mm", "mpjpe14_mm", "pa_mpjpe_mm", "keypoint_px"}


def test_the_mean_primary_error_is_over_data_sets():
    assert mean_primary_error({"agora": 100.0, "ehf": 50.0}) == 75.0 and len(set(LSP_JOINTS)) == 14
    with pytest.raises(ValueError, match="no data set"):
        mean_primary_error({})
