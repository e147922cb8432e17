"""Sources, text and stitching. Everything runs on small made-up data in the layout of the real folders."""

import gzip
import json
import os
import random
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from being_m0_hf.cli.main import main
from being_m0_hf.motion import CANONICAL_SKELETON, JOINT_INDEX, PART_NAMES, Motion, MotionError
from being_m0_hf.motion.rotations import yaw_quaternion
from being_m0_hf.motion.stitching import stitch, trim_to_match
from being_m0_hf.motionlib.clips import read_clips
from being_m0_hf.motionlib.schema import SPLITS, Clip
from being_m0_hf.motionlib.sources import cmu_bandai_clips as sources
from being_m0_hf.text import action_words
from being_m0_hf.text.mirror import mirror_text
from being_m0_hf.trainers.data_share import recordings_of
from being_m0_hf.trainers.sample_cache import write_text_only
from being_m0_hf.training_data import action_labels as captions
from being_m0_hf.training_data import motion_facts as facts
from being_m0_hf.training_data import samples, sequences
from being_m0_hf.training_data.feature_cache import CacheWriter, MotionCache
from being_m0_hf.training_data.locomotion_events import MAX_PER_CLIP, find_locomotion_events
from tests.support.packed_recordings import write_source
from training import prepare_data

PELVIS_HEIGHT = 0.97


def standing(frames: int = 40, height: float = PELVIS_HEIGHT) -> Motion:
    """A T-pose lowered to hanging arms, standing still."""
    rotations = torch.zeros(frames, 22, 4)
    rotations[..., 3] = 1
    for side, sign in (("left", -1), ("right", 1)):
        rotations[:, JOINT_INDEX[f"{side}_shoulder"]] = about_z(torch.full((frames,), sign * 1.3))
    translation = torch.tensor([0.0, height, 0.0]).expand(frames, 3)
    return Motion(rotations, translation)


def about_z(angle: torch.Tensor) -> torch.Tensor:
    zero = torch.zeros_like(angle)
    return torch.stack((zero, zero, torch.sin(angle / 2), torch.cos(angle / 2)), dim=-1)


def raising(side: str = "left", frames: int = 40, height: float = 1.3) -> Motion:
    """One arm goes up beside the head and comes down again."""
    motion = standing(frames)
    rotations = motion.rotations.clone()
    up = torch.sin(torch.linspace(0, torch.pi, frames)) * (1.3 + height) - 1.3
    rotations[:, JOINT_INDEX[f"{side}_shoulder"]] = about_z(up if side == "left" else -up)
    return motion.replace(rotations=rotations)


def gliding(turn: float = 0.0, speed: float = 1.0, frames: int = 40, fps: float = 20.0) -> Motion:
    """A body that moves along its heading while turning by ``turn`` radians in all."""
    motion = standing(frames)
    heading = torch.linspace(0, turn, frames)
    steps = torch.stack((torch.sin(heading), torch.zeros(frames), torch.cos(heading)), dim=-1) * speed / fps
    rotations = motion.rotations.clone()
    rotations[:, 0] = yaw_quaternion(heading)
    return motion.replace(rotations=rotations, translation=motion.translation + steps.cumsum(0), fps=fps)


def test_all_annotated_actions_have_templates():
    for segments in captions.segments().values():
        for segment in segments:
            assert action_words.templates(segment.action)
            assert segment.end - segment.start >= samples.MIN_SECONDS


# --- measurements ----------------------------------------------------------------------------------------------------


def test_facts_know_left_from_right():
    left = facts.measure(raising("left"))
    assert left.left_hand > 0.3 > 0 > left.right_hand
    turned = facts.measure(gliding(turn=torch.pi / 2))
    assert turned.turn == pytest.approx(90, abs=1) and turned.left > 0.5
    assert facts.measure(gliding(speed=1.5)).speed == pytest.approx(1.5, abs=0.1)
    assert facts.measure(gliding(speed=-1.0)).forward < -1.5


