"""`being-m0 data curate`: keypoint files in, a data set out; what is left out, what a kill leaves."""

import csv
import json
import os
import shutil
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from datasets import load_dataset
from filmed_people import coco_people, folder_of_files, own_file

from being_m0_hf.cli.main import main
from being_m0_hf.curation import CurationOptions, CurationPlan, curate_video, curate_videos, plan_curation
from being_m0_hf.curation.work import leave_out
from being_m0_hf.motion import PART_NAMES, MotionError
from being_m0_hf.motionlib.build.distributed import build_on_datatrove
from being_m0_hf.motionlib.clips import read_clips
from being_m0_hf.motionlib.schema import FEATURES
from being_m0_hf.training_data.cutting import clip_samples
from being_m0_hf.training_data.samples import weighted

pytestmark = pytest.mark.slow


def curate(folder: Path, out: Path, *options: str) -> int:
    return main(["data", "curate", str(folder), "-o", str(out), "--processes", "1", *options])


def outcomes(work: Path) -> dict[str, dict]:
    found = [json.loads(path.read_text()) for path in work.glob("videos/*/*/outcome.json")]
    return {outcome["video"]: outcome for outcome in found}


@pytest.fixture(scope="module")
def curated(tmp_path_factory) -> Path:
    """A folder with three sound files and many that are not, curated."""
    folder = folder_of_files(tmp_path_factory.mktemp("curated") / "takes")
    (folder / "empty.json").write_bytes(b"")
    (folder / "cut.json").write_bytes((folder / "take0.keypoints.json").read_bytes()[:5000])
    (folder / "nan.json").write_text(json.dumps({"frames": [{"people": [{"keypoints": [[float("nan")] * 3] * 17}]}]}))
    (folder / "nobody.json").write_text('{"fps": 30, "frames": [{"people": []}, {"people": []}]}')
    (folder / "notes.txt").write_text("bring milk")
    own_file(folder / "one_frame.json", coco_people(4)[:, :1])
    own_file(folder / "crowd.json", coco_people(40, 3).repeat(2, axis=0) + np.arange(6)[:, None, None, None] * 30)
    tiny = coco_people(40)
    tiny[..., :2] /= 30
    own_file(folder / "tiny.json", tiny)
    (folder.parent / "licences.csv").write_text(
        "file,licence,url,author\ntake1.keypoints.json,CC BY 4.0,https://example.org/1,Ann\n"
    )
    options = ("--licence", "CC0 1.0", "--licences", str(folder.parent / "licences.csv"), "--keep-all")
    assert curate(folder, folder.parent / "set", *options) == 0
    return folder.parent


def test_the_data_set_is_one_that_load_dataset_streams(curated):
    rows = [row for split in load_dataset(str(curated / "set"), streaming=True).values() for row in split]
    assert {row["origin"] for row in rows} == {f"take{number}.keypoints.json" for number in range(3)}
    assert set(rows[0]) == set(FEATURES)
    clips = {clip.origin: clip for clip in read_clips(curated / "set")}
    for clip in clips.values():
        assert clip.motion.fps == 20 and clip.motion.seconds == pytest.approx(2.0, abs=0.1)
        assert clip.body and set(clip.parts) == set(PART_NAMES)
        assert 0 <= clip.scores["implausibility"] < 1 and "skate_ratio" in clip.scores
        assert clip.made_by == f"keypoints (coco17) of {clip.origin}, lifted by hummuss-mini"
    assert {clip.licence for clip in clips.values()} == {"CC0 1.0", "CC BY 4.0"}
    assert clips["take1.keypoints.json"].labels["author"] == "Ann"


def test_every_file_that_gave_nothing_has_a_line_that_says_why(curated):
    report = json.loads((curated / "set" / "report.json").read_text())
    reasons = {line["id"]: line["reason"] for line in report["rejected"]}
    for name in ("empty.json", "cut.json"):
        assert reasons[name].startswith("not JSON, or cut short")
    assert "missing" in reasons["nan.json"]
    assert "nobody was seen" in reasons["nobody.json"]
    assert "is no video of a known suffix" in reasons["notes.txt"]
    assert "less than 1 s" in reasons["one_frame.json"]
    assert "crowd: 6 people at once" in reasons["crowd.json"]
    assert "pixels tall" in reasons["tiny.json"]
    assert str(curated) not in json.dumps(report)
    assert report["recordings"] == 11 and report["kept"] == 3


def test_provenance_has_every_file_and_the_card_has_those_with_clips(curated):
    rows = list(csv.DictReader((curated / "set" / "provenance.csv").open()))
    assert len(rows) == 11
    known = {row["file"]: row for row in rows}
    assert known["take1.keypoints.json"]["licence"] == "CC BY 4.0" and known["take1.keypoints.json"]["clips"] == "1"
    assert "crowd" in known["crowd.json"]["left_out"] and known["crowd.json"]["clips"] == "0"
    card = (curated / "set" / "README.md").read_text()
    assert "| take1.keypoints.json | CC BY 4.0 | https://example.org/1 | Ann | 1 |" in card
    assert "hummuss-mini" in card and "notes.txt" not in card.partition("## Where the videos are from")[2]


def test_the_page_shows_clips_and_what_was_left_out(curated):
    page = (curated / "set-work" / "review.html").read_text()
    data = json.loads(page.partition("const data = ")[2].partition(";\n")[0])
    assert {video["id"] for video in data["videos"]} == {f"take{number}.keypoints.json" for number in range(3)}
    first = data["videos"][0]
    assert len(first["clips"][0]["joints"][0]) == 22 and len(first["seen"][0]["points"][0]) == 17
    assert any(line.startswith("crowd.json: ") for line in data["left_out"])


