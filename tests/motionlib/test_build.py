"""Data sets from motion files: what is built, what is left out, what a kill leaves, what load_dataset reads."""

import json
import multiprocessing
import os
import signal
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import roma
import torch
from foreign_files import four_legged_bvh
from hypothesis import given
from hypothesis import strategies as st

from being_m0_hf.cli.main import main
from being_m0_hf.io import load_motion, save_motion
from being_m0_hf.motion import PART_NAMES, Motion, MotionError
from being_m0_hf.motionlib.build import build, workers
from being_m0_hf.motionlib.build.finish import reason_of
from being_m0_hf.motionlib.build.shuffle import Scatter
from being_m0_hf.motionlib.build.splits import SHARES, SplitEntry, assign_splits
from being_m0_hf.motionlib.clips import find_clip, read_clips
from being_m0_hf.motionlib.schema import Clip, TimedCaption, clip_to_row, row_to_clip
from being_m0_hf.motionlib.sources.layouts import open_source
from being_m0_hf.motionlib.sources.motion_x import motion_from_columns
from being_m0_hf.motionlib.sources.source import FileCaption, FileCaptions, SourceOptions, read_captions, with_captions
from being_m0_hf.motionlib.sources.text_lines import read_text_file

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def recordings(make_motion, tmp_path_factory) -> Path:
    """Nine sound files in two folders and a broken one, with captions beside one and in a CSV."""
    folder = tmp_path_factory.mktemp("data") / "takes"
    for subject in ("anna", "ben", "carl"):
        (folder / subject).mkdir(parents=True)
    for number in range(9):
        subject = ("anna", "ben", "carl")[number % 3]
        motion = make_motion(60, seed=number, turn=0.2 * number)
        save_motion(motion, folder / subject / f"take{number}{('.npz', '.bvh', '.json')[number // 3]}")
    (folder / "anna" / "take0.txt").write_text("someone sways#someone/NOUN sway/VERB#0.0#0.0\nearly#e#0.0#1.5\n")
    (folder / "ben" / "cut.bvh").write_bytes((folder / "ben" / "take4.bvh").read_bytes()[:5000])
    (folder.parent / "captions.csv").write_text(
        "file,text,start,end,part\n"
        "take1.npz,a person wanders,,,\n"
        "ben/take4,they turn left,0.5,2.0,\n"
        "take4.bvh,the arm swings,,,left arm\n"
    )
    return folder


def build_dataset(folder: Path, out: Path, *options: str) -> int:
    return main(["data", "build", str(folder), "-o", str(out), "--processes", "1", "--keep-all", *options])


