"""Actions found in sentences by rule."""

import pytest

from being_m0_hf.text.caption_actions import actions_in, verb_words


@pytest.mark.parametrize(
    ("sentence", "actions"),
    [
        ("a man walks backwards and lifts his left arm", ("walk back", "raise hand")),
        ("the person picks up the red ball and throws it", ("pick up ball", "throw")),
        ("he walks in a circle clockwise", ("walk circle",)),
        ("someone strolls forward, then jogs", ("walk", "run")),
        ("a man is doing a cartwheel", ("cartwheel",)),
        ("she takes two steps forward", ("step",)),
        ("a person does jumping jacks", ("jumping jacks",)),
        ("walking up the stairs", ("walk stairs",)),
        ("the man crouched, got up, then raised both hands", ("crouch", "get up", "raise hand")),
        ("a person with bent knees is standing in place", ("stand",)),
        ("A person WAVES with the right hand. The person waves.", ("wave",)),
        ("a woman plays the violin", ("play violin",)),
        ("he turns around and kicks his leg", ("turn around", "kick leg")),
        ("", ()),
        ("a red ball on the floor", ()),
    ],
)
def test_actions_of_sentences(sentence, actions):
    assert actions_in(sentence) == actions


def test_words_of_the_list_are_verbs_once():
    words = verb_words()
    assert len(set(words.forms.values())) > 100
    assert words.forms["ran"] == words.forms["jogging"] == words.forms["sprints"] == "run"
    assert words.forms["carried"] == "carry" and words.forms["clapped"] == "clap"
    assert not words.determiners & words.stops
