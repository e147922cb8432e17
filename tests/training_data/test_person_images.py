"""Pictures of our own body: what is true of them is what they show; shards that go on and are checked."""

import pytest
import roma
import torch
from moving_body import moving_body

from being_m0_hf.models.smplest_x.crop_camera import project
from being_m0_hf.motion import CANONICAL_SKELETON
from being_m0_hf.motion.kinematics import forward_kinematics
from being_m0_hf.training_data.feature_cache import CacheWriter
from being_m0_hf.training_data.images import (
    Chance,
    Model,
    PersonImages,
    PhotoOptions,
    PoseBank,
    photograph,
    surroundings,
    write_shard,
)
from being_m0_hf.training_data.images.film_cache import Studio, make_shards
from being_m0_hf.training_data.images.poses import first_share, recordings
from being_m0_hf.utils.user_files import UserFileError

NAMES = ("cmu/01_01", "cmu/05_01", "bandai/walk")


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cache")
    for split in ("train", "val", "test"):
        writer = CacheWriter(folder, split)
        for seed, name in enumerate(NAMES if split == "train" else ()):
            features = moving_body(30, seed=seed).to_d135()
            writer.add(features, id=name, source=name.partition("/")[0], mirrored=False)
            writer.add(features, id=name, source=name.partition("/")[0], mirrored=True)
        writer.save()
    return folder


@pytest.fixture(scope="module")
def studio(cache):
    return Studio(PoseBank.of(recordings(cache)), Model.of(), PhotoOptions())


@pytest.fixture(scope="module")
def pictures(studio):
    return studio.pictures(16, seed=0)


def test_who_is_photographed(cache):
    assert sorted(each.name for each in recordings(cache)) == sorted(NAMES)
    assert [each.name for each in recordings(cache, ["cmu/05"])] == ["cmu/05_01"]
    assert "cmu/05_01" not in [each.name for each in recordings(cache, without=["cmu/05"])]


def test_pictures_are_of_many_colours_and_what_is_true_is_whole(pictures):
    assert pictures["images"].shape == (16, 128, 96, 3) and pictures["images"].dtype == torch.uint8
    assert pictures["images"].float().std(dim=(1, 2)).min() > 2
    assert torch.allclose(pictures["rotations"].norm(dim=-1), torch.ones(16, 22))


def test_a_share_of_the_recordings_has_some_of_every_source(cache):
    found = recordings(cache)
    assert [each.name for each in first_share(found, 0.5)] == ["bandai/walk", "cmu/01_01"]
    assert len(first_share(found, 1.0)) == 3


def test_sources_come_equally_often_and_half_is_mirrored():
    """Of two sources with 1 and 3 poses, each pose of the first comes three times as often as one of the second."""
    still = torch.tensor([0.0, 0.0, 0.0, 1.0]).repeat(4, 22, 1)
    still[:, 0, 1], still[:, 0, 3] = torch.arange(4) / 10, (1 - (torch.arange(4) / 10) ** 2).sqrt()
    drawn = PoseBank(still, torch.tensor([0, 1, 4])).draw(3000, Chance.of(0))[:, 0, 1]
    shares = torch.bincount((10 * drawn.abs()).round().long(), minlength=4) / 3000
    torch.testing.assert_close(shares, torch.tensor([1 / 2, 1 / 6, 1 / 6, 1 / 6]), atol=0.03, rtol=0)
    assert float((drawn < 0).float().mean()) == pytest.approx(0.25, abs=0.03)


def test_the_same_seed_gives_the_same_pictures(studio, pictures):
    again = studio.pictures(16, seed=0)
    assert not torch.equal(studio.pictures(16, seed=1)["images"], pictures["images"])
    assert all(torch.equal(again[name], pictures[name]) for name in pictures)


def test_rotations_and_keypoints_agree(pictures):
    """Some camera shows the joints of the rotations where the keypoints are: within two pixels, by least squares."""
    rotations = roma.unitquat_to_rotmat(pictures["rotations"])
    joints, _ = forward_kinematics(rotations, torch.zeros(16, 3), CANONICAL_SKELETON.offsets)
    place = torch.tensor([0.0, 0.0, 4.0]).repeat(16, 1)
    zoom, middle = torch.full((16, 1), 5.0), torch.zeros(16, 2)
    for value in (place, zoom, middle):
        value.requires_grad_(True)
    optimizer = torch.optim.Adam([place, zoom, middle], lr=0.05)
    for _ in range(300):
        pixels = project(joints + place[:, None], 1.0, (0, 0)) * zoom.exp()[:, None] + 10 * middle[:, None]
        error = (pixels - pictures["keypoints"]).norm(dim=-1).mean()
        optimizer.zero_grad()
        error.backward()
        optimizer.step()
    assert float(error.detach()) < 2.0


def test_the_body_is_where_its_keypoints_are(monkeypatch):
    """On black, alone and without anything before it, what is bright is around the joints."""
    for name in ("OCCLUDED", "BLURRED", "ACCOMPANIED", "COARSE"):
        monkeypatch.setattr(surroundings, name, 0.0)
    monkeypatch.setattr(
        "being_m0_hf.training_data.images.photos.draw_backgrounds", lambda n, h, w, _: torch.full((n, 3, h, w), -1e4)
    )
    shots = photograph(Model.of(), moving_body(6).rotations, Chance.of(3), PhotoOptions(halves=0.0))
    for image, points in zip(shots["images"], shots["keypoints"], strict=True):
        bright = torch.nonzero(image.float().max(-1).values > image.float().max(-1).values[0, 0] + 60).float()
        inside = points[(points > 0).all(1) & (points < torch.tensor([96.0, 128.0])).all(1)]
        distance = torch.cdist(inside.flip(1), bright).min(1).values
        assert distance.median() < 3


def test_shards_go_on_and_are_the_same(studio, tmp_path):
    whole = list(make_shards(studio, tmp_path / "whole", 20, shard_size=8))
    list(make_shards(studio, tmp_path / "cut", 8, shard_size=8))
    stamp = (tmp_path / "cut" / whole[0].name).stat().st_mtime_ns
    list(make_shards(studio, tmp_path / "cut", 20, shard_size=8))
    assert (tmp_path / "cut" / whole[0].name).stat().st_mtime_ns == stamp
    first, second = PersonImages(tmp_path / "whole"), PersonImages(tmp_path / "cut")
    assert len(first) == len(second) == 20 and first.image_size == (128, 96)
    rows = [0, 7, 8, 19]
    assert all(torch.equal(first.rows(rows)[name], second.rows(rows)[name]) for name in first.rows(rows))
    assert len(PersonImages(tmp_path / "whole", share=0.1)) == 2


def test_folders_that_cannot_be_read(tmp_path, pictures):
    with pytest.raises(FileNotFoundError, match="prepare_images.py first"):
        PersonImages(tmp_path)
    path = write_shard(tmp_path, 0, pictures)
    small = {name: value[:2] for name, value in pictures.items()}
    write_shard(tmp_path, 1, small | {"images": small["images"][:, :64]})
    with pytest.raises(UserFileError, match="images of 2 sizes"):
        PersonImages(tmp_path)
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(UserFileError, match="is damaged"):
        PersonImages(tmp_path)