def test_part_texts_name_what_moves():
    texts = facts.part_texts(raising("right"), random.Random(0))[0]
    assert tuple(texts) == PART_NAMES
    assert any(word in texts["right_arm"] for word in ("raised", "up"))
    assert any(word in texts["left_arm"] for word in ("hangs", "down"))
    assert "left" in facts.part_texts(gliding(turn=2.0), random.Random(0))[0]["root"]


def test_still_stretches_find_standing_only():
    quiet = standing(60)
    assert facts.still_stretches(quiet) and not facts.still_stretches(gliding(frames=60))
    assert not facts.still_stretches(raising("left", frames=60))


def sideways(speed: float, frames: int = 80) -> Motion:
    """A body that glides to its left without turning."""
    motion = standing(frames)
    path = torch.arange(frames)[:, None] * torch.tensor([speed / 20, 0.0, 0.0])
    return motion.replace(translation=motion.translation + path)


@pytest.mark.parametrize(
    ("motion", "actions"),
    [
        (sideways(0.5), {"walk_sideways_left"}),
        (sideways(-0.5), {"walk_sideways_right"}),
        (gliding(speed=-1.0, frames=80), {"walk_backward"}),
        (gliding(turn=1.6, speed=1.0, frames=80), {"walk_turn_left"}),
        (gliding(turn=-1.4, speed=2.8, frames=80), {"run_turn_right"}),
        (gliding(turn=5.6, speed=1.0, frames=180), {"walk_circle"}),
        (gliding(turn=6.0, speed=0.05, frames=60), {"pirouette"}),
        (gliding(speed=1.0, frames=80), set()),
        (standing(120), set()),
    ],
)
def test_locomotion_events_are_named_by_their_path(motion, actions):
    named = {event.action for event in find_locomotion_events(motion)}
    assert actions <= named if actions else not named
    mirrored = {event.action for event in find_locomotion_events(motion.mirrored())}
    assert mirrored == {mirror_text(name.replace("_", " ")).replace(" ", "_") for name in named}


def test_locomotion_events_of_one_action_do_not_overlap():
    found = [event for event in find_locomotion_events(sideways(0.5, 400)) if event.action == "walk_sideways_left"]
    assert 1 < len(found) <= MAX_PER_CLIP
    ordered = sorted(found, key=lambda event: event.start)
    assert all(first.end <= second.start for first, second in zip(ordered, ordered[1:], strict=False))


@pytest.mark.parametrize(
    ("content", "style", "motion", "action"),
    [
        ("raise-up-left-hand", "active", raising("left"), "raise_left_hand"),
        ("raise-up-left-hand", "feminine", raising("left", height=0.0), "raise_left_hand_low"),
        ("walk-turn-left", "normal", gliding(1.5), "walk_turn_left"),
        ("run", "exhausted", gliding(speed=1.4), "jog_slow"),
        ("run", "active", gliding(speed=3.6), "sprint"),
    ],
)
def test_bandai_labels_agree_with_the_motion(content, style, motion, action):
    clip = Clip("bandai/x", motion, "bandai", labels={"content": content, "style": style})
    assert captions.bandai_label(clip, facts.measure(motion)).action == action


@pytest.mark.parametrize(
    ("description", "motion", "action"),
    [
        ("walk", gliding(), "walk"),
        ("walk", gliding(turn=1.6, frames=60), "walk_turn_left"),
        ("walk, 90-degree right turn", gliding(turn=-1.6, frames=60), "walk_turn_right"),
        ("run/jog", gliding(speed=2.5), "run"),
        ("walk", gliding(speed=-1.0), "walk_backward"),
        ("soccer - kick ball", gliding(), "kick_ball_right"),
        ("chicken (human subject)", standing(), "animal_chicken"),
    ],
)
def test_cmu_labels_agree_with_the_motion(description, motion, action):
    clip = Clip("cmu/x", motion, "cmu", subject="07", labels={"description": description})
    assert captions.cmu_label(clip, facts.measure(motion)).action == action


def test_a_line_about_several_actions_gives_no_label():
    said = {"description": "jumping jacks, side twists, bend over, squats"}
    clip = Clip("cmu/x", standing(), "cmu", subject="13", labels=said)
    assert captions.cmu_label(clip, facts.measure(clip.motion)) is None


