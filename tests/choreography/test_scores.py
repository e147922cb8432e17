"""Every score of the package can be read, has words for both sides, and says what must hold."""

import random

import pytest

from being_m0_hf.choreography.bases.recordings import base_pieces
from being_m0_hf.choreography.library import load, score_files
from being_m0_hf.choreography.score.score import BASES, parse_score
from being_m0_hf.choreography.score.wordings import drawn, drawn_parts, sentences
from being_m0_hf.motion import PART_NAMES, MotionError
from being_m0_hf.text.mirror import mirror_text

FILES = score_files()


@pytest.mark.parametrize("name", FILES)
def test_a_score_of_the_package(name):
    score = load(FILES[name])
    assert len(score.wordings) >= 8
    said = {each for wording in score.wordings for each in sentences(wording, random.Random(0))}
    assert len(said) >= 8 and not any(mark in text for text in said for mark in "()|<>@")
    assert set(score.parts) <= set(PART_NAMES) and score.parts
    assert len(drawn(score, 0, 8)) == 8 and drawn(score, 0, 8) == drawn(score, 0, 8)
    assert set(drawn_parts(score, 3)) == set(score.parts)
    for text in said:
        assert mirror_text(mirror_text(text)).replace("anti-clockwise", "counterclockwise") == text


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("torse: {lean: [{t: 1, v: 3}]}", "unknown key 'torse'; did you mean 'torso'?"),
        ("right_hand: [{t: 1, at: browe}]", "did you mean 'brow'?"),
        ("right_hand: [{t: 1, at: brow, fingers: upp}]", "did you mean 'up'?"),
        ("right_hand: [{t: 2, at: brow}, {t: 1, at: rest}]", "put the keys in order of time"),
        ("contacts: [{t: 1, point: right_palm}]", "'on' is missing"),
        ("parts: {right_arms: [x]}", "did you mean 'right_arm'?"),
        ("base: floor", "base floor needs 'body'"),
        ("base: sit_floor", "unknown 'sit_floor'"),
        ("recording: [cmu/07_05, soon]", "recording: expected [name, first frame, last frame]"),
        ("recording: [cmu/07_05, 60, 20]", "recording: expected [name, first frame, last frame]"),
        ("vary: {tempo: [0, 0]}", "vary, tempo is [0, 0], expected numbers from 0.2 to 5"),
        ("hop: [{t: 1, times: 1000000000}]", "times is 1e+09, expected 1 to 100"),
        ("hop: [{t: 1, height: -1}]", "height is -1, expected"),
        ("right_hand: [{t: 1, at: brow, osc: {hz: 0}}]", "hz is 0, expected"),
        ("steps: [{t: 1, to: [0, 1], stride: 0}]", "stride is 0, expected"),
        ("contacts: [{t: 1, point: right_palm, on: left_palm, times: 1000000}]", "times is 1e+06, expected"),
        ("seconds: 3", "'seconds' is given twice"),
        ("head: {lean: [{t: soon}]}", "expected a number, got 'soon'"),
    ],
)
def test_a_mistake_is_named_in_one_line(change, message):
    with pytest.raises(MotionError) as error:
        parse_score(f"text: a person waves\nseconds: 3\n{change}\n", "wave.yaml", "wave")
    assert message in str(error.value) and "\n" not in str(error.value) and "wave.yaml" in str(error.value)


def test_on_and_off_are_words():
    score = parse_score(
        "text: x\nseconds: 3\ncontacts: [{t: 1, point: right_palm, on: left_palm}]\nmirror: false", "x.yaml", "x"
    )
    assert score.contacts[0].on == "left_palm" and score.mirror is False


def test_an_operator_that_there_is_not(tmp_path):
    path = tmp_path / "limp.yaml"
    path.write_text("text: x\nbase: walk\noperators: [{limb: {}}]\n")
    with pytest.raises(MotionError, match="did you mean 'limp'"):
        load(path)
    path.write_text("text: x\nbase: walk\noperators: [{limp: {side: left, dipp: 1}}]\n")
    with pytest.raises(MotionError, match="has no 'dipp'; did you mean 'dip'"):
        load(path)
    for arguments in ("tempo: {factor: 0}", "tempo: {factor: fast}", "limp: {dip: [1]}", "limp: {side: 3}"):
        path.write_text(f"text: x\nbase: walk\noperators: [{{{arguments}}}]\n")
        with pytest.raises(MotionError, match="limp.yaml, operator (tempo|limp), (factor|dip|side)"):
            load(path)


def test_every_base_has_recordings_to_perform_on():
    assert set(base_pieces()) == set(BASES) - {"floor"}
