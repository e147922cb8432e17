"""Training of lifters: own batches, held-out subjects, the causal one from the other, and filters' learning rates."""

import json

import pytest
import torch
from moving_body import moving_body

from being_m0_hf.choreography.bases.recordings import base_piece
from being_m0_hf.choreography.library import load_library
from being_m0_hf.models import HumMussForPoseLifting
from being_m0_hf.models.hummuss import configuration_hummuss
from being_m0_hf.motion.h36m_joints import h36m_joints
from being_m0_hf.trainers.lifting.settings import LifterSettings
from being_m0_hf.trainers.lifting.train import FilmedBatches, build_model, of_subjects, tracks_by_use, train_lifter
from being_m0_hf.trainers.run.allowed_values import SettingsError
from being_m0_hf.trainers.run.batches import Draw
from being_m0_hf.trainers.run.optimizers import build_optimizers
from being_m0_hf.training_data.feature_cache import CacheWriter
from being_m0_hf.training_data.lifting import (
    JointTrack,
    LiftingOptions,
    further_tracks,
    read_tracks,
    track_of,
    write_tracks,
)


@pytest.fixture(scope="module")
def tracks(tmp_path_factory):
    path = tmp_path_factory.mktemp("tracks") / "tracks.safetensors"
    names = ("cmu/01_01", "cmu/05_01", "cmu/07_01", "bandai/walk")
    write_tracks(path, [track_of(moving_body(60, seed=seed), name) for seed, name in enumerate(names)])
    return path


@pytest.fixture
def settings(tracks, tmp_path, monkeypatch):
    small = {"hidden_size": 8, "num_blocks": 1, "state_size": 4, "representation_size": 8, "gate_expansion": 2.5}
    monkeypatch.setitem(configuration_hummuss.SIZES, "hummuss-mini", small)

    def make(name="run", **changes):
        values = {
            "output_dir": str(tmp_path / name), "tracks": str(tracks), "windows": [9], "batch_size": 27, "steps": 4,
            "evaluate_clips": 1, "log_every": 1, "evaluate_every": 4, "checkpoint_every": 2, "log_with": "none",
            "validation_subjects": [], "mixed_precision": "no",
        }  # fmt: skip
        return LifterSettings(**values | changes)

    return make


def test_tracks_are_kept_and_read_at_any_rate(tracks):
    motion = moving_body(60, seed=0)
    track = read_tracks(tracks)[0]
    assert (track.name, track.fps, track.seconds) == ("cmu/01_01", 20.0, pytest.approx(59 / 20))
    torch.testing.assert_close(track.read(0.5, 20.0, 10), track.joints[10:20])
    between = track.read(0.0, 60.0, 100)
    torch.testing.assert_close(between, h36m_joints(motion.resample(60.0))[:100], atol=0.02, rtol=0)


def test_batches_are_of_one_length_and_rate_and_shares_make_up_the_whole(tracks):
    batches = FilmedBatches(read_tracks(tracks), LiftingOptions(), [9, 18], 54)
    whole = FilmedBatches(read_tracks(tracks), LiftingOptions(), [9, 18], 108)(Draw(3))
    halves = [batches(Draw(3, share, 2)) for share in range(2)]
    assert whole["keypoints"].shape[1] in (9, 18) and len(set(whole["frame_rate"].tolist())) == 1
    for name in whole:
        assert torch.equal(torch.cat([half[name] for half in halves]), whole[name])
    with pytest.raises(SettingsError, match="no recording has the 900 frames"):
        FilmedBatches(read_tracks(tracks), LiftingOptions(), [900], 900)


def test_a_batch_can_be_filmed_anew_each_time(tracks):
    """Every window is of a take of its own; the same draw gives the same batch, and shares make up the whole."""
    batches = FilmedBatches(
        read_tracks(tracks), LiftingOptions(mixed_share=0.5, tilted_share=0.5), [9, 18], 54, reels=0
    )
    first, again, other = (batches(Draw(seed)) for seed in (3, 3, 4))
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert first["keypoints"].shape[1] in (9, 18) and len(set(first["frame_rate"].tolist())) == 1
    assert float(first["frame_rate"][0]) != float(other["frame_rate"][0])
    halves = [batches(Draw(3, share, 2)) for share in range(2)]
    assert len(halves[0]["labels"]) == len(first["labels"])
    assert not torch.equal(halves[0]["labels"], halves[1]["labels"])


