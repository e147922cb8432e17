"""What the page takes from outside."""

import math

import pytest

from being_m0_hf.demo.requests import HIGHEST_SEED, checked_request
from being_m0_hf.motion import PART_NAMES


def test_texts_are_trimmed_and_empty_parts_dropped():
    request = checked_request(" a person\n walks ", 2, 3.0, {"right_leg": "  ", "left_arm": " waves ", "root": None})
    assert (request.text, request.seconds, request.seed) == ("a person walks", 2.0, 3)
    assert request.parts == {"left_arm": "waves"}
    assert request.sentence == "a person walks, the left arm waves"


def test_parts_alone_are_a_request():
    assert checked_request("", 2, 3, {"left_arm": "waves"}).sentence == "the left arm waves"


@pytest.mark.parametrize("seconds", [math.nan, math.inf, -1, 0.99, 10.01, "4", [4], 4j])
def test_other_lengths_are_refused(seconds):
    with pytest.raises(ValueError, match="seconds is .*, expected a number from 1 to 10"):
        checked_request("a person walks", seconds, 0, {})


def test_a_request_without_a_length_is_as_long_as_it_takes():
    assert checked_request("a person walks", None, 3, {}).seconds is None


@pytest.mark.parametrize("seed", [math.nan, math.inf, -1, 1.5, HIGHEST_SEED + 1, "1", None, False])
def test_other_seeds_are_refused(seed):
    with pytest.raises(ValueError, match="seed is .*, expected a whole number from 0 to 4294967295"):
        checked_request("a person walks", 4, seed, {})


@pytest.mark.parametrize("parts", [{}, {"torso": ""}, dict.fromkeys(PART_NAMES)])
def test_nothing_said_is_refused(parts):
    with pytest.raises(ValueError, match="Say what the person does"):
        checked_request("", 4, 0, parts)


def test_half_a_character_is_refused():
    with pytest.raises(ValueError, match="half a character"):
        checked_request("a person \ud800 walks", 4, 0, {})
