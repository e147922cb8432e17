"""Where a sentence is cut into actions, and where it isn't."""

import pytest

from being_m0_hf.understanding.facts import STANDS_STILL, split_at_and, split_clauses


@pytest.mark.parametrize(
    "text",
    [
        "a person walks forward slowly and then stops",
        "runs, then comes to a halt",
        "walks forward, then stands still",
        "a man jogs and then pauses",
        "she walks a few steps, then stops abruptly",
        "marches, then halts",
        "a woman dances, then stops dancing",
        "walks backwards before stopping",
        "after running, he stops",
        "the man walks and then stops in place",
        "skips along, then comes to a sudden stop",
    ],
)
def test_to_stop_after_something_is_to_stand_still(text):
    assert split_clauses(text)[0][1:] == [STANDS_STILL]


@pytest.mark.parametrize(
    "text",
    [
        "stop",
        "walks, then stops a taxi",
        "walks and then stops the car with his hand",
        "runs then stops to tie his shoe",
        "walks forward and then gestures stop",
        "stop right there, hand out",
        "he pauses the video, then sits down",
        "sits down, then pauses the music",
        "stops, then walks on",
        "walks, then holds up the hand to stop somebody",
    ],
)
def test_another_stop_is_read_as_it_is_said(text):
    assert STANDS_STILL not in split_clauses(text)[0]


def test_an_and_joins_a_stop_as_a_then_does():
    assert split_at_and("walks forward and pauses for a moment") == ["walks forward", STANDS_STILL]
    assert split_at_and("claps and bows") == ["claps", "bows"]