@pytest.fixture(scope="module")
def dataset(recordings, tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("built") / "takes-set"
    captions = recordings.parent / "captions.csv"
    assert build_dataset(recordings, out, "--captions", str(captions), "--licence", "CC0 1.0", "--wordings", "2") == 0
    return out


# rows


@given(seed=st.integers(0, 1000), frames=st.integers(4, 60))
def test_a_record_survives_its_row(make_motion, seed, frames):
    motion = make_motion(frames, seed=seed)
    record = Clip(
        "a/b", motion, "src", "CC0", "val", "anna", ("x",), ("rules",), {"root": ("moves", "goes")},
        (TimedCaption("early", 0.0, 0.5, "csv"),), {"content": "walk"}, {"skating": 0.25}, ("weak",), (0.5, -1.0),
        "b.bvh", 1.5, "read",
    )  # fmt: skip
    again = row_to_clip(clip_to_row(record))
    assert again.replace(motion=motion) == record
    assert roma.unitquat_geodesic_distance(again.motion.rotations, motion.rotations).max() < 1e-3
    assert torch.equal(again.motion.translation, motion.translation) and again.motion.fps == motion.fps


def test_a_damaged_row_names_its_clip(make_motion):
    row = clip_to_row(Clip("walks/7", make_motion(20)))
    with pytest.raises(MotionError, match="walks/7"):
        row_to_clip({**row, "rotations": row["rotations"][:-1]})
    with pytest.raises(MotionError, match="walks/7"):
        row_to_clip({**row, "translation": np.full(60, np.nan, dtype=np.float32)})


# what is built


def test_load_dataset_reads_it_without_our_code(dataset, tmp_path):
    datasets = pytest.importorskip("datasets")
    card_reads = datasets.load_dataset(str(dataset), cache_dir=str(tmp_path))
    assert set(card_reads) == {"train", "val", "test"} and sum(map(len, card_reads.values())) == 9
    streamed = list(datasets.load_dataset(str(dataset), split="train", streaming=True))
    assert [row["id"] for row in streamed] == list(card_reads["train"]["id"])
    row = streamed[0]
    assert len(row["rotations"]) == row["frames"] * 88 and row["licence"] == "CC0 1.0" and row["source"] == "takes"


def test_motions_are_those_of_the_files(dataset, recordings):
    for record in read_clips(dataset):
        motion = load_motion(recordings / record.origin)
        expected = motion.joints() - motion.joints()[:1, :1]
        joints = record.motion.joints() - record.motion.joints()[:1, :1]
        assert (joints - expected).norm(dim=-1).max() < 2e-3  # int16 rotations


def test_captions_reach_their_clips(dataset):
    beside, listed, timed = (find_clip(dataset, f"takes/{name}") for name in
                             ("anna/take0.npz", "ben/take1.npz", "ben/take4.bvh"))  # fmt: skip
    assert beside.body[0] == "someone sways" and beside.timed[0] == TimedCaption("early", 0.0, 1.5, "take0.txt")
    assert listed.body[0] == "a person wanders" and listed.body_origin[0] == "captions.csv"
    assert timed.timed[0].text == "they turn left" and timed.parts["left_arm"][0] == "the arm swings"
    assert "rules" in listed.body_origin and set(listed.parts) == set(PART_NAMES) and all(listed.parts.values())


def test_a_broken_file_is_reported_and_the_rest_goes_on(dataset):
    report = json.loads((dataset / "report.json").read_text())
    assert report["recordings"] == 10 and sum(report["clips"].values()) == 9
    assert [row["id"] for row in report["rejected"]] == ["ben/cut.bvh"]
    assert "\n" not in report["rejected"][0]["reason"] and "cut" in report["rejected"][0]["reason"]


def test_a_mixed_folder_is_read_as_far_as_it_goes(make_motion, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    save_motion(make_motion(60), folder / "sound.npz")
    bvh = save_motion(make_motion(60, seed=1), folder / "own.bvh").read_bytes()
    (folder / "cut.bvh").write_bytes(bvh[: len(bvh) // 2])
    (folder / "actor.fbx").write_bytes(b"Kaydara FBX Binary")
    (folder / "chair.bvh").write_text(four_legged_bvh(make_motion(60, seed=2)))
    (folder / "notes.txt").write_text("no motion")
    assert build_dataset(folder, tmp_path / "out", "--wordings", "0") == 0
    assert {record.origin for record in read_clips(tmp_path / "out")} == {"sound.npz", "own.bvh"}
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    reasons = {row["id"]: row["reason"] for row in report["rejected"]}
    assert report["recordings"] == 5 and set(reasons) == {"cut.bvh", "actor.fbx", "chair.bvh"}
    assert "Blender" in reasons["actor.fbx"] and "cut" in reasons["cut.bvh"] and "not a person" in reasons["chair.bvh"]
    assert not any(str(folder) in reason for reason in reasons.values())


def test_only_unreadable_files_or_a_wrong_joint_map_stop_the_build(make_motion, tmp_path, capsys):
    (tmp_path / "take.c3d").write_bytes(b"markers")
    assert build_dataset(tmp_path, tmp_path / "out") == 2
    assert "Mokka" in capsys.readouterr().err
    save_motion(make_motion(30), tmp_path / "take.npz")
    (tmp_path / "map.yaml").write_text("left_hip: LeftUpLeg")
    assert build_dataset(tmp_path, tmp_path / "out", "--joint-map", str(tmp_path / "map.yaml")) == 2
    assert "no joint is given for pelvis" in capsys.readouterr().err


def test_subjects_stay_in_one_split(dataset):
    places = {(record.subject, record.split) for record in read_clips(dataset)}
    assert len(places) == 3 and {split for _, split in places} == {"train", "val", "test"}


def test_statistics_are_those_of_the_training_clips(dataset):
    stats = json.loads((dataset / "stats.json").read_text())
    features = [record.motion.to_d135() for record in read_clips(dataset, ("train",))]
    features = torch.cat(features).double()
    assert stats["d135"]["clips"] == stats["clips"]["train"]
    np.testing.assert_allclose(stats["d135"]["mean"], features.mean(0), atol=1e-5)
    np.testing.assert_allclose(stats["d135"]["std"], features.std(0, correction=0), atol=1e-5)
    assert sum(stats["hours"].values()) == pytest.approx(9 * 3 / 3600, rel=1e-2)
    assert list(stats["clips"]) == list(stats["hours"]) == ["train", "val", "test"]


def test_the_card_says_what_it_is(dataset):
    from huggingface_hub import DatasetCard

    card = DatasetCard.load(dataset / "README.md")
    assert card.data.configs[0]["data_files"][0] == {"split": "train", "path": "data/train-*.parquet"}
    assert "CC0 1.0" in card.text and "ben/cut" not in card.text and "{{" not in card.text
    assert "90.0% of 10 recordings" in card.text
    by_rules = sum(record.body_origin.count("rules") for record in read_clips(dataset))
    assert f"4 are by people and {by_rules} by rules" in card.text


def test_long_recordings_are_cut_and_their_times_follow(make_motion, tmp_path):
    (tmp_path / "in").mkdir()
    save_motion(make_motion(600, turn=4.0), tmp_path / "in" / "long.npz")
    (tmp_path / "in" / "long.txt").write_text("all of it#x#0#0\nlate#x#20.0#24.0\n")
    assert build_dataset(tmp_path / "in", tmp_path / "out", "--longest", "10", "--wordings", "0") == 0
    records = sorted(read_clips(tmp_path / "out"), key=lambda record: record.origin_start)
    assert len(records) >= 3 and all(record.motion.seconds <= 10.05 for record in records)
    assert len({record.split for record in records}) == 1  # pieces of a recording are neighbours
    assert sum(record.motion.num_frames for record in records) == 600
    assert all(record.body == () and record.labels["recording"] == "all of it" for record in records)
    for record in records:
        for said in record.timed:
            assert said.text == "late" and 0 <= said.start < said.end <= record.motion.seconds + 0.05
            assert record.origin_start + said.start == pytest.approx(max(20.0, record.origin_start), abs=0.01)
    assert any(record.timed for record in records)
    assert "Nothing: all 1 recordings" in (tmp_path / "out" / "README.md").read_text()


def test_what_is_too_short_to_cut_is_reported(make_motion, tmp_path):
    (tmp_path / "in").mkdir()
    save_motion(make_motion(60), tmp_path / "in" / "long.npz")
    save_motion(make_motion(10), tmp_path / "in" / "short.npz")
    torn = make_motion(60, seed=1)
    heights = torch.arange(60) // 8 % 2  # a jump every 0.4 s
    translation = torn.translation + heights[:, None] * torch.tensor([0.0, 1.0, 0.0])
    save_motion(torn.replace(translation=translation), tmp_path / "in" / "torn.npz")
    assert build_dataset(tmp_path / "in", tmp_path / "out", "--wordings", "0") == 0
    rejected = json.loads((tmp_path / "out" / "report.json").read_text())["rejected"]
    assert [row["id"] for row in rejected] == ["short.npz", "torn.npz"]
    assert rejected[0]["reason"] == "lasts 0.50 s, less than 1 s" and "jumps so often" in rejected[1]["reason"]


def test_copies_are_left_out(make_motion, tmp_path):
    (tmp_path / "in").mkdir()
    motion = make_motion(80, seed=3)
    save_motion(motion, tmp_path / "in" / "a.npz")
    save_motion(motion.moved(1.0, torch.tensor([3.0, 1.0])), tmp_path / "in" / "b.npz")
    save_motion(make_motion(80, seed=4), tmp_path / "in" / "c.npz")
    assert build_dataset(tmp_path / "in", tmp_path / "out", "--wordings", "0") == 0
    assert {record.origin for record in read_clips(tmp_path / "out")} == {"a.npz", "c.npz"}
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert report["rejected"] == [{"id": "in/b.npz", "reason": "another clip shows the same: in/a.npz"}]
    (tmp_path / "in" / "b.txt").write_text("people's words stay")
    assert build_dataset(tmp_path / "in", tmp_path / "told", "--wordings", "0") == 0
    assert {record.origin for record in read_clips(tmp_path / "told")} == {"b.npz", "c.npz"}


def test_a_recording_whose_pieces_are_all_left_out_counts_as_lost(make_motion, tmp_path):
    (tmp_path / "in").mkdir()
    for name in ("a", "b"):
        save_motion(make_motion(400, seed=3), tmp_path / "in" / f"{name}.npz")
    assert build_dataset(tmp_path / "in", tmp_path / "out", "--wordings", "0") == 0
    assert all("#" in record.id for record in read_clips(tmp_path / "out"))
    assert "50.0% of 2 recordings" in (tmp_path / "out" / "README.md").read_text()


def test_recording_errors_are_left_out_unless_asked_for(make_motion, tmp_path, capsys):
    (tmp_path / "in").mkdir()
    motion = make_motion(80)
    jumping = motion.translation.clone()
    jumping[::2] += 0.6  # two places at once
    save_motion(motion, tmp_path / "in" / "sound.npz")
    save_motion(make_motion(80, seed=1).replace(translation=jumping), tmp_path / "in" / "torn.npz")
    options = ["--processes", "1", "--wordings", "0"]
    assert main(["data", "build", str(tmp_path / "in"), "-o", str(tmp_path / "out"), *options]) == 0
    assert [record.origin for record in read_clips(tmp_path / "out")] == ["sound.npz"]
    assert "left out 1" in capsys.readouterr().out
    assert build_dataset(tmp_path / "in", tmp_path / "all", "--wordings", "0") == 0
    kept = {record.origin: record for record in read_clips(tmp_path / "all")}
    assert "root_speed" in kept["torn.npz"].flags and "root_speed" not in kept["sound.npz"].flags


# interruptions


def test_killed_at_any_moment_nothing_is_lost_or_twice(recordings, dataset, tmp_path, monkeypatch):
    """A build in another process, killed over and over, then finished here."""
    monkeypatch.setattr(workers, "START_METHOD", "fork")  # quicker, and this process has one thread
    captions = str(recordings.parent / "captions.csv")
    source = SourceOptions(str(recordings.resolve()), captions, "", "CC0 1.0")
    options = build.BuildOptions(source, 10.0, 2, curate=False, chunk_size=2)
    out = tmp_path / "takes-set"
    out.mkdir()
    plan = build.plan_build(options, out)
    context = multiprocessing.get_context("fork")
    for delay in (0.05, 0.2, 0.4):
        worker = context.Process(target=build.run_chunks, args=(out, plan, 1))
        worker.start()
        time.sleep(delay)
        os.kill(worker.pid, signal.SIGKILL)
        worker.join()
    again = build.plan_build(options, out)
    assert again == plan
    build.run_chunks(out, again, 1)
    from being_m0_hf.motionlib.build.finish import finish_build

    finish_build(out, again)
    rows, expected = ({row.id: clip_to_row(row) for row in read_clips(folder)} for folder in (out, dataset))
    assert rows.keys() == expected.keys()
    assert all(np.array_equal(rows[name]["rotations"], expected[name]["rotations"]) for name in rows)
    assert all(rows[name]["body"] == expected[name]["body"] for name in rows)
    assert not (out / build.WORK_FOLDER).exists()


@pytest.mark.parametrize(("recordings", "chunks"), [(1, 1), (13, 13), (200, 67), (3338, 105)])
def test_small_folders_are_shared_out_too(recordings, chunks):
    plan = build.BuildPlan(build.BuildOptions(SourceOptions("in")), tuple(map(str, range(recordings))))
    assert plan.num_chunks == chunks
    assert sum((plan.chunk(index) for index in range(chunks)), ()) == plan.units


def test_another_build_in_the_same_folder_is_refused(recordings, dataset, tmp_path, capsys):
    assert build_dataset(recordings, dataset) == 2
    assert "finished data set" in capsys.readouterr().err
    options = build.BuildOptions(SourceOptions(str(recordings)))
    build.plan_build(options, tmp_path)
    assert build_dataset(recordings, tmp_path, "--longest", "5") == 2
    assert "unfinished build" in capsys.readouterr().err


def test_captions_that_changed_since_the_kill_are_noticed(make_motion, tmp_path):
    save_motion(make_motion(30), tmp_path / "a.npz")
    (tmp_path / "c.csv").write_text("file,text\na,walks\n")
    options = build.BuildOptions(SourceOptions(str(tmp_path), str(tmp_path / "c.csv")))
    plan = build.plan_build(options, tmp_path / "out")
    assert build.plan_build(options, tmp_path / "out") == build.read_plan(tmp_path / "out") == plan
    (tmp_path / "c.csv").write_text("file,text\na,runs\n")
    with pytest.raises(MotionError, match="unfinished build of other recordings, captions or options"):
        build.plan_build(options, tmp_path / "out")


def test_files_of_something_else_are_left_alone(make_motion, tmp_path, capsys):
    save_motion(make_motion(30), tmp_path / "take.npz")
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "README.md").write_text("mine")
    assert build_dataset(tmp_path, tmp_path / "project") == 2
    assert "is not empty, it holds README.md" in capsys.readouterr().err
    assert (tmp_path / "project" / "README.md").read_text() == "mine"


def test_the_data_set_may_be_written_beside_its_recordings(make_motion, tmp_path, monkeypatch):
    """Its own files are no recordings: an interrupted build must find the same ones again."""
    save_motion(make_motion(30), tmp_path / "take.npz")
    (tmp_path / "._take.npz").write_bytes(b"what macOS puts into archives")
    monkeypatch.chdir(tmp_path)
    build.plan_build(build.BuildOptions(SourceOptions(str(tmp_path)), 10.0, 0, curate=False), tmp_path / "set")
    open_source.cache_clear()
    assert build_dataset(Path("."), Path("set"), "--wordings", "0") == 0
    assert json.loads((tmp_path / "set" / "report.json").read_text())["recordings"] == 1


def test_several_processes_build_the_same(recordings, dataset, tmp_path):
    captions = str(recordings.parent / "captions.csv")
    arguments = ["--captions", captions, "--licence", "CC0 1.0", "--wordings", "2", "--keep-all", "--processes", "2"]
    assert main(["data", "build", str(recordings), "-o", str(tmp_path / "takes-set"), *arguments]) == 0
    for name in ("stats.json", "report.json", "README.md"):
        assert (tmp_path / "takes-set" / name).read_text() == (dataset / name).read_text()


# the other commands


def test_check_finds_nothing_wrong_with_a_built_set(dataset, capsys):
    assert main(["data", "check", str(dataset)]) == 0
    assert "no problems" in capsys.readouterr().out


def test_check_finds_what_is_wrong(make_motion, tmp_path, capsys):
    from being_m0_hf.motionlib.shards import ShardWriter

    good = clip_to_row(Clip("a", make_motion(30), "s", subject="anna", body=("moves",), split="train"))
    with ShardWriter(tmp_path, "train") as writer:
        writer.append(good)
        writer.append(good)
        writer.append({**good, "id": "b", "rotations": good["rotations"] // 2})
        writer.append({**good, "id": "c", "body": []})
        late = [{"text": "late", "start": 9.0, "end": 10.0, "origin": ""}]
        writer.append({**good, "id": "d", "timed": late})
    with ShardWriter(tmp_path, "val") as writer:
        writer.append({**good, "id": "e", "split": "val"})
    with pytest.raises(SystemExit) as stop:
        main(["data", "check", str(tmp_path)])
    out = capsys.readouterr().out
    assert stop.value.code == 1 and len(out.splitlines()) == 7
    for problem in (
        "twice: a",
        "not a motion",
        "no sentence describes the clip: c",
        "outside the clip: d",
        "anna",
        "lost cannot be told: stats.json",
    ):
        assert problem in out


def test_show_writes_a_picture_or_a_motion(dataset, tmp_path, capsys):
    clip = "takes/anna/take0.npz"
    assert main(["data", "show", str(dataset), clip, "-o", str(tmp_path / "clip.png")]) == 0
    assert (tmp_path / "clip.png").read_bytes()[:4] == b"\x89PNG" and "someone sways" in capsys.readouterr().out
    assert main(["data", "show", str(dataset), clip, "-o", str(tmp_path / "clip.bvh")]) == 0
    assert load_motion(tmp_path / "clip.bvh").num_frames == 60
    assert main(["data", "show", str(dataset), "take0", "-o", str(tmp_path / "x.png")]) == 2
    assert f"did you mean {clip}" in capsys.readouterr().err
    assert main(["data", "show", str(dataset), "takes/ben/cut.bvh", "-o", str(tmp_path / "x.png")]) == 2
    assert "it was left out: " in capsys.readouterr().err


def test_stats_prints_and_plots(dataset, tmp_path, capsys):
    pytest.importorskip("matplotlib")
    pictures = ["-o", str(tmp_path / "stats.png"), "--clips", str(tmp_path / "clips.png")]
    assert main(["data", "stats", str(dataset), *pictures]) == 0
    assert "sentences" in capsys.readouterr().out
    assert all((tmp_path / name).read_bytes()[:4] == b"\x89PNG" for name in ("stats.png", "clips.png"))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["build", "nowhere", "-o", "out"], "no such folder"),
        (["check", "nowhere"], "neither a folder nor a Hub id"),
        (["stats", "nowhere"], "stats.json is missing"),
        (["push", "nowhere", "me/set"], "there is no folder nowhere"),
        (["build", ".", "-o", "out", "--longest", "0.5"], "--longest"),
    ],
)
def test_mistakes_are_one_line(arguments, said, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["data", *arguments]) == 2
    *progress, error = capsys.readouterr().err.strip().splitlines()
    assert error.startswith("being-m0: ") and said in error and all(line.endswith("...") for line in progress)


# captions files


def test_a_language_model_may_word_what_was_measured(chat_server, make_motion, tmp_path):
    (tmp_path / "in").mkdir()
    save_motion(make_motion(60), tmp_path / "in" / "a.npz")
    parts = {name: ["It moves along."] for name in PART_NAMES}
    chat_server.answer = json.dumps({"body": ["A body glides through the room."], "parts": parts})
    model = ["--caption-server", chat_server.url, "--caption-model", "stand-in"]
    assert build_dataset(tmp_path / "in", tmp_path / "out", "--wordings", "1", "--processes", "1", *model) == 0
    (record,) = read_clips(tmp_path / "out")
    assert (record.body, record.body_origin) == (("A body glides through the room.",), ("stand-in",))
    assert record.parts["torso"] == ("It moves along.",)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name,text\na,b\n", "column file is missing"),
        ("file,text,start\na.bvh,x,soon\n", "line 2: start and end are seconds"),
        ("file,text,part\na.bvh,x,tail\n", "unknown part 'tail'"),
        ("file,text,split\na.bvh,x,dev\n", "unknown split 'dev'"),
        ("file,text\n,x\n", "line 2: the file's name is empty"),
        ("file,text\na.bvh,walks, then turns\n", "line 2: more values than columns"),
        ("file,text,start,end\na.bvh,x,2,1\n", "line 2: 2 to 1 is no range"),
        ("file,text,start,end\na.bvh,x,-1,1\n", "line 2: -1 to 1 is no range"),
        ("file,text,start\na.bvh,x,-2\n", "line 2: -2 to the end is no range"),
        ("file,text,start,end\na.bvh,x,nan,1\n", "line 2: nan to 1 is no range"),
    ],
)
def test_mistakes_in_captions_name_the_line(tmp_path, text, said):
    (tmp_path / "c.csv").write_text(text)
    with pytest.raises(MotionError, match=said):
        read_captions(tmp_path / "c.csv")


