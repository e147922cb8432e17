"""Training of image models: exact going on, shares of data sets, mirrored crops."""

import numpy as np
import pytest
import torch
from moving_body import moving_body
from tiny_models import IMAGE_SIZES, tiny_image_processor

from being_m0_hf.models import SMPLestXConfig, SMPLestXImageProcessor, SMPLestXModel
from being_m0_hf.models.smplest_x import configuration_smplest_x
from being_m0_hf.trainers.images.batches import CropBatches, data_sets, mirrored_rows, model_inputs
from being_m0_hf.trainers.images.settings import ImageModelSettings
from being_m0_hf.trainers.images.train import build_batches, train_image_model
from being_m0_hf.trainers.run.allowed_values import SettingsError
from being_m0_hf.trainers.run.batches import Draw
from being_m0_hf.training_data.feature_cache import CacheWriter
from being_m0_hf.training_data.images import write_shard


def rows_of(number: int, mark: int, size=(32, 24)) -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(mark)
    rotations = torch.nn.functional.normalize(torch.randn(number, 22, 4, generator=generator), dim=-1)
    images = torch.full((number, *size, 3), mark, dtype=torch.uint8)
    return {"images": images, "rotations": rotations, "keypoints": 24 * torch.rand(number, 22, 2, generator=generator)}


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    root = tmp_path_factory.mktemp("images")
    write_shard(root / "many", 0, rows_of(30, 10))
    write_shard(root / "few", 0, rows_of(6, 200))
    return root


@pytest.fixture
def settings(folders, tmp_path, monkeypatch):
    monkeypatch.setitem(configuration_smplest_x.SIZES, "smplest-x-tiny", IMAGE_SIZES | {"body_only": True})

    def make(name="run", **changes):
        values = {
            "output_dir": str(tmp_path / name), "images": [str(folders / "many"), str(folders / "few")],
            "validation_images": str(folders / "few"), "batch_size": 4, "steps": 4, "log_every": 1, "evaluate_every": 4,
            "checkpoint_every": 2, "log_with": "none", "mixed_precision": "no", "schedule": "constant",
        }  # fmt: skip
        return ImageModelSettings(**values | changes)

    return make


def test_a_run_goes_on_where_it_stopped_and_leaves_a_whole_folder(settings, tmp_path):
    whole = train_image_model(settings("whole"))
    train_image_model(settings("cut", steps=2))
    halves = train_image_model(settings("cut", steps=4))
    for name, value in whole.state_dict().items():
        torch.testing.assert_close(halves.state_dict()[name], value)
    loaded = SMPLestXModel.from_pretrained(tmp_path / "cut")
    processor = SMPLestXImageProcessor.from_pretrained(tmp_path / "cut")
    assert processor.cut_size == [64, 48] and processor.pixel_mean == 0.5
    assert loaded(**processor(np.zeros((40, 40, 3), np.uint8))).joints.shape == (1, 22, 3)


@pytest.mark.parametrize(
    "sampling, images, share",
    [
        ("balanced", ["many", "few"], 0.5),
        ("concatenated", ["many", "few"], 1 / 6),
        ("weighted", ["many=1", "few=3"], 0.75),
    ],
)
def test_shares_of_the_data_sets(settings, folders, sampling, images, share):
    made = settings(sampling=sampling, images=[str(folders / name) for name in images])
    sets, shares = data_sets(made)
    batches = CropBatches(sets, shares, tiny_image_processor(), 300, flip=0.0, colour=0.0)
    bright = batches(Draw(1))["pixel_values"].mean((1, 2, 3)) > 0
    assert float(bright.float().mean()) == pytest.approx(share, abs=0.08)


def test_shares_of_a_batch_make_up_the_whole(settings):
    sets, shares = data_sets(settings())
    whole = CropBatches(sets, shares, tiny_image_processor(), 8)(Draw(5))
    halves = [CropBatches(sets, shares, tiny_image_processor(), 4)(Draw(5, share, 2)) for share in range(2)]
    assert all(torch.equal(torch.cat([half[name] for half in halves]), whole[name]) for name in whole)


def test_a_mirrored_crop_shows_the_mirrored_body():
    rows = rows_of(3, 7)
    rows["images"][:, :, :5] = 250
    other = mirrored_rows(rows)
    assert (other["images"][:, :, -5:] == 250).all() and torch.equal(mirrored_rows(other)["images"], rows["images"])
    plain, seen = (model_inputs(each, tiny_image_processor()) for each in (rows, other))
    left, right = 20, 21
    flip = torch.tensor([-1.0, 1.0, 1.0])
    torch.testing.assert_close(seen["joints"][:, left], plain["joints"][:, right] * flip, atol=1e-5, rtol=0)
    torch.testing.assert_close(seen["keypoints"][:, left, 0], 24 - plain["keypoints"][:, right, 0])


def test_settings_that_cannot_be(settings, folders, tmp_path):
    with pytest.raises(SettingsError, match="expected folder=weight"):
        data_sets(settings(sampling="weighted"))
    write_shard(tmp_path / "large", 0, rows_of(2, 1, (64, 48)))
    with pytest.raises(SettingsError, match="of 2 sizes"):
        data_sets(settings(images=[str(folders / "few"), str(tmp_path / "large")]))
    with pytest.raises(SettingsError, match="the model takes"):
        train_image_model(settings(images=[str(tmp_path / "large")]))


def test_crops_may_be_drawn_while_training(settings, tmp_path):
    """From the recordings of a cache, of everybody but those who are held out, the same again after a stop."""
    writer = CacheWriter(tmp_path / "cache", "train")
    for name in ("cmu/01_01", "cmu/05_01"):
        writer.add(moving_body(30).to_d135(), id=name, source="cmu", mirrored=False)
    writer.save()
    for split in ("val", "test"):
        CacheWriter(tmp_path / "cache", split).save()
    changes = {"drawn_from": str(tmp_path / "cache"), "validation_images": ""}
    made = build_batches(settings(**changes), SMPLestXConfig(**IMAGE_SIZES), tiny_image_processor())
    assert made.studio.bank.rotations.shape == (30, 22, 4) and made(Draw(0))["pixel_values"].shape == (4, 3, 32, 24)
    whole = train_image_model(settings("drawn", **changes))
    train_image_model(settings("half", steps=2, **changes))
    halves = train_image_model(settings("half", steps=4, **changes))
    for name, value in whole.state_dict().items():
        torch.testing.assert_close(halves.state_dict()[name], value)
