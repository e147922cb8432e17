"""Single clips of free collections: who may use them, how high they lie, and what is said of them."""

import json

import pytest
import torch

from being_m0_hf.choreography.bases import Bases
from being_m0_hf.motion import CANONICAL_SKELETON, MotionError
from being_m0_hf.motionlib.sources.layouts import open_source
from being_m0_hf.motionlib.sources.more_clips import KEEP_HEIGHT
from being_m0_hf.motionlib.sources.source import SourceOptions
from being_m0_hf.utils.licences import licence_that_follows
from tests.support.packed_recordings import write_source

CLIPS = {
    "m2m_nod": ("nod", "CC0 1.0", []),
    "dm_backflip": ("backflip", "MIT", []),
    "m2m_sleep": ("sleep", "CC0 1.0", [KEEP_HEIGHT]),
    "sie_punch_00": ("punch", "CC BY-NC 4.0", []),
}


@pytest.fixture
def data(tmp_path, make_motion):
    """``more/`` and ``more_nc/`` with a few clips, one decimetre too high."""
    for folder, names in (("more", list(CLIPS)[:3]), ("more_nc", list(CLIPS)[3:])):
        rows = [
            {"id": name, "action": CLIPS[name][0], "licence": CLIPS[name][1], "flags": CLIPS[name][2], "author": "Ann",
             "repo": "ann/clips", "path": f"{name}.bvh", "kind": "mocap", "split": "train",
             "motion": raised(make_motion)}
            for name in names
        ]  # fmt: skip
        offsets = CANONICAL_SKELETON.offsets.double().numpy()
        write_source(tmp_path / folder, rows, tpose_offsets_m=offsets)
        lines = [json.dumps({"id": name, "captions": [f"somebody shows {CLIPS[name][0]}"]}) for name in names]
        (tmp_path / folder / "captions.jsonl").write_text("\n".join(lines))
    return tmp_path


def raised(make_motion):
    motion = make_motion(60).replace(fps=30.0)
    feet = motion.joints()[:, [7, 8, 10, 11], 1].amin(dim=1).quantile(0.05)
    return motion.replace(
        translation=motion.translation + torch.tensor([0.0, 0.13, 0.0]) - feet * torch.tensor([0, 1.0, 0])
    )


def read_all(data, sources=""):
    source = open_source(SourceOptions(str(data), sources=sources))
    return {clip.id: clip for unit in source.units() for clip in source.read(unit)}


def test_doubtful_and_non_commercial_clips_are_a_source_of_their_own(data):
    clips = read_all(data)
    assert set(clips) == {"more/m2m_nod", "more_nc/dm_backflip", "more/m2m_sleep", "more_nc/sie_punch_00"}
    free = read_all(data, "more")
    assert set(free) == {"more/m2m_nod", "more/m2m_sleep"}
    assert licence_that_follows(clip.licence for clip in free.values()).id == "apache-2.0"
    for name in set(clips) - set(free):
        assert licence_that_follows([clips[name].licence]).id == "cc-by-nc-4.0", name
    assert all("Ann" in clip.licence for clip in clips.values())


def test_sentences_come_with_the_clips(data):
    clip = read_all(data)["more/m2m_nod"]
    assert clip.body == ("somebody shows nod",) and clip.body_origin == ("more",)
    assert clip.labels == {"action": "nod"} and clip.split == "train"


def test_who_lies_is_not_put_on_the_feet(data):
    clips = read_all(data)
    lowest = {
        name: float(clip.motion.joints()[:, [7, 8, 10, 11], 1].amin(dim=1).quantile(0.05))
        for name, clip in clips.items()
    }
    assert lowest["more/m2m_nod"] == pytest.approx(0.03, abs=1e-3)
    assert lowest["more/m2m_sleep"] == pytest.approx(0.13, abs=1e-3)


def test_sources_that_are_not_there_are_told(data, tmp_path):
    with pytest.raises(MotionError, match="holds no recordings of cmu"):
        open_source(SourceOptions(str(data), sources="cmu")).units()
    with pytest.raises(MotionError, match="--sources kit is unknown; use some of cmu, bandai, more, more_nc"):
        SourceOptions(str(data), sources="kit")
    (tmp_path / "own").mkdir()
    with pytest.raises(MotionError, match="--sources picks recordings that training knows"):
        open_source(SourceOptions(str(tmp_path / "own"), sources="more"))


def test_scores_are_performed_on_those_that_are_free_for_all(data, make_motion):
    row = {"id": "07_01", "cmu_description": "walk", "source": "test", "retarget_err_cm": 0.5, "min_foot_y_m": 0.0,
           "skeleton": "one", "motion": raised(make_motion)}  # fmt: skip
    write_source(data / "cmu", [row])
    bones = {"one": {"tpose22_offsets_m": CANONICAL_SKELETON.offsets.tolist(), "estimated": False}}
    (data / "cmu" / "skeletons.json").write_text(json.dumps(bones))
    (data / "captions").mkdir()
    (data / "captions" / "humanml3d_cmu.jsonl").write_text("")
    assert len(Bases(data).recorded("more/m2m_nod", 4, 24)) == 20
    for refused in ("more_nc/dm_backflip", "more/dm_backflip", "more_nc/sie_punch_00"):
        with pytest.raises(MotionError, match="has no recording"):
            Bases(data).recorded(refused)