def test_captions_of_no_file_are_an_error(recordings, tmp_path, capsys):
    (tmp_path / "c.csv").write_text("file,text\nghost.bvh,boo\n")
    assert build_dataset(recordings, tmp_path / "out", "--captions", str(tmp_path / "c.csv")) == 2
    assert "ghost.bvh" in capsys.readouterr().err


def test_a_name_in_captions_means_one_file(make_motion, tmp_path):
    accent = "a\u0308rger.npz"  # as macOS writes it
    for name in ("walk.npz", "b/walk.npz", "b/c/turn.npz", "d/turn.npz", f"d/{accent}"):
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        save_motion(make_motion(30), tmp_path / "in" / name)

    def said(lines: str) -> dict[str, tuple[str, ...]]:
        (tmp_path / "c.csv").write_text(f"file,text\n{lines}", encoding="utf-8")
        source = open_source(SourceOptions(str(tmp_path / "in"), str(tmp_path / "c.csv"), name=lines))
        return {unit: next(source.read(unit)).body for unit in source.units()}

    nothing = dict.fromkeys(("walk.npz", "b/walk.npz", "b/c/turn.npz", "d/turn.npz", f"d/{accent}"), ())
    assert said("walk.npz,walks\n") == nothing | {"walk.npz": ("walks",)}
    assert said("b\\c\\turn,turns\n") == nothing | {"b/c/turn.npz": ("turns",)}
    assert said("\u00e4rger.npz,fumes\n") == nothing | {f"d/{accent}": ("fumes",)}
    with pytest.raises(MotionError, match=r"'turn' may be b/c/turn.npz or d/turn.npz"):
        said("turn,turns\n")