# --- stitching -------------------------------------------------------------------------------------------------------


@given(st.floats(-3, 3), st.floats(-3, 3), st.integers(4, 12))
@settings(max_examples=20, deadline=None)
def test_stitched_motions_go_on_without_a_jump(first_turn, second_turn, blend):
    first, second = gliding(first_turn), gliding(second_turn).moved(1.0, torch.tensor([5.0, -3.0]))
    whole = stitch([first, second], blend_frames=blend)
    assert whole.num_frames == first.num_frames + second.num_frames - blend
    steps = (whole.translation[1:] - whole.translation[:-1]).norm(dim=-1)
    assert steps.max() < 2.0 / 20
    turns = (whole.heading()[1:] - whole.heading()[:-1] + torch.pi) % (2 * torch.pi) - torch.pi
    assert turns.abs().max() < 0.35
    # outside the fade nothing changes but place and heading
    torch.testing.assert_close(whole.crop(0, 20).to_d135(), first.crop(0, 20).to_d135(), atol=1e-5, rtol=0)
    torch.testing.assert_close(
        whole.crop(whole.num_frames - 20, whole.num_frames).to_d135()[1:, 6:], second.crop(20, 40).to_d135()[1:, 6:],
        atol=1e-4, rtol=0,
    )  # fmt: skip


def test_stitching_one_motion_changes_nothing():
    motion = raising()
    assert stitch([motion]) is motion


def test_stitching_says_what_is_wrong():
    with pytest.raises(MotionError, match="nothing to stitch"):
        stitch([])
    with pytest.raises(MotionError, match="resample"):
        stitch([gliding(), gliding(fps=30.0)])
    with pytest.raises(MotionError, match="too short"):
        stitch([gliding(), gliding(frames=10)])


def test_trimming_finds_the_matching_pose():
    # the arm of the first is still up at its end, the second starts up: cutting brings both near
    first, second = raising("left", 60).crop(0, 40), raising("left", 60).crop(20, 60)
    start, end, gap = trim_to_match(first, second)
    assert start.num_frames + end.num_frames < first.num_frames + second.num_frames
    assert gap < 0.05
    _, _, far = trim_to_match(raising("left", 60).crop(0, 32), standing(40))
    assert far > gap


# --- whole cache from small folders ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    """Data folders in the real layout with a few made-up clips."""
    folder = tmp_path_factory.mktemp("data")
    write_source(
        folder / "bandai",
        [
            {"id": f"dataset-2_{content}_{style}_{take:03}", "dataset": 2, "content": content, "style": style,
             "motion": swaying(motion, take)}
            for take in range(4)
            for content, style, motion in (
                ("raise-up-left-hand", "active", raising("left", 60)),
                ("raise-up-right-hand", "elderly", raising("right", 60)),
                ("walk", "normal", gliding(frames=90)),
            )
        ]
        + [{"id": "dataset-1_run_normal_001", "dataset": 1, "content": "run", "style": "normal",
            "motion": gliding(frames=20)}],
        tpose_offsets_m=CANONICAL_SKELETON.offsets.numpy().astype(np.float64),
    )  # fmt: skip
    cmu = {"cmu_subject": "walk", "source": "test", "retarget_err_cm": 0.5, "min_foot_y_m": 0.0, "skeleton": "one"}
    write_source(
        folder / "cmu",
        [
            {"id": "07_01", "cmu_description": "walk", "motion": swaying(gliding(frames=90), 4), **cmu},
            {"id": "07_02", "cmu_description": "walk", "motion": swaying(gliding(frames=90, speed=1.2), 5), **cmu},
            {"id": "16_01", "cmu_description": "jump", "motion": swaying(standing(120, height=1.04), 6), **cmu},
        ],
    )
    bones = {"one": {"tpose22_offsets_m": CANONICAL_SKELETON.offsets.tolist(), "estimated": False}}
    (folder / "cmu" / "skeletons.json").write_text(json.dumps(bones))
    (folder / "captions").mkdir()
    segment = {"id": "1", "split": "test", "clip": "07_02", "start_s": 0.0, "end_s": 3.0, "have_motion": True,
               "captions": [{"text": "a  man walks to the left"}, {"text": "short", "sub_s": [0.0, 1.5]}]}  # fmt: skip
    (folder / "captions" / "humanml3d_cmu.jsonl").write_text(json.dumps(segment) + "\n")
    kit = {"id": "kit1", "clip": "16_01", "duration_s": 4.0, "have_motion": True, "captions": ["A human jumps."]}
    (folder / "captions" / "kitml_cmu.jsonl").write_text(json.dumps(kit) + "\n")
    with gzip.open(folder / "captions" / "humanml3d_all.jsonl.gz", "wt") as lines:
        lines.write(json.dumps({"captions": [{"text": "a person sits"}, {"text": "one\nline"}]}) + "\n")
    return folder