def test_every_step_is_kept_to_be_looked_at(curated):
    (folder,) = (curated / "set-work").glob("videos/*/*-take0.keypoints.json")
    for step in ("find", "shots", "clean", "lift", "refine"):
        stored = json.loads((folder / f"{step}.json").read_text())
        assert stored["step"] == step and stored["tracks"][0]["name"] == "1" and step in stored["seconds"]
        assert (folder / f"{step}.safetensors").is_file()


def test_another_option_does_only_the_steps_after_it_again(tmp_path):
    folder, work = folder_of_files(tmp_path / "takes", 1), tmp_path / "work"
    plan_curation(CurationOptions(str(folder)), work)
    curate_video(work, 0)
    (video,) = work.glob("videos/*/*")
    before = {path.name: path.stat().st_mtime_ns for path in video.iterdir()}
    plan_curation(CurationOptions(str(folder), skip=("refine",)), work)
    curate_video(work, 0)
    changed = {path.name for path in video.iterdir() if before.get(path.name) != path.stat().st_mtime_ns}
    assert changed == {"refine.json", "refine.safetensors", "clips.parquet", "outcome.json"}
    os.utime(folder / "take0.keypoints.json", (1, 1))  # another file
    curate_video(work, 0)
    assert before.keys() <= {path.name for path in video.iterdir() if before[path.name] != path.stat().st_mtime_ns}


@pytest.fixture
def copied(curated, tmp_path) -> tuple[Path, CurationPlan]:
    """The work folder of `curated` again, and its plan."""
    shutil.copytree(curated, tmp_path, dirs_exist_ok=True)
    folder, licences = str(tmp_path / "takes"), str(tmp_path / "licences.csv")
    work = tmp_path / "set-work"
    return work, plan_curation(CurationOptions(folder, licence="CC0 1.0", licences=licences), work)


def test_killed_between_steps_it_goes_on_where_it_stopped(copied):
    work, plan = copied
    (video,) = work.glob("videos/*/*-take1*")
    whole = (video / "clips.parquet").read_bytes()
    for name in ("outcome.json", "clips.parquet", "refine.json", "lift.json"):
        (video / name).unlink()
    (video / "lift.safetensors").write_bytes(b"half of")
    curate_videos(work, plan, 1)
    assert (video / "clips.parquet").read_bytes() == whole
    seconds = {
        path.parent.name: json.loads(path.read_text())["seconds"] for path in work.glob("videos/*/*/outcome.json")
    }
    assert set(seconds[video.name]) == {"find", "shots", "clean", "lift", "refine"}


def test_a_video_that_kills_its_process_twice_is_left_out_and_the_rest_goes_on(copied):
    work, plan = copied
    index = [given.id for given in plan.videos].index("take0.keypoints.json")
    (first,) = work.glob("videos/*/*-take0*")
    (first / "outcome.json").unlink()
    assert not leave_out(work, plan, index)
    (first / "being-worked-on").touch()  # what a killed process leaves
    assert leave_out(work, plan, index)
    curate_videos(work, plan, 1)
    found = outcomes(work)
    assert found["take0.keypoints.json"]["left_out"][0].startswith("working on it ended the process twice")
    assert found["take0.keypoints.json"]["clips"] == 0 and found["take1.keypoints.json"]["clips"] == 1


def test_poses_of_images_are_held_for_64_frames(tmp_path):
    folder = tmp_path / "pictures"
    own_file(folder / "1.json", coco_people(5, 2)[:, 3:4])
    assert main(["data", "curate", "--images", str(folder), "-o", str(tmp_path / "set"), "--processes", "1"]) == 0
    clips = list(read_clips(tmp_path / "set"))
    assert len(clips) == 2
    for clip in clips:  # of two people
        assert clip.motion.num_frames == 64 and "held pose" in clip.flags
        assert float(clip.motion.joints().std(dim=0).max()) < 1e-3


def test_wrong_options_are_one_line(tmp_path, capsys):
    folder = folder_of_files(tmp_path / "takes", 1, frames=10)
    for options, line in (
        (["--licences", str(tmp_path / "no.csv")], "no.csv"),
        (["--longest", "1"], "--longest is 1"),
    ):
        assert curate(folder, tmp_path / "set", *options) == 2
        assert line in capsys.readouterr().err.splitlines()[-1]
    assert curate(tmp_path / "nowhere", tmp_path / "set") == 2
    assert "no such folder" in capsys.readouterr().err.splitlines()[-1]
    with pytest.raises(MotionError, match="no such step"):
        CurationOptions("x", skip=("lift",))


def test_many_machines_share_the_work(tmp_path):
    """Tasks of datatrove, as a cluster starts them."""
    folder, work = folder_of_files(tmp_path / "takes", 2, frames=31), tmp_path / "work"
    plan = plan_curation(CurationOptions(str(folder)), work)
    build_on_datatrove(partial(curate_video, work), len(plan.videos), tasks=2, logging_dir=tmp_path / "logs", workers=1)
    assert all(outcome["clips"] == 1 for outcome in outcomes(work).values()) and len(outcomes(work)) == 2


def test_training_draws_implausible_motions_less_often(curated):
    clip = next(read_clips(curated / "set"))
    doubted, trusted = (
        replace(clip, scores={**clip.scores, "implausibility": score}, timed=()) for score in (0.75, 0.0)
    )
    samples = [sample for each in (doubted, trusted) for sample in clip_samples(each) if sample.kind != "still"]
    weights = [sample.weight for sample in weighted(samples)]
    assert len(weights) == 2 and weights[0] == pytest.approx(weights[1] / 4)
