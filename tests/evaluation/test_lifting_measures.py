"""Figures of lifters: true joints have no error, streams cost the same at their end, clips come again."""

import pytest
import torch
from moving_body import moving_body

from being_m0_hf.evaluation.lifting.measure import measure_errors, sequential_cost, stream_cost
from being_m0_hf.evaluation.lifting.synthetic import lifting_errors, measured_clips
from being_m0_hf.models import HumMussConfig, HumMussForPoseLifting
from being_m0_hf.models.hummuss import HumMussOutput
from being_m0_hf.motion.h36m_joints import H36M_MIRROR
from being_m0_hf.training_data.lifting import track_of

TRACKS = [track_of(moving_body(180, seed=seed), f"cmu/{seed}") for seed in range(2)]


class Depthless(torch.nn.Module):
    """Says that all joints lie where they are in the picture, a metre from its middle to its edge, and no depth."""

    device = torch.device("cpu")

    def forward(self, keypoints, frame_rate=None):
        joints = torch.cat((keypoints[..., :2], torch.zeros_like(keypoints[..., :1])), -1)
        return HumMussOutput(joints=joints - joints[:, :, :1])


def test_errors_are_in_millimetres_and_come_again():
    clips = measured_clips(TRACKS, 20, 30.0, 3, None)
    errors = lifting_errors(Depthless(), clips)
    joints = torch.stack([clip["keypoints"] for clip in clips])[..., :2]
    flat = torch.cat((joints - joints[:, :, :1], torch.zeros(3, 20, 17, 1)), -1)
    expected = (flat - torch.stack([clip["labels"] for clip in clips])).norm(dim=-1).mean()
    assert errors["p1_mm"] == pytest.approx(1000 * float(expected), rel=1e-4)
    assert 0 < errors["p2_mm"] < errors["p1_mm"] and errors["mpjve_mm"] > 0
    assert lifting_errors(Depthless(), measured_clips(TRACKS, 20, 30.0, 3, None)) == errors
    # a model that treats left and right alike gains nothing from the mirror image
    assert lifting_errors(Depthless(), clips, flip=True)["p1_mm"] == pytest.approx(errors["p1_mm"], rel=1e-4)
    assert sorted(H36M_MIRROR) == list(range(17))
    with pytest.raises(ValueError, match="none of 2 recordings has 900 frames"):
        measured_clips(TRACKS, 900, 30.0, 3, None)


def test_all_figures_of_a_tiny_lifter():
    torch.manual_seed(0)
    sizes = {"hidden_size": 8, "num_blocks": 1, "state_size": 4, "representation_size": 8}
    model = HumMussForPoseLifting(HumMussConfig.named("hummuss-mini", causal=True, **sizes)).eval()
    rows = {row["what"]: row for row in measure_errors(model, TRACKS, 1)}
    assert len(rows) == 10 and all(row["p1_mm"] > 0 for row in rows.values())
    assert measure_errors(model, TRACKS, 1, only=["27 frames at 30"]) == [rows["27 frames at 30"]]
    assert rows["2 s at 60"]["p1_mm"] != rows["2 s at 60, as if it were 30"]["p1_mm"]
    cost = stream_cost(model, frames=80, timed=20)
    assert cost["bytes_first"] == cost["bytes_last"] > 0 and cost["ms_last"] > 0
    assert sequential_cost(model, 27, 1) > 0