def test_a_caption_after_the_end_is_left_out_and_flagged(make_motion):
    record = Clip("a", make_motion(60))  # 3 s
    said = FileCaptions((FileCaption("early", 0.0, 9.0), FileCaption("never", 5.0, 9.0)))
    record = with_captions(record, said, "c.csv")
    assert record.timed == (TimedCaption("early", 0.0, 3.0, "c.csv"),) and record.flags == ("caption after the end",)


def test_text_beside_a_file_may_begin_with_a_mark_and_hold_number_signs(tmp_path):
    (tmp_path / "a.txt").write_bytes(b"\xef\xbb\xbfdancer #2 spins\nearly#early/ADV#0.0#1.5\n")
    assert list(read_text_file(tmp_path / "a.txt")) == [FileCaption("dancer #2 spins"), FileCaption("early", 0.0, 1.5)]


# splits


@given(st.lists(st.tuples(st.integers(0, 30), st.floats(1, 30)), min_size=3, max_size=80))
def test_groups_are_whole_and_shares_are_kept(pairs):
    entries = [SplitEntry(str(i), f"group {group}", seconds) for i, (group, seconds) in enumerate(pairs)]
    splits = assign_splits(entries)
    assert splits == assign_splits(entries[::-1])
    groups = {entry.group: {splits[e.id] for e in entries if e.group == entry.group} for entry in entries}
    assert all(len(found) == 1 for found in groups.values())
    total = sum(entry.seconds for entry in entries)
    largest = max(sum(e.seconds for e in entries if e.group == group) for group in groups)
    for split, share in SHARES.items():
        seconds = sum(entry.seconds for entry in entries if splits[entry.id] == split)
        assert seconds <= share * total + largest + 1e-6
    if len(groups) >= 3:
        assert set(splits.values()) == {"train", "val", "test"}


