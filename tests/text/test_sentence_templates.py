"""Sentences from templates: inflected, many, clean, on the right side, none of the held-out ones."""

import random

import pytest

from being_m0_hf.evaluation.checks.prompts import held_out_texts
from being_m0_hf.text import action_words
from being_m0_hf.text import sentence_templates as templates
from being_m0_hf.text.english import VerbForm, inflect, realise
from being_m0_hf.text.mirror import mirror_text


@pytest.mark.parametrize(
    ("verb", "third", "ing"),
    [
        ("put up", "puts up", "putting up"),
        ("raise", "raises", "raising"),
        ("reach", "reaches", "reaching"),
        ("carry", "carries", "carrying"),
        ("have", "has", "having"),
        ("jog", "jogs", "jogging"),
        ("do", "does", "doing"),
        ("sway", "sways", "swaying"),
    ],
)
def test_verbs_are_inflected(verb, third, ing):
    assert inflect(verb, VerbForm.THIRD) == third
    assert inflect(verb, VerbForm.ING) == ing
    assert inflect(verb, VerbForm.BASE) == verb


def test_templates_choose_alternatives_and_possessives():
    found = {realise("<lift|put up> @their (left|right) (arm|hand (high|up))", VerbForm.THIRD, "her", random.Random(i))
             for i in range(200)}  # fmt: skip
    assert "puts up her right hand high" in found and "lifts her left arm" in found
    assert len(found) == 2 * 2 * 3


@pytest.mark.parametrize("action", sorted(action_words.actions()))
def test_every_action_has_many_clean_sentences(action):
    found = templates.sentences(action, 60, random.Random(0))
    assert len(found) >= 50
    for text in found:
        assert not set(text) & set("<>()|@{}"), text
        assert "  " not in text and text == text.strip()


def test_frequent_actions_have_hundreds_of_sentences():
    for action in ("raise_left_hand", "wave_right_hand", "walk", "run", "walk_turn_left", "bow"):
        assert len(templates.sentences(action, 400, random.Random(0))) == 400


def test_the_other_side_is_written_by_mirroring():
    texts = templates.sentences("kick_right", 50, random.Random(0))
    assert all("left" not in text.lower() for text in texts)
    with pytest.raises(KeyError, match="text/actions/"):
        action_words.templates("levitate")


@pytest.mark.parametrize("style", sorted(action_words.styles()))
def test_a_style_is_always_said_when_nothing_may_stay_plain(style):
    manner = templates.Manner(style, plain_share=0.0)
    words = [word.lower() for group in action_words.styles()[style].values() for word in group]
    for seed in range(60):
        text = templates.sentence("bow", random.Random(seed), manner).lower()
        assert any(word in text for word in words), text


def test_whole_sentences_are_for_their_action_side_and_manner():
    left, right = (templates.whole_sentences(f"walk_turn_{side}") for side in ("left", "right"))
    assert len(left) > 40 and all("left" in text and "right" not in text for text in left)
    assert right == tuple(mirror_text(text) for text in left)
    assert templates.whole_sentences("levitate") == ()
    walk = templates.whole_sentences("walk")
    slow = templates.whole_sentences("walk", templates.Manner(adverbs=("slowly",)))
    assert walk and slow and not set(walk) & set(slow)
    old = {templates.sentence("walk", random.Random(seed), templates.Manner("elderly", (), 0.0)) for seed in range(80)}
    assert not old & {realise(text, VerbForm.BASE, "", random.Random(0)) for text in walk}


def test_whole_sentences_are_none_of_the_held_out_ones():
    held_out = {text.lower() for text in held_out_texts()}
    for action in action_words.actions():
        for text in templates.whole_sentences(action):
            assert not {realise(text, VerbForm.BASE, "", random.Random(seed)).lower() for seed in range(8)} & held_out


def test_shared_sentences_are_there():
    words = action_words.action_words()
    for action, each in words.items():
        assert each.templates or each.sentences or each.also_said, action
        assert all(words[name].sentences for name in each.also_said), action
    assert set(words["kick_any"].sentences) < set(action_words.sentences("side_kick_left"))
