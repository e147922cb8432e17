"""Which "not" leaves an action undone."""

import pytest

from being_m0_hf.models.shipped_checkpoints import SHIPPED_FOLDER
from being_m0_hf.understanding import Reader, known_actions, read_action_list
from being_m0_hf.understanding.facts import read_facts, split_clauses


@pytest.fixture(scope="module")
def read() -> Reader:
    return Reader(known_actions(read_action_list(SHIPPED_FOLDER / "being-m0-mini")))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("sneaks across the room, trying not to be heard", "sneak"),
        ("trying not to be heard", "sneak"),
        ("a person tiptoes so as not to wake the baby", "tiptoe"),
        ("he walks a tightrope, trying not to fall", "tightrope"),
        ("balances on one leg, trying not to wobble", "balance_one_leg"),
        ("laughs and can't stop laughing", "laugh"),
        ("he can't help laughing", "laugh"),
        ("don't stop dancing", "dance"),
        ("she never stops waving", "wave_left_hand"),
        ("walks forward, not looking back", "walk"),
        ("walks forward without a sound", "walk"),
        ("sneaks without making a sound", "sneak"),
        ("claps slowly, not impressed", "slow_clap"),
        ("plays a guitar that isn't there", "air_guitar"),
        ("covers the ears because he can't stand the noise", "cover_ears"),
        ("walks so slowly that he never arrives", "walk_slowly"),
        ("don't shoot, he puts his hands in the air", "surrender"),
    ],
)
def test_a_not_beside_the_action_leaves_it_done(text, name, read):
    found = read(text)
    assert (found.is_clear, [action.name for action in found.actions]) == (True, [name]), found.line()


@pytest.mark.parametrize(
    "text",
    [
        "a person does not wave",
        "do not jump",
        "he isn't jumping",
        "never raise the left hand",
        "not walking but running",
        "instead of walking he runs",
        "the man is not walking",
        "trying not to laugh",
        "he won't sit down",
        "walks, but does not wave",
        "don't clap, just bow",
        "she doesn't want to dance",
        "nobody moves",
        "a man who does not walk",
        "because it is late, he does not dance",
        "walks forward, not very fast",
    ],
)
def test_a_not_of_the_action_leaves_it_undone(text, read):
    assert read_facts(text).negated and not read(text).is_clear


def test_what_can_be_seen_is_still_left_out():
    assert split_clauses("without jumping, he walks ahead")[2] == ["jumping"]
    assert split_clauses("he walks ahead without looking")[2] == []
    assert split_clauses("without a sound")[0] == ["without a sound"]