def test_a_source_s_own_split_is_kept():
    assert assign_splits([SplitEntry("a", "g", 1.0, "test"), SplitEntry("b", "g", 1.0)]) == {"a": "test", "b": "train"}


# layouts


def test_humanml3d_folders_are_read(make_motion, tmp_path):
    for name in ("new_joints", "texts"):
        (tmp_path / name).mkdir()
    motion = make_motion(60)
    np.save(tmp_path / "new_joints" / "000001.npy", motion.joints().numpy())
    np.save(tmp_path / "new_joints" / "M000001.npy", motion.mirrored().joints().numpy())
    (tmp_path / "texts" / "000001.txt").write_text("a man walks#a/DET man/NOUN#0.0#0.0\nturns#turn/VERB#1.0#2.0\n")
    (tmp_path / "test.txt").write_text("000001\nM000001\n")
    source = open_source(SourceOptions(str(tmp_path)))
    assert source.units() == ["000001"]
    (record,) = source.read("000001")
    assert record.split == "test" and record.body == ("a man walks",) and record.timed[0].start == 1.0
    expected, joints = (each.joints() - each.joints()[:1, :1] for each in (motion, record.motion))
    assert (joints - expected).norm(dim=-1).mean() < 0.05


def test_motion_x_folders_are_read(make_motion, tmp_path):
    (tmp_path / "smplx_322" / "game").mkdir(parents=True)
    (tmp_path / "semantic_labels" / "game").mkdir(parents=True)
    motion = make_motion(30)
    columns = np.zeros((30, 322), dtype=np.float32)
    columns[:, :66] = roma.unitquat_to_rotvec(motion.rotations).flatten(1)
    columns[:, 309:312] = motion.translation
    np.save(tmp_path / "smplx_322" / "game" / "kick.npy", columns)
    (tmp_path / "semantic_labels" / "game" / "kick.txt").write_text("a kick")
    source = open_source(SourceOptions(str(tmp_path)))
    (record,) = source.read("game/kick")
    assert record.body == ("a kick",) and record.motion.fps == 30
    torch.testing.assert_close(record.motion.joints(), motion.joints(), atol=1e-4, rtol=0)
    with pytest.raises(MotionError, match="322"):
        motion_from_columns(columns[:, :100])


