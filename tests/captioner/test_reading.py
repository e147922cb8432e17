"""Sentences are read back into claims, and judged on bodies whose movement is known."""

import pytest
from moving_body import KNOWN, RAISE_LEFT, TURN_LEFT

from being_m0_hf.captioner import caption
from being_m0_hf.captioner.reading import judge, read_claims, supported
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
