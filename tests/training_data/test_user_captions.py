"""What a user's captions say reaches the training samples: of parts, of ranges, and no labels of ours."""

import random
from collections import Counter
from pathlib import Path

import pytest

from being_m0_hf.cli.main import main
from being_m0_hf.io import save_motion
from being_m0_hf.motion import PART_NAMES, MotionError
from being_m0_hf.motionlib.clips import read_clips
from being_m0_hf.motionlib.schema import Clip, TimedCaption, clip_to_row, row_to_clip
from being_m0_hf.motionlib.sources.layouts import open_source
from being_m0_hf.motionlib.sources.source import SourceOptions
from being_m0_hf.trainers import sample_cache
from being_m0_hf.training_data.action_labels import Labelled
from being_m0_hf.training_data.cutting import captioned_ranges, clip_samples
from being_m0_hf.training_data.feature_cache import MotionCache
from being_m0_hf.training_data.samples import TrainingSample, mirrored, part_wordings, with_texts
from being_m0_hf.training_data.sequences import held

POLISHES = "the left hand polishes a shoe"


def training_rows(folder: Path, captions: str, make_motion, frames: int = 120, *options: str) -> list[dict]:
    """Rows of the cache made of one recording, `walk.npz` in `folder`, with this captions file."""
    folder.mkdir()
    save_motion(make_motion(frames, fps=20.0), folder / "walk.npz")
    (folder.parent / "captions.csv").write_text(captions)
    options = ["--captions", str(folder.parent / "captions.csv"), "--processes", "1", "--keep-all", *options]
    assert main(["data", "build", str(folder), "-o", str(folder.parent / "set"), *options]) == 0
    assert sample_cache.main(["--data", str(folder.parent / "set"), "--out", str(folder.parent / "cache")]) == 0
    return MotionCache(folder.parent / "cache", "train_samples").rows


def texts_of(row: dict, part: str) -> set[str]:
    return {parts[part] for parts in row["parts"]}


def test_part_captions_reach_training_and_its_mirrored_copies(tmp_path, make_motion):
    captions = f"file,text,part,split\nwalk,someone tidies up,,train\nwalk,{POLISHES},left arm,\n"
    plain, mirror = training_rows(tmp_path / "takes", captions, make_motion, 120, "--wordings", "0")
    assert texts_of(plain, "left_arm") == {POLISHES} and POLISHES not in texts_of(plain, "right_arm")
    assert mirror["mirrored"] and texts_of(mirror, "right_arm") == {"the right hand polishes a shoe"}
    assert all(tuple(parts) == PART_NAMES and all(parts.values()) for parts in plain["parts"])


def test_people_s_words_are_heard_as_often_as_the_captioner_s(tmp_path, make_motion):
    captions = f"file,text,part,split\nwalk,someone tidies up,,train\nwalk,{POLISHES},left arm,\n"
    row = training_rows(tmp_path / "takes", captions, make_motion)[0]
    (clip,) = read_clips(tmp_path / "set")
    said = Counter(parts["left_arm"] for parts in row["parts"])
    assert said[POLISHES] == len(row["parts"]) / 2 and set(said) == set(clip.parts["left_arm"])
    assert clip.part_origin["left_arm"][0] == "captions.csv" and set(clip.part_origin["left_arm"][1:]) == {"rules"}
    assert set(clip.parts["torso"]) <= texts_of(row, "torso")
    weights = {caption["text"]: caption["weight"] for caption in row["captions"]}
    assert weights["someone tidies up"] == 0.5 and set(weights) == set(clip.body)


def test_a_part_s_caption_with_times_belongs_to_what_shows_it(tmp_path, make_motion):
    captions = (
        "file,text,start,end,part,split\nwalk,he sits,0,2,,train\nwalk,he gets up,4,6,,\n"
        f"walk,{POLISHES},0.5,2.5,left arm,\n"
    )
    rows = training_rows(tmp_path / "takes", captions, make_motion, 120, "--wordings", "0")
    found = {row["captions"][0]["text"]: texts_of(row, "left_arm") for row in rows if not row["mirrored"]}
    assert found["he sits"] == {POLISHES} and POLISHES not in found["he gets up"]


