"""The transformer that HumMUSS is compared with: of equal size, and a fair one."""

import pytest
import torch

from being_m0_hf.evaluation.lifting import TransformerLifter, TransformerLifterConfig, rival_of
from being_m0_hf.evaluation.metrics.pose_error import mpjve
from being_m0_hf.models import HumMussConfig, HumMussForPoseLifting


@pytest.mark.parametrize("causal", [True, False])
@pytest.mark.parametrize("name", ["hummuss", "hummuss-small", "hummuss-mini"])
def test_it_has_as_many_parameters(name, causal):
    config = HumMussConfig.named(name, causal)
    rival = rival_of(config)
    assert rival.causal == causal
    with torch.device("meta"):
        wanted = HumMussForPoseLifting(config).num_parameters()
        assert abs(TransformerLifter(rival).num_parameters() / wanted - 1) < 0.08


def tiny_rival(causal: bool) -> TransformerLifter:
    torch.manual_seed(0)
    config = TransformerLifterConfig(hidden_size=16, num_blocks=1, num_attention_heads=2, causal=causal)
    return TransformerLifter(config).train()


@pytest.mark.parametrize("causal", [True, False])
def test_what_a_frame_sees(causal):
    keypoints = torch.randn(2, 9, 17, 3).requires_grad_()
    tiny_rival(causal)(keypoints).joints[:, 4].sum().backward()
    seen = keypoints.grad.abs().amax((0, 2, 3)) > 0
    assert seen[:5].all() and seen[5:].any() != causal


def test_it_learns_by_the_same_loss_and_is_saved(tmp_path):
    model = tiny_rival(False)
    keypoints, labels = torch.randn(2, 9, 17, 3), torch.randn(2, 9, 17, 3)
    output = model(keypoints, frame_rate=30, labels=labels)
    output.loss.backward()
    assert all(parameter.grad is not None and parameter.grad.isfinite().all() for parameter in model.parameters())
    model.save_pretrained(tmp_path)
    loaded = TransformerLifter.from_pretrained(tmp_path)
    with torch.no_grad():
        torch.testing.assert_close(loaded(keypoints).joints, model.eval()(keypoints).joints, atol=1e-5, rtol=1e-5)


def test_velocity_error_is_of_steps():
    """Beside the truth there is none; at twice its size there is as much as the truth moves."""
    truth = torch.randn(5, 17, 3)
    torch.testing.assert_close(mpjve(truth + 1, truth), torch.tensor(0.0), atol=1e-6, rtol=0)
    torch.testing.assert_close(mpjve(2 * truth, truth), truth.diff(dim=0).norm(dim=-1).mean())
