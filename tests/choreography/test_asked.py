"""Whether a motion is the written action that a sentence asks for, on its side."""

import pytest
import torch

from being_m0_hf.choreography.checked import load_pipeline
from being_m0_hf.choreography.judge.asked import ScoreChecker
from being_m0_hf.choreography.judge.counts import repetitions, swings
from being_m0_hf.choreography.library import load, score_files
from being_m0_hf.choreography.score.places import POINTS
from being_m0_hf.motion import JOINT_INDEX, Motion
from being_m0_hf.pipelines.action_checks import CountingCheck
from being_m0_hf.understanding import KnownAction, Reader

SCORE = """\
text: a person raises the right hand
seconds: 3
right_hand: [{t: 1, at: brow}]
wordings: [a person raises a hand]
expect: [{point: right_wrist, above: head, by: 0.1, seconds: 0.5}]
"""


def raised(side: str, degrees: float = 80) -> Motion:
    """One arm up, for a second; the other as in the T-pose."""
    rotations = torch.zeros(20, 22, 4)
    rotations[..., 3] = 1
    half = torch.deg2rad(torch.tensor(degrees if side == "left" else -degrees)) / 2
    rotations[:, JOINT_INDEX[f"{side}_shoulder"]] = torch.stack((*torch.zeros(2), torch.sin(half), torch.cos(half)))
    return Motion(rotations, torch.tensor([0.0, 0.95, 0.0]).expand(20, 3))


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "raise_a_hand.yaml").write_text(SCORE, encoding="utf-8")
    (tmp_path / "broken.yaml").write_text("text: [", encoding="utf-8")
    (tmp_path / "no_facts.yaml").write_text(SCORE[: SCORE.index("expect")], encoding="utf-8")
    return tmp_path


def action(text: str, name: str = "raise_a_hand"):
    wordings = ("a person raises a hand", "a person raises the right hand", "a person raises the left hand")
    (found,) = Reader([KnownAction(name, wordings[0], wordings)])(text).actions
    return found


@pytest.mark.parametrize(
    "text, shown",
    [
        ("a person raises the right hand", ["right"]),
        ("a person raises the left hand", ["left"]),
        ("a person raises a hand", ["right", "left"]),
    ],
)
def test_the_side_that_is_said_counts_and_either_where_none_is(folder, text, shown):
    check = ScoreChecker(folder)(action(text))
    assert [side for side in ("right", "left") if not check(raised(side))] == shown
    (line,) = check(raised(shown[0], degrees=0))
    assert line.startswith("right_wrist above head for 0.0 of 0.5 s") and check(raised(shown[0], 0), by_far=True)


def test_what_is_nearly_there_is_not_missed_by_far(folder):
    check = ScoreChecker(folder)(action("a person raises a hand"))
    nearly = next(each for degrees in range(70, 0, -2) if check(each := raised("right", degrees)))
    assert check(nearly) and not check(nearly, by_far=True)


@pytest.mark.parametrize(
    ("asked", "metres", "lacks", "by_far"),
    [
        ("0.8, 1.5", 1.2, 0, 0),
        ("0.8, 1.5", 0.6, 1, 0),
        ("0.8, 1.5", 0.3, 1, 1),
        ("0.8, 1.5", 4.0, 1, 0),  # more of it is no doubt
        ("0, 0.5", 0.7, 1, 0),
        ("0, 0.5", 4.0, 1, 1),  # but on the spot is on the spot
    ],
)
def test_how_far_somebody_goes(tmp_path, asked, metres, lacks, by_far):
    score = SCORE[: SCORE.index("expect")] + f"expect: [{{travel: [{asked}]}}]\n"
    (tmp_path / "raise_a_hand.yaml").write_text(score, encoding="utf-8")
    check = ScoreChecker(tmp_path)(action("a person raises a hand"))
    still = raised("right")
    goes = still.replace(translation=still.translation + torch.linspace(0, metres, 20)[:, None] * torch.eye(3)[2])
    assert (len(check(goes)), len(check(goes, by_far=True))) == (lacks, by_far)


def test_what_cannot_be_read_or_has_no_facts_is_not_measured(folder):
    checker = ScoreChecker(folder)
    for name in ("broken", "no_facts", "never_written"):
        assert checker(action("a person raises a hand", name)) is None
    assert ScoreChecker(folder / "nowhere")(action("a person raises a hand")) is None


@pytest.mark.parametrize("text", ["kick three times", "kick twice with the left leg", "touch your toes five times"])
def test_what_looks_the_same_as_a_written_action_is_counted_as_that(text):
    pipeline = load_pipeline()
    (asked,) = pipeline.understand(text).actions
    assert isinstance(pipeline.checker(asked), CountingCheck)
    motion = pipeline(text).mirrored() if "left" in text else pipeline(text)  # as the score is written
    assert len(pipeline.checker(asked).repetitions(motion)) == asked.facts.count or motion.doubt


def test_models_are_loaded_with_the_checks_of_the_packages_scores():
    pipeline = load_pipeline(written=False)
    (salute,) = pipeline.understand("a person salutes with the right hand").actions
    assert pipeline.checker(salute)(raised("right"))
    assert load_pipeline(written=False, checked=False).checker is None


def test_the_repetitions_of_a_motion_are_told_by_what_swings():
    files = score_files()
    for name, listed in swings().items():
        assert name in files
        for point, axis, size in listed:
            assert (
                point in POINTS
                and (axis in ("out", "up", "forward", "height") or axis.removeprefix("near ") in POINTS)
                and size > 0
            )
    up_and_down = [raised("right", 80 * abs(step % 20 - 10) / 10 - 40).rotations[0] for step in range(65)]
    motion = Motion(torch.stack(up_and_down), raised("right").translation[:1].expand(65, 3))
    assert repetitions(load(files["lateral_raises"]), motion) == [10, 30, 50]
    assert repetitions(load(files["thinker"]), motion) == []
