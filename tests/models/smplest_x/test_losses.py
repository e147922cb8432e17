"""The loss: nothing where all is right, masks, limbs by themselves."""

import math

import pytest
import torch
from tiny_models import tiny_image_config, tiny_image_model

from being_m0_hf.models.smplest_x.losses import LossWeights, aligned_l1, image_pose_loss, masked_l1, place_loss

WEIGHTS = LossWeights()


def joints_of(batch: int = 2) -> torch.Tensor:
    return torch.randn(batch, 22, 3, generator=torch.Generator().manual_seed(batch))


def test_right_answers_cost_nothing_and_wrong_ones_by_their_weights():
    truth = {"joints": joints_of(), "betas": torch.ones(2, 10), "root_rotation": torch.eye(3).expand(2, 3, 3)}
    assert all(float(part) == 0 for part in image_pose_loss(truth, truth, WEIGHTS).values())
    wrong = truth | {"betas": torch.full((2, 10), 3.0)}
    parts = image_pose_loss(wrong, truth, WEIGHTS)
    assert float(parts["shape"]) == 2.0 and float(parts["joint"]) == 0
    turned = truth | {"root_rotation": -torch.eye(3).expand(2, 3, 3)}
    parts = image_pose_loss(turned, truth, WEIGHTS)
    assert float(parts["rotation"]) == pytest.approx(10 * float(parts["root"]))


def test_what_is_not_known_does_not_count():
    ours, truth = torch.zeros(2, 22, 3), joints_of()
    known = torch.ones(2, 22)
    known[1] = 0
    assert float(masked_l1(ours, truth, known)) == pytest.approx(float(truth[0].abs().mean()))
    assert float(masked_l1(ours, truth, torch.zeros(2, 22))) == 0
    parts = image_pose_loss({"joints": ours}, {"joints": truth, "known_joints": known}, WEIGHTS)
    assert float(parts["joint"]) == pytest.approx(100 * float(truth[0].abs().mean()))


def test_limbs_are_aligned_at_their_first_joints():
    truth = joints_of()
    moved = truth.clone()
    moved[:, [16, 18, 20]] += 0.7  # a whole left arm
    assert float(aligned_l1(moved, truth)) == pytest.approx(0, abs=1e-6)
    moved[:, 20] += 0.3
    assert float(aligned_l1(moved, truth)) > 0.01


def test_a_patch_is_told_which_joints_it_holds():
    """Patches of 8 pixels with a padding of 2, in a crop of 32 x 24: joint 0 in row 2, column 1; the rest outside."""
    config = tiny_image_config()
    keypoints = torch.full((1, 22, 2), -50.0)
    keypoints[0, 0] = torch.tensor([13.0, 15.0])
    rows, columns = config.grid
    logits = torch.zeros(1, rows * columns, 22)
    assert float(place_loss(logits, keypoints, None, config)) == pytest.approx(math.log(rows * columns))
    logits[0, 2 * columns + 1, 0] = 20.0
    assert float(place_loss(logits, keypoints, None, config)) == pytest.approx(0, abs=1e-4)
    assert float(place_loss(logits, keypoints, torch.zeros(1, 22), config)) == 0
    model = tiny_image_model(place_weight=2.0)
    output = model(torch.rand(1, 3, 32, 24), keypoints=keypoints)
    assert float(output.loss) == pytest.approx(float(output.place_loss + output.projection_loss), rel=1e-5)
