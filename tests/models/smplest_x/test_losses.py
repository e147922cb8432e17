"""The loss: nothing where all is right, masks, limbs by themselves."""

import pytest
import torch

from being_m0_hf.models.smplest_x.losses import LossWeights, aligned_l1, image_pose_loss, masked_l1

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