def swaying(motion: Motion, take: int) -> Motion:
    """The motion with a trunk that sways in the take's own way: equal takes would be one recording twice."""
    rotations = motion.rotations.clone()
    seconds = torch.arange(motion.num_frames) / 30
    rotations[:, JOINT_INDEX["spine1"]] = about_z(0.15 * torch.sin((2 + take) * seconds))
    return motion.replace(rotations=rotations)


@pytest.fixture(scope="module")
def dataset(data, tmp_path_factory) -> Path:
    """The data set built from them; every clip stays, since made-up people stand as no real one does."""
    out = tmp_path_factory.mktemp("dataset")
    options = ["--longest", "0", "--wordings", "0", "--keep-all", "--processes", "1"]
    assert main(["data", "build", str(data), "-o", str(out), *options]) == 0
    return out


def clips_of(dataset: Path) -> list[Clip]:
    return list(read_clips(dataset, fps=20.0))


@pytest.mark.slow
def test_clips_are_read_grounded_and_resampled(dataset):
    clips = clips_of(dataset)
    assert len(clips) == 15
    rejected = {row["id"]: row["reason"] for row in json.loads((dataset / "report.json").read_text())["rejected"]}
    assert rejected["bandai/dataset-1_run_normal_001"] == "lasts 0.67 s, less than 1 s"
    walk = next(clip for clip in clips if clip.id == "cmu/07_01")
    assert walk.motion.fps == 20 and walk.motion.num_frames == 60 and walk.labels == {"description": "walk"}
    for clip in clips:
        feet = clip.motion.joints()[:, [7, 8, 10, 11], 1].amin(dim=1)
        assert float(feet.quantile(0.05)) == pytest.approx(sources.FLOOR_CLEARANCE, abs=1e-4)


def test_a_climber_keeps_his_height():
    high = standing(height=2.0)
    assert sources.ground(high) is high


def test_a_first_frame_of_t_pose_is_dropped():
    motion = standing(60).replace(fps=30.0)
    rotations = motion.rotations.clone()
    rotations[0, 1:] = torch.tensor([0.0, 0.0, 0.0, 1.0])
    assert sources.starts_with_jump(motion.replace(rotations=rotations))
    assert not sources.starts_with_jump(motion) and not sources.starts_with_jump(gliding(speed=6.0, fps=30.0))


def test_splits_follow_humanml3d_and_keep_rare_actions_in_training(data):
    splits = {clip_id: read().split for clip_id, read in sources.clip_readers(data, ("cmu",)).items()}
    assert splits["cmu/07_02"] == "test"
    assert splits["cmu/16_01"] == "train"
    spread = [sources.hash_split(f"take {i}") for i in range(2000)]
    assert 0.87 < spread.count("train") / 2000 < 0.93 and spread.count("val") > 60 < spread.count("test")


def test_missing_data_is_one_line(tmp_path, dataset, capsys):
    with pytest.raises(FileNotFoundError, match="smpl22|clips.jsonl"):
        sources.clip_readers(tmp_path)
    assert prepare_data.main(["--data", str(tmp_path), "--out", str(tmp_path / "cache")]) == 2
    assert prepare_data.main(["--data", str(dataset), "--sources", "kit", "--out", str(tmp_path / "cache")]) == 2
    errors = [line for line in capsys.readouterr().err.splitlines() if "error: " in line]
    assert len(errors) == 2 and "no shards" in errors[0] and "no clips of kit" in errors[1]


