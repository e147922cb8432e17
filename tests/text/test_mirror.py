"""Left becomes right in sentences and part texts, and back."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from being_m0_hf.text import action_words
from being_m0_hf.text import sentence_templates as templates
from being_m0_hf.text.mirror import mirror_parts, mirror_text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a person raises the left hand", "a person raises the right hand"),
        ("Left, then RIGHT.", "Right, then LEFT."),
        ("turns counter-clockwise to the left", "turns clockwise to the right"),
        ("walks clockwise", "walks counterclockwise"),
        ("leans leftwards, the rightmost foot up", "leans rightwards, the leftmost foot up"),
        ("a left-handed throw", "a right-handed throw"),
        ("stands upright under a bright light", "stands upright under a bright light"),
        ("stops right away and right in front of the chair", "stops right away and right in front of the chair"),
        ("makes a right angle, all right", "makes a right angle, all right"),
        ("the right before the left", "the left before the right"),
        ("moves with no energy left over", "moves with no energy left over"),
        ("he left the room to the left", "he left the room to the right"),
    ],
)
def test_mirrored_text(text, expected):
    assert mirror_text(text) == expected


WORDS = st.sampled_from(
    "left right Left RIGHT leftward rightwards clockwise counterclockwise upright away the his hand foot turns"
    " forward right-hand left-hand , . angle over".split()
)


@given(st.lists(WORDS, max_size=12).map(" ".join))
def test_mirroring_text_twice_gives_it_back(text):
    assert mirror_text(mirror_text(text)) == text


@given(st.sampled_from(sorted(action_words.actions())), st.integers(0, 10**6))
@settings(max_examples=60, deadline=None)
def test_mirrored_sentences_swap_exactly_the_sides(action, seed):
    text = templates.sentence(action, random.Random(seed))
    swapped = mirror_text(text)
    assert swapped.lower().count("left") == text.lower().count("right")
    assert mirror_text(swapped) == text


def test_mirrored_parts_change_arms_and_words():
    texts = {"left_arm": "the left arm is raised", "right_arm": "the right arm hangs", "root": "it turns right"}
    assert mirror_parts(texts) == {
        "right_arm": "the right arm is raised", "left_arm": "the left arm hangs", "root": "it turns left",
    }  # fmt: skip
