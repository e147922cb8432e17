"""Sentences are read back into claims, and judged on bodies whose movement is known."""

import pytest
from moving_body import KNOWN, RAISE_LEFT, TURN_LEFT

from being_m0_hf.captioner import Quantity, Statement, caption, caption_from_statements
from being_m0_hf.captioner.reading import contradiction, judge, read_claims, supported
from being_m0_hf.motion import PART_NAMES
from being_m0_hf.text.mirror import mirror_text


@pytest.mark.parametrize("name", sorted(KNOWN))
def test_what_the_captioner_says_is_read_and_holds(name: str):
    motion = KNOWN[name]
    told = caption(motion, seed=3)
    for part, text in [("", told.body[0]), *((part, told.parts[part][0]) for part in PART_NAMES)]:
        judged = judge(text, motion, part)
        assert judged and all(each.holds for each in judged), (text, judged)


@pytest.mark.parametrize(
    ("name", "text", "part"),
    [
        ("raise", "the left arm is lifted to shoulder height", "left_arm"),
        ("raise", "a person lifts the left hand", ""),
        ("turn", "someone turns to the left by a quarter turn", ""),
        ("turn", "The body turns left.", "root"),
        ("curve", "a person is walking forward in a curve to the left", ""),
        ("lift", "a person stands on the left leg", ""),
        ("wave", "a person waves with the right hand", ""),
    ],
)
def test_exchanged_sides_are_found(name: str, text: str, part: str):
    assert all(each.holds for each in judge(text, KNOWN[name], part))
    other = mirror_text(text)
    assert [each.swapped for each in judge(other, KNOWN[name], part)] == [True], other
    assert all(each.holds for each in judge(other, KNOWN[name].mirrored(), part.replace("left", "right")))


@pytest.mark.parametrize(
    ("name", "text", "part"),
    [
        ("stand", "a person is walking forward", ""),
        ("walk", "a person walks backward", ""),
        ("walk", "the body stays in place", "root"),
        ("walk", "the left leg stands still", "left_leg"),
        ("stand", "the right arm is lifted to shoulder height", "right_arm"),
        ("raise", "the left arm stays down", "left_arm"),
        ("squat", "a person squats three times", ""),
        ("lean", "the torso stays upright", "torso"),
        ("turn", "a person turns left by 200 degrees", ""),
    ],
)
def test_what_is_not_so_does_not_hold(name: str, text: str, part: str):
    judged = judge(text, KNOWN[name], part)
    assert judged and not any(each.holds for each in judged)
    statements = caption(KNOWN[name]).statements
    assert not any(supported(claim, statements, KNOWN[name].seconds) for claim in read_claims(text, part))


def test_measures_support_what_is_so():
    for motion, text, part in (
        (RAISE_LEFT, "the left arm is raised", "left_arm"),
        (TURN_LEFT, "a person turns left", ""),
        (KNOWN["walk"], "a woman is walking forward at a steady pace", ""),
        (KNOWN["stand"], "the right leg is straight and still", "right_leg"),
    ):
        statements = caption(motion).statements
        assert all(supported(claim, statements, motion.seconds) for claim in read_claims(text, part)), text


@pytest.mark.parametrize(
    "text",
    [
        "The left arm rises down",
        "the right arm is slowly raised down",
        "the left arm lowers overhead",
        "a person lifts their left hand down",
        "both arms go up until they hang",
        "the left arm goes up quickly down",
        "the body moves forward backward",
        "the right leg stays in place quickly",
        "the left arm hangs up",
        "the left arm straightens bent",
    ],
)
def test_a_verb_that_contradicts_its_direction_is_never_true(text: str):
    assert contradiction(text)
    part = "left_arm" if "left arm" in text else ""
    for motion in KNOWN.values():
        assert not all(each.holds for each in judge(text, motion, part))
        claims = read_claims(text, part)
        assert claims and not all(supported(claim, caption(motion).statements, motion.seconds) for claim in claims)


@pytest.mark.parametrize(
    "text",
    [
        "the left arm rises and sinks three times",
        "both arms rise overhead, and then sink until they hang",
        "a person raises the hands, then puts them down",
        "a person lies face down and gets up from lying down",
        "a person bends down and lifts something up",
        "the body goes down and up again",
        "a person sinks down on one knee, then stands up",
        "a person turns to the left and to the right",
    ],
)
def test_one_thing_after_the_other_is_no_contradiction(text: str):
    assert not contradiction(text)


def test_no_statement_is_worded_as_a_contradiction():
    """Whatever is measured: every kind of move of an arm or the body, whichever way it ends, in many wordings."""
    angle = (Quantity("angle", 90.0, "degrees"),)
    for kind in ("raise", "lower", "hold", "swing", "bend", "stretch"):
        for direction in ("", "up", "down", "forward", "backward", "side", "across"):
            for pace in ("", "slow", "fast"):
                one = Statement("left_arm", kind, 0.0, 1.0, direction=direction, pace=pace, quantities=angle)
                if (kind, direction) in (("raise", "down"), ("hold", "down")):
                    continue  # an arm that was raised does not hang
                told = caption_from_statements((one,), 4.0, wordings=12)
                assert not [text for text in (*told.body, *told.parts["left_arm"]) if contradiction(text)]


def test_an_arm_that_is_up_all_the_time_is_not_held_up_three_times_the_whole_time():
    held = [Statement("left_arm", "hold", start, start + 0.8, direction="up") for start in (0.0, 1.5, 3.0)]
    for statements in (held, [Statement("left_arm", "above", 0.0, 4.0), *held]):
        (text,) = set(caption_from_statements(tuple(statements), 4.0).parts["left_arm"])
        assert "whole time" not in text and "throughout" not in text
        assert ("three times" in text) == (statements == held) and " while " not in text


def test_later_clauses_are_about_the_same_limb():
    claims = read_claims("Both arms rise overhead, and then sink until they hang.")
    assert [claim.options[0].part for claim in claims] == ["left_arm", "right_arm"] * 2
    assert {claim.options[0].kind for claim in claims[2:]} == {"lower"}


def test_a_sidestep_has_a_side():
    (runs, steps) = read_claims("a person runs and sidesteps left")
    assert not runs.is_sided and steps.is_sided and steps.options[0].direction == "left"


def test_what_cannot_be_measured_claims_nothing():
    assert read_claims("a person is dancing like a monkey") == []
    with pytest.raises(ValueError, match="no body part 'tail'"):
        read_claims("the tail wags", "tail")
