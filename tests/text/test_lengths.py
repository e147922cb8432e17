"""How long a sentence says that a motion lasts."""

import pytest

from being_m0_hf.text.lengths import seconds_said, without_length


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("a person walks for ten seconds", 10.0),
        ("waves for about 2.5 s", 2.5),
        ("for 3 secs, wave", 3.0),
        ("a 5-second jog", 5.0),
        ("stand still for half a second", 0.5),
        ("runs for two and a half seconds", 2.5),
        ("dance during half a minute", 30.0),
        ("jump for a second", 1.0),
        ("in 4 seconds: a person bows", 4.0),
        ("march 6 seconds and stop", 6.0),
        ("walks 4,5 seconds", 4.5),
    ],
)
def test_numbers_of_seconds_are_read(text, seconds):
    assert seconds_said(text) == seconds


@pytest.mark.parametrize(
    "text",
    [
        "a person walks", "waves briefly", "a second person waves", "bows a second time", "claps every two seconds",
        "after three seconds he sits", "ten steps", "5 jumps", "walks for 2 seconds, then runs for 3 seconds",
        "the 10 seater", "stands, and two seconds later sits",
    ],
)  # fmt: skip
def test_other_numbers_are_no_length(text):
    assert seconds_said(text) is None


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("a person waves for ten seconds", "a person waves"),
        ("for 3 secs, wave", ", wave"),
        ("waves for 2 s, then claps for about 3 seconds", "waves , then claps"),
        ("a second person waves", "a second person waves"),
    ],
)
def test_a_length_is_taken_out_of_a_sentence(text, rest):
    assert without_length(text) == rest
