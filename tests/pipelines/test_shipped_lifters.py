"""The lifters that come with the package: small, what their names say, and near the truth on a known motion."""

import pytest
import torch
from filmed_people import filmed
from moving_body import moving_body

from being_m0_hf.models.shipped_checkpoints import SHIPPED_FOLDER
from being_m0_hf.pipelines.lifting import load_lifter
from being_m0_hf.pipelines.lifting.crop import crop_around
from being_m0_hf.pipelines.lifting.lift import DEFAULT_LIFTER, DEFAULT_STREAM_LIFTER, lifted_joints

NAMES = (DEFAULT_LIFTER, DEFAULT_STREAM_LIFTER)


def test_both_together_are_small():
    files = [file for name in NAMES for file in (SHIPPED_FOLDER / name).iterdir()]
    assert 0 < sum(file.stat().st_size for file in files) < 15e6


@pytest.mark.parametrize("name", NAMES)
def test_joints_are_near_the_truth(name):
    """A body that swings all joints is nothing they were trained on: they still see front and back."""
    model = load_lifter(name)
    assert model.config.causal == (name == DEFAULT_STREAM_LIFTER)
    viewed, pixels = filmed(moving_body(60, seed=1, fps=30.0, speed=0.3))
    keypoints = torch.cat((pixels, torch.ones_like(pixels[..., :1])), -1)
    truth = viewed - viewed[:, :1]
    joints = lifted_joints(model, crop_around(keypoints).inside(keypoints), 30.0)
    error = (joints - truth).norm(dim=-1).mean()
    turned = truth * torch.tensor([-1.0, 1.0, -1.0])  # the same body seen from behind
    assert error < 0.6 * (joints - turned).norm(dim=-1).mean() and error < 0.25