def test_every_source_comes_as_often(tracks):
    """One recording in which nobody moves is as much as three of another source."""
    moving = [track for track in read_tracks(tracks) if track.name.startswith("cmu")]
    still = JointTrack("bandai/still", moving[0].joints[:1].expand(60, 17, 3), 20.0)
    batches = FilmedBatches([*moving, still], LiftingOptions(noise=None), [9], 27, reels=1)
    takes = batches.reel(0)["labels"]
    assert len(moving) == 3
    assert 0.4 < float((takes.diff(dim=1).abs().amax((1, 2, 3)) < 1e-5).float().mean()) < 0.6


def test_a_source_comes_as_often_as_its_share_says(tracks):
    moving = [track for track in read_tracks(tracks) if track.name.startswith("cmu")]
    still = JointTrack("choreography/still-00", moving[0].joints[:1].expand(60, 17, 3), 20.0)
    options = LiftingOptions(noise=None)
    takes = FilmedBatches([*moving, still], options, [9], 27, reels=1, shares={"choreography": 4}).reel(0)["labels"]
    assert 0.7 < float((takes.diff(dim=1).abs().amax((1, 2, 3)) < 1e-5).float().mean()) < 0.9
    with pytest.raises(SettingsError, match="no recording is of 'written'; sources are choreography, cmu"):
        FilmedBatches([*moving, still], options, [9], 27, shares={"written": 4})


def test_recordings_shorter_than_a_take_are_filmed_to_their_end(tracks):
    """A punch of a second comes as well, beside a walk that fills takes of two; one too short for a window does not."""
    walk = read_tracks(tracks)[0]
    punch = JointTrack("cmu/punch", 2 * walk.joints[:21], 20.0)
    blink = JointTrack("cmu/blink", 9 * walk.joints[:3], 20.0)
    takes = FilmedBatches([walk, punch, blink], LiftingOptions(noise=None), [9], 27, reels=1).reel(0)["labels"]
    height = takes.norm(dim=-1).amax((1, 2))
    usual = 1.4 * float((walk.joints - walk.joints[:, :1]).norm(dim=-1).max())
    assert 0.1 < float((height > usual).float().mean()) < 0.5 and float(height.max()) < 2 * usual
    assert takes.shape[1] > 21


def test_further_caches_are_trained_on_and_a_part_of_them_is_looked_at(settings, tmp_path):
    body = moving_body(60, seed=9).to_d135()
    samples, clips = CacheWriter(tmp_path / "written", "train_samples"), CacheWriter(tmp_path / "more", "train")
    for number in range(15):
        row = {"action": "my_bow" if number < 14 else "my_nod", "mirrored": bool(number % 2) and number < 14}
        samples.add(body[: 20 + number], id=f"choreography/{row['action']}-{number:02}", **row)
    for name in ("more/kick_a", "more/kick_b", "more_nc/roll"):
        clips.add(body, id=name, mirrored=False)
    clips.add(body, id="more/kick_a+mirror", mirrored=True)
    for writer in (samples, clips):
        writer.save()
    few = further_tracks(tmp_path / "written", most=3)
    assert [track.name for track in few] == [
        f"choreography/{name}" for name in ("my_bow-00", "my_bow-04", "my_bow-08", "my_nod-14")
    ]
    run = settings(
        steps=2,
        evaluate_every=2,
        further_caches=[str(tmp_path / "written"), str(tmp_path / "more")],
        source_shares=["bandai=0.3"],
        validation_subjects=["cmu/07", "more/kick"],
        windows=[9],
    )
    trained, validation = tracks_by_use(run)
    names = {track.name for track in trained}
    assert {"cmu/01_01", "bandai/walk", "choreography/my_nod-14", "more_nc/roll"} <= names and len(names) == 3 + 8
    assert [track.name for track in validation] == ["cmu/07_01", "more/kick_a", "more/kick_b"]
    train_lifter(run)
    rows = [json.loads(line) for line in (tmp_path / "run" / "log.jsonl").read_text().splitlines()]
    assert rows[-1]["kind"] == "validation" and rows[-1]["cmu_p1_mm"] > 0 and rows[-1]["more_p1_mm"] > 0