def test_babel_is_read_beside_amass(make_motion, tmp_path):
    (tmp_path / "CMU" / "07").mkdir(parents=True)
    motion = make_motion(60)
    save_motion(motion, tmp_path / "CMU" / "07" / "07_01_poses.npz")
    labels = {"labels": [{"raw_label": "walk", "start_t": 0.5, "end_t": 2.0}, {"raw_label": None}]}
    entry = {"feat_p": "CMU/CMU/07/07_01_poses.npz", "seq_ann": {"labels": [{"raw_label": "walking about"}]}}
    outside = {**entry, "feat_p": "CMU/../../../etc/passwd"}
    (tmp_path / "val.json").write_text(json.dumps({"1": {**entry, "frame_ann": labels}, "2": outside}))
    source = open_source(SourceOptions(str(tmp_path)))
    (record,) = source.read("1")
    assert record.split == "val" and record.body == ("walking about",) and record.subject == "CMU/CMU/07"
    assert record.timed == (TimedCaption("walk", 0.5, 2.0, "babel"),)
    torch.testing.assert_close(record.motion.joints(), motion.joints(), atol=1e-4, rtol=0)
    with pytest.raises(MotionError, match="passwd"):
        next(source.read("2"))


def test_reasons_are_grouped_without_names_and_numbers():
    assert reason_of("/a/b.bvh: the body moves at 31 m/s, more than 25; check the unit") == reason_of(
        "c/d.bvh: the body moves at 99 m/s, more than 25; check the unit"
    )


def test_motion_type_is_the_one_everybody_uses(dataset):
    assert all(isinstance(record.motion, Motion) for record in read_clips(dataset))


@given(rows=st.integers(0, 200), per_bucket=st.integers(1, 50))
def test_scattered_rows_all_come_back_in_another_order(tmp_path_factory, rows, per_bucket):
    folder = tmp_path_factory.mktemp("scatter")
    schema = pa.schema([("id", pa.int64())])

    def scattered(seed: int) -> list[int]:
        scatter = Scatter(folder, schema, rows, per_bucket, seed)
        for start in range(0, rows, 7):
            scatter.add([{"id": number} for number in range(start, min(rows, start + 7))])
        return [row["id"] for row in scatter.rows()]

    order = scattered(0)
    assert sorted(order) == list(range(rows)) and order == scattered(0) and not list(folder.iterdir())
    if rows > 50:
        assert order != sorted(order) and order != scattered(1)
        apart = sum(abs(a - b) for a, b in zip(order, order[1:], strict=False)) / (rows - 1)
        assert apart > rows / 6  # a third of the rows when perfectly shuffled, 1 on disk