@pytest.fixture(scope="module")
def cache(data, dataset, tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("cache")
    texts = ["--text-only", str(data / "captions" / "humanml3d_all.jsonl.gz")]
    assert prepare_data.main(["--data", str(dataset), "--out", str(out), *texts]) == 0
    return out


@pytest.mark.slow
def test_the_cache_holds_every_clip_twice(cache, dataset):
    clips = {clip.id: clip for clip in clips_of(dataset)}
    total = 0
    for split in SPLITS:
        stored = MotionCache(cache, split)
        total += len(stored)
        for index, row in enumerate(stored.rows):
            motion = clips[row["id"]].motion
            expected = (motion.mirrored() if row["mirrored"] else motion).to_d135()
            torch.testing.assert_close(stored[index], expected, atol=1e-6, rtol=0)
    assert total == 2 * len(clips)


def test_samples_carry_true_sides_and_whole_weights(cache):
    stored = MotionCache(cache, "train_samples")
    kinds = {row["kind"] for row in stored.rows}
    assert {"clip", "speed", "repeat", "sequence"} <= kinds
    for index, row in enumerate(stored.rows):
        assert sum(caption["weight"] for caption in row["captions"]) == pytest.approx(1, abs=1e-2)
        assert 20 <= row["frames"] <= 200 and stored[index].shape == (row["frames"], 135)
        assert all(tuple(sorted(parts)) == tuple(sorted(PART_NAMES)) for parts in row["parts"])
        if row["action"] in ("raise_left_hand", "raise_right_hand"):
            side = row["action"].split("_")[1]
            measured = facts.measure(Motion.from_d135(stored[index]))
            assert (measured.left_hand > measured.right_hand) == (side == "left")
            said = [caption["text"].lower() for caption in row["captions"] if "side" not in caption["text"]]
            assert all(side in text for text in said)
    weights = [row["weight"] for row in stored.rows]
    assert sum(weights) / len(weights) == pytest.approx(1, abs=1e-3)


def test_people_s_captions_reach_the_samples(cache):
    rows = MotionCache(cache, "test_samples").rows
    texts = {caption["text"]: row for row in rows for caption in row["captions"] if caption["kind"] == "humanml3d"}
    assert not texts["a man walks to the left"]["mirrored"] and texts["a man walks to the right"]["mirrored"]
    assert texts["short"]["frames"] == 30
    assert {row["kind"] for row in rows} <= {"clip", "window", "captioned", "segment", "still", "locomotion_event"}


def test_text_only_is_one_caption_a_line(cache):
    assert (cache / "text_only.txt").read_text().splitlines() == ["a person sits", "one line"]


def test_the_same_seed_writes_the_same_samples(dataset, tmp_path):
    prepare_data.main(["--data", str(dataset), "--out", str(tmp_path), "--sources", "cmu"])
    prepare_data.main(["--data", str(dataset), "--out", str(tmp_path / "again"), "--sources", "cmu"])
    first, second = (folder / "train_samples.jsonl" for folder in (tmp_path, tmp_path / "again"))
    assert first.read_text() == second.read_text()
    assert {row["source"] for row in MotionCache(tmp_path, "train_samples").rows} == {"cmu"}


def test_a_missing_cache_says_how_to_make_it(tmp_path):
    with pytest.raises(FileNotFoundError, match="prepare_data"):
        MotionCache(tmp_path, "train")


def test_cache_round_trip(tmp_path):
    writer = CacheWriter(tmp_path, "train")
    first, second = torch.randn(7, 135), torch.randn(4, 135)
    writer.add(first, id="a")
    writer.add(second, id="b")
    assert writer.save() == 11
    stored = MotionCache(tmp_path, "train")
    assert len(stored) == 2 and torch.equal(stored[1], second) and stored.rows[0] == {"id": "a", "frames": 7}


def test_standing_is_held_without_a_jump():
    swaying = standing(30)
    sway = 0.01 * torch.sin(torch.arange(30) / 7)[:, None] * torch.tensor([1.0, 0.0, 0.0])
    swaying = swaying.replace(translation=swaying.translation + sway)
    still = samples.TrainingSample("a", "cmu", "train", "still", swaying, captions.Labelled("stand_still"))
    for sample in sequences.held([still], 5, random.Random(0)):
        steps = sample.motion.translation.diff(dim=0).abs()
        assert 2.4 < sample.motion.seconds < 8.1 and steps.max() <= sway.diff(dim=0).abs().max() + 1e-6


def test_a_turn_is_approached_at_its_own_gait():
    recorded = [
        samples.TrainingSample(f"{action}{i}", "cmu", "train", "clip", motion, captions.Labelled(action))
        for i in range(3)
        for action, motion in (
            ("run", gliding(speed=3.0, frames=60)),
            ("walk", gliding(speed=1.0, frames=60)),
            ("run_turn_left", gliding(turn=1.2, speed=3.0, frames=40)),
        )
    ]
    made = list(sequences.approaches(recorded, 6, random.Random(0)))
    assert made
    for sample in made:
        measured = facts.measure(sample.motion)
        assert sample.label.action == "run_turn_left" and sample.motion.seconds > 2.5
        assert measured.turn > 35 and measured.speed == pytest.approx(3.0, abs=0.2)


def test_the_id_of_a_stitched_sample_names_every_recording_in_it():
    """Whose licence holds for a sample is read off its id, and so is which recordings a share of the data has."""
    recorded = [
        samples.TrainingSample(id, id.partition("/")[0], "train", "clip", motion, captions.Labelled(action))
        for id, action, motion in (
            ("bandai/run", "run", gliding(speed=3.0, frames=60)),
            ("bandai/walk", "walk", gliding(speed=1.0, frames=60)),
            ("cmu/run_turn", "run_turn_left", gliding(turn=1.2, speed=3.0, frames=40)),
        )
    ]
    made = list(sequences.approaches(recorded, 3, random.Random(0)))
    assert made and all(recordings_of(sample.id) == {"bandai/run", "cmu/run_turn"} for sample in made)


def test_sequences_say_both_actions_in_order():
    recorded = [
        samples.TrainingSample(f"{action}{i}", "cmu", "train", "clip", motion, captions.Labelled(action))
        for i in range(3)
        for action, motion in (("raise_left_hand", raising("left")), ("raise_both_hands", standing()))
    ]
    made = list(sequences.sequences(recorded, 6, random.Random(0)))
    assert made
    for sample in made:
        assert sample.motion.seconds > 3
        first_left = sample.id.startswith("raise_left")
        for caption in sample.texts:
            assert ("left" in caption.text.split(" both ")[0]) == first_left or "both" not in caption.text


@pytest.mark.parametrize("file", ["train.safetensors", "train.jsonl"])
@pytest.mark.parametrize("share", [0.0, 0.5, 0.95])
def test_a_cut_cache_is_one_line(tmp_path, file, share):
    writer = CacheWriter(tmp_path, "train")
    for _ in range(3):
        writer.add(torch.zeros(5, 135), id="a")
    writer.save()
    whole = (tmp_path / file).read_bytes()
    (tmp_path / file).write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(ValueError, match="train[.]") as raised:
        MotionCache(tmp_path, "train")
    assert str(tmp_path) in str(raised.value) and "\n" not in str(raised.value)


@pytest.mark.parametrize(
    "content",
    [
        b"no gzip",
        gzip.compress(b"[1]\n", mtime=0),
        gzip.compress(b"{}\n", mtime=0),
        gzip.compress(b"{}\n", mtime=0)[:-5],
        b"pipe",
    ],
)
def test_captions_of_another_kind_are_one_line(tmp_path, content):
    path = tmp_path / "captions.gz"
    if content == b"pipe":
        os.mkfifo(path)
    else:
        path.write_bytes(content)
    with pytest.raises(ValueError, match="captions.gz") as raised:
        write_text_only(path, tmp_path / "out")
    assert "\n" not in str(raised.value)
