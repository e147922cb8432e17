"""The image model that ships: small, and it sees more in a picture than somebody who always says the same."""

import pytest
import torch
from moving_body import moving_body

from being_m0_hf.evaluation.images import image_model_errors
from being_m0_hf.models.shipped_checkpoints import checkpoint_folder
from being_m0_hf.pipelines.images import DEFAULT_IMAGE_MODEL, load_image_model
from being_m0_hf.trainers.images.batches import model_inputs
from being_m0_hf.training_data.images import Chance, Model, PhotoOptions, photograph


@pytest.fixture(scope="module")
def shipped():
    return load_image_model()


def test_it_is_small_and_says_what_it_is():
    folder = checkpoint_folder(DEFAULT_IMAGE_MODEL)
    assert sum(path.stat().st_size for path in folder.iterdir()) < 15e6
    assert "demonstrator" in (folder / "README.md").read_text(encoding="utf-8")


def test_it_finds_a_body_in_the_picture(shipped):
    """Of a body that moves by formula, photographed whole, against what is true of the same crops in another order."""
    shots = photograph(Model.of(), moving_body(40).rotations, Chance.of(5), PhotoOptions(halves=0.0, rolled=0.0))
    crops = model_inputs(shots, shipped.processor)
    errors = image_model_errors(shipped.model, crops)
    order = torch.arange(40).roll(13)
    others = {name: value if name == "pixel_values" else value[order] for name, value in crops.items()}
    mixed_up = image_model_errors(shipped.model, others)
    assert errors["keypoint_px"] < 0.8 * mixed_up["keypoint_px"]
    assert errors["mpjpe_mm"] < mixed_up["mpjpe_mm"]