def test_performances_on_recordings_of_held_out_subjects_are_not_trained_on(settings, tmp_path):
    """Whoever is measured stands in no written action either: bow-00 is performed on cmu/13_08, say."""
    samples, body = CacheWriter(tmp_path / "written", "train_samples"), moving_body(30, seed=9).to_d135()
    for seed in (0, 4, 11):
        samples.add(body, id=f"choreography/bow-{seed:02}", action="bow", mirrored=False)
    samples.save()
    names = [track.name for track in further_tracks(tmp_path / "written")]
    bases = [base_piece(load_library(names=["bow"])[0], seed).clip for seed in (0, 4, 11)]
    assert names == [f"choreography/bow-{seed:02} on {base}" for seed, base in zip((0, 4, 11), bases, strict=True)]
    assert bases == ["cmu/13_08", "cmu/137_38", "cmu/13_08"]
    run = settings(further_caches=[str(tmp_path / "written")], validation_subjects=["cmu/137"], windows=[9])
    trained, looked_at = tracks_by_use(run)
    assert not [track.name for track in [*trained, *looked_at] if track.name.startswith("choreography")]


def test_subjects_are_known_by_whole_names():
    track = JointTrack("cmu/055_01", torch.zeros(4, 17, 3), 20.0)
    assert of_subjects(track, ["cmu/055"]) and not of_subjects(track, ["cmu/05"])


@pytest.mark.parametrize("rival", [False, True])
def test_a_run_goes_on_where_it_stopped(settings, rival):
    whole = train_lifter(settings("whole", rival=rival))
    train_lifter(settings("cut", rival=rival, steps=2, schedule="constant", accept_changes=True))
    halves = train_lifter(settings("cut", rival=rival, steps=4, schedule="constant", accept_changes=True))
    again = train_lifter(settings("again", rival=rival, steps=4, schedule="constant"))
    for name, value in again.state_dict().items():
        torch.testing.assert_close(halves.state_dict()[name], value)
    assert type(whole).__name__ == ("TransformerLifter" if rival else "HumMussForPoseLifting")


def test_held_out_subjects_are_measured_and_the_causal_one_begins_with_the_other(settings, tmp_path):
    train_lifter(settings(steps=2, windows=[9], evaluate_every=2))
    causal = build_model(settings("causal", causal=True, start_from=str(tmp_path / "run")))
    begun = HumMussForPoseLifting.from_pretrained(tmp_path / "run")
    assert causal.config.causal
    torch.testing.assert_close(causal.hummuss.embed.weight, begun.hummuss.embed.weight)
    rows = [json.loads(line) for line in (tmp_path / "run" / "log.jsonl").read_text().splitlines()]
    assert rows[0]["kind"] == "train" and rows[0]["loss"] > 0


def test_filters_learn_no_faster_than_they_may(settings):
    model = build_model(settings())
    groups = build_optimizers(model, settings(learning_rate=5e-3))[0].param_groups
    bounded = [group for group in groups if "highest_rate" in group]
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    endings = {names[id(each)].split(".")[-1] for group in bounded for each in group["params"]}
    assert endings == {"log_decay", "frequency", "log_step"} and bounded[0]["highest_rate"] == 1e-3
    assert sum(len(group["params"]) for group in groups) == len(names)


def test_settings_that_cannot_be(settings):
    with pytest.raises(SettingsError, match="batch_size is 27 frames, but windows has 81"):
        settings(windows=[81])
    with pytest.raises(SettingsError, match="above highest_rate"):
        settings(lowest_rate=90.0)
    for word in ("bandai", "bandai=few", "bandai=0"):
        with pytest.raises(SettingsError, match=f"source_shares has '{word}', expected source=number"):
            settings(source_shares=[word])
