"""From a folder of scores to motions with captions; the scores are on the empty floor, which needs no recordings."""

import csv

import pytest

from being_m0_hf.choreography.bases import Bases
from being_m0_hf.choreography.library import load, load_library
from being_m0_hf.choreography.performances import performances
from being_m0_hf.choreography.write import write_library
from being_m0_hf.io import load_motion
from being_m0_hf.motion import MotionError

PLANK = """
text: a person lifts the right hand in a plank
base: floor
seconds: 2.5
body: [{t: 0, pose: plank}, {t: 1.2, pose: plank, right_hand: {by: [0, 0.3, 0.2]}, hold: 0.8}]
wordings: ["(he|she) lifts the right hand in a plank", "right hand up"]
parts: {right_arm: [lifts its hand]}
expect: [{point: right_wrist, height: [0.25, 0.7], seconds: 0.5}]
"""


@pytest.fixture
def scores(tmp_path):
    folder = tmp_path / "scores"
    folder.mkdir()
    (folder / "plank.yaml").write_text(PLANK)
    (folder / "wrong.yaml").write_text(PLANK.replace("[0.25, 0.7]", "[1.5, 1.7]"))
    return folder


def test_performances_come_with_their_mirror_images(scores, tmp_path):
    score = load(scores / "plank.yaml")
    first, mirror, *rest = performances(score, Bases(tmp_path), range(2))
    assert len(rest) == 2 and mirror.mirrored and mirror.id == f"{first.id}+mirror"
    assert first.parts == {"right_arm": ("lifts its hand",)} and mirror.parts == {"left_arm": ("lifts its hand",)}
    assert "a person lifts the left hand in a plank" in mirror.texts and len(set(first.texts)) == len(first.texts)
    assert first.motion.mirrored().translation.equal(mirror.motion.translation)
    again = next(performances(score, Bases(tmp_path), [0]))
    assert again.texts == first.texts and again.motion.rotations.equal(first.motion.rotations)


def test_what_does_not_hold_is_refused_with_its_reason(scores, tmp_path):
    score = load(scores / "wrong.yaml")
    assert list(performances(score, Bases(tmp_path), range(2))) == []
    kept = list(performances(score, Bases(tmp_path), range(2), keep_refused=True))
    assert len(kept) == 2 and "right_wrist height" in kept[0].refused[0]


def test_a_library_is_written_once(scores, tmp_path):
    output, sheets = tmp_path / "written", tmp_path / "sheets"
    report = write_library(tmp_path, output, scores, [], 2, sheets)
    assert (report.passed, report.refused, report.refused_all) == (2, 2, ["wrong"])
    assert any("refused: right_wrist height" in line for line in report.lines())
    assert len(list(sheets.glob("*.png"))) == 1
    with open(output / "captions.csv", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    names = {row["file"] for row in rows}
    assert len(names) == 4 and {row["part"] for row in rows} == {"", "right_arm", "left_arm"}
    assert all(load_motion(output / name).num_frames >= 40 for name in names)
    written = {name: (output / name).stat().st_mtime_ns for name in names}
    write_library(tmp_path, output, scores, [], 2)
    assert {name: (output / name).stat().st_mtime_ns for name in names} == written


def test_a_name_that_there_is_not(scores, tmp_path):
    with pytest.raises(MotionError, match="did you mean 'plank'"):
        load_library(scores, ["plnk"])
    with pytest.raises(MotionError, match="did you mean 'plank'"):
        write_library(tmp_path, tmp_path / "out", scores, ["plnk"])
    with pytest.raises(MotionError, match="holds no scores"):
        load_library(tmp_path / "nowhere")
