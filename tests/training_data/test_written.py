"""Written actions as training samples, kept score by score."""

import json

import pytest
import torch

from being_m0_hf.motion import CANONICAL_SKELETON, JOINT_INDEX, PART_NAMES, Motion
from being_m0_hf.training_data.feature_cache import JoinedCache, MotionCache
from tests.support.packed_recordings import write_source
from training import prepare_written

WORDINGS = [
    "point",
    "(he|she) points ahead",
    "there",
    "the man shows it",
    "show it",
    "kept back",
    "a child points",
    "look",
]
SCORE = f"""
text: a person points with the right hand
wordings: {json.dumps(WORDINGS)}
parts:
  right_arm: ["points ahead", "stretches out", "shows the way"]
base: stand
recording: [cmu/07_01, 0, 60]
right_hand:
  - {{t: 0.8, move: 0.5, at: shoulder, by: [0.03, -0.22, 0.24]}}
  - {{t: 1.4, move: 0.4, at: shoulder, by: [-0.04, 0.0, 0.5], hold: 0.4}}
  - {{t: 2.6, at: rest}}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("written")
    row = {"id": "07_01", "cmu_description": "stand", "source": "test", "retarget_err_cm": 0.5, "min_foot_y_m": 0.0,
           "skeleton": "one", "motion": standing()}  # fmt: skip
    write_source(folder / "cmu", [row])
    bones = {"one": {"tpose22_offsets_m": CANONICAL_SKELETON.offsets.tolist(), "estimated": False}}
    (folder / "cmu" / "skeletons.json").write_text(json.dumps(bones))
    (folder / "captions").mkdir()
    (folder / "captions" / "humanml3d_cmu.jsonl").write_text("")
    (folder / "own").mkdir()
    (folder / "own" / "show_it.yaml").write_text(SCORE)
    assert prepare(folder) == 0
    return folder


def standing(frames: int = 120) -> Motion:
    """Hanging arms, at 30 fps."""
    rotations = torch.zeros(frames, 22, 4)
    rotations[..., 3] = 1
    for side, sign in (("left", -1), ("right", 1)):
        half = torch.tensor(sign * 1.3 / 2)
        rotations[:, JOINT_INDEX[f"{side}_shoulder"], 2:] = torch.stack((half.sin(), half.cos()))
    return Motion(rotations, torch.tensor([0.0, 0.97, 0.0]).expand(frames, 3), 30.0)


def prepare(folder):
    options = ["--data", str(folder), "--out", str(folder / "cache"), "--scores", str(folder / "own"), "--takes", "2"]
    return prepare_written.main(options)


def test_performances_are_samples_of_both_sides(folder):
    cache = MotionCache(folder / "cache", "train_samples")
    takes = len(cache.rows) // 2  # as many as the gate lets through
    assert takes and [row["mirrored"] for row in cache.rows] == [False, True] * takes
    for row in cache.rows:
        assert row["kind"] == "written" and row["category"] == "show_it" and row["weight"] == 1.0
        assert sum(caption["weight"] for caption in row["captions"]) == pytest.approx(1.0, abs=1e-3)
        arm = "left_arm" if row["mirrored"] else "right_arm"
        assert {parts[arm] for parts in row["parts"]} == {"points ahead", "stretches out", "shows the way"}
        assert all(set(parts) == set(PART_NAMES) for parts in row["parts"])
        side, other = ("left", "right") if row["mirrored"] else ("right", "left")
        said = " ".join(caption["text"] for caption in row["captions"])
        assert f"with the {side} hand" in said and other not in said


def test_kept_wordings_measure_only(folder):
    said = {c["text"] for row in MotionCache(folder / "cache", "train_samples").rows for c in row["captions"]}
    (kept,) = MotionCache(folder / "cache", "wordings_samples").rows
    assert {caption["text"] for caption in kept["captions"]} == {"kept back"} and kept["kind"] == "wording"
    assert "kept back" not in said and "show it" in said


def test_only_changed_scores_are_performed_again(folder):
    (piece,) = (folder / "cache" / "scores").glob("*.jsonl")
    before, samples = piece.stat().st_mtime_ns, len(MotionCache(folder / "cache", "train_samples"))
    assert prepare(folder) == 0
    assert piece.stat().st_mtime_ns == before
    (folder / "own" / "broken.yaml").write_text("text: x\nbase: moon\n")
    assert prepare(folder) == 0
    assert len(MotionCache(folder / "cache", "train_samples")) == samples
    (folder / "own" / "broken.yaml").unlink()


def test_caches_are_drawn_by_their_shares(folder):
    joined = JoinedCache([folder / "cache", folder / "cache"], [0.75, 0.25], "train_samples")
    weights = [row["weight"] for row in joined.rows]
    assert sum(weights[len(weights) // 2 :]) / sum(weights) == pytest.approx(0.25)
    assert sum(weights) / len(weights) == pytest.approx(1.0)


def test_a_missing_folder_is_one_line(tmp_path, capsys):
    (tmp_path / "own").mkdir()
    assert prepare(tmp_path) == 2
    assert "holds no scores" in capsys.readouterr().err