def test_cut_recordings_keep_part_captions_where_they_are_true(tmp_path, make_motion):
    captions = f"file,text,start,end,part,split\nwalk,it all sways,,,torso,train\nwalk,{POLISHES},1,2,left arm,\n"
    training_rows(tmp_path / "takes", captions, make_motion, 500)
    clips = sorted(read_clips(tmp_path / "set"), key=lambda clip: clip.origin_start)
    assert len(clips) > 2 and not any("it all sways" in clip.parts["torso"] for clip in clips)
    assert [bool(clip.timed) for clip in clips] == [True] + [False] * (len(clips) - 1)
    first, second = (next(clip_samples(clip)) for clip in clips[:2])
    assert first.said_parts["left_arm"][-1] == (POLISHES, "captions.csv")
    assert (POLISHES, "captions.csv") not in second.said_parts["left_arm"]


def test_what_is_made_of_a_sample_is_not_what_was_said_of_it(make_motion):
    said = {"left_arm": ((POLISHES, "captions.csv"),)}
    sample = TrainingSample("a", "cmu", "train", "still", make_motion(40), Labelled("stand_still"), said_parts=said)
    (longer,) = held([sample], 1, random.Random(0))
    assert all(parts["left_arm"] != POLISHES for parts in with_texts(longer, random.Random(0)).parts)
    other_side = mirrored(sample)
    assert other_side.said_parts == {"right_arm": (("the right hand polishes a shoe", "captions.csv"),)}


def test_captioner_s_words_stand_beside_measured_ones_where_people_are_silent():
    measured = [dict.fromkeys(PART_NAMES, text) for text in ("it moves", "it goes")]
    found = part_wordings(measured, {"root": (("The body walks.", "rules"),)})
    assert [parts["root"] for parts in found] == ["it moves", "it goes", "The body walks."]
    assert [parts["torso"] for parts in found] == ["it moves", "it goes", "it moves"]


@pytest.mark.parametrize("name", ["takes", "cmu", "bandai"])
def test_a_user_s_clips_are_not_taken_for_those_that_we_know(name, tmp_path, make_motion):
    captions = "file,text,subject,split\nwalk,a robot looks around,94,train\n"
    rows = training_rows(tmp_path / name, captions, make_motion, 120, "--wordings", "0")
    assert {row["captions"][0]["text"] for row in rows} == {"a robot looks around"}
    assert all(row["action"] == "" and len(row["captions"]) == 1 for row in rows)


def test_labels_of_other_sources_are_not_read(make_motion):
    labels = {"description": "jump", "content": "walk", "style": "old"}
    clip = Clip("x/94_01", make_motion(60), "mine", subject="94", labels=labels).with_body(["it is mine"], "me")
    (sample,) = clip_samples(clip)
    assert sample.label is None and sample.said == (("it is mine", "me"),)


def test_rules_speak_of_known_sources_only_where_nobody_else_does(make_motion):
    clip = Clip("a", make_motion(40), "cmu", origin_start=1.0).with_body(["it sways"], "rules")
    (found,) = captioned_ranges(clip)
    assert found.said == (("it sways", "rules"),) and (found.start, found.end) == (0.0, 2.0)
    assert captioned_ranges(clip.replace(labels={"description": "walk"})) == []
    (found,) = captioned_ranges(clip.replace(timed=(TimedCaption("a dance", 0.0, 1.5, "kit"),)))
    assert found.said == (("a dance", "kit"),)


def test_the_names_of_known_sources_are_not_given_away(tmp_path):
    with pytest.raises(MotionError, match="--name cmu is kept for .*; give another name"):
        open_source(SourceOptions(str(tmp_path), name="cmu"))


def test_rows_of_older_data_sets_are_read(make_motion):
    clip = Clip("a", make_motion(40), parts={"torso": ("it leans",)}, timed=(TimedCaption("it sways", 0.0, 1.0),))
    row = clip_to_row(clip)
    del row["part_origin"], row["timed"][0]["part"]
    (sample,) = clip_samples(row_to_clip(row).replace(body=("it sways",), body_origin=("me",), timed=()))
    assert sample.said_parts == {"torso": (("it leans", "rules"),)}
    assert row_to_clip(row).timed == clip.timed
