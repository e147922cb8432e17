"""Training samples put together from two, and words left out of texts."""

import torch
from hypothesis import given
from hypothesis import strategies as st

from being_m0_hf.motion import PART_NAMES
from being_m0_hf.motion.body_parts import ARMS
from being_m0_hf.trainers.word_dropout import drop_words
from being_m0_hf.training_data.part_mixing import BODY, BODY_FREE, TAKEN, compose, may_lend, pick_taken

TEXTS = {name: f"the other's {name}" for name in PART_NAMES}


@given(taken=st.sampled_from([names for names, _ in TAKEN]), seed=st.integers(0, 999), steps=st.integers(1, 9))
def test_composed_codes_are_the_other_ones_where_it_was_taken(taken, seed, steps):
    own, other = torch.zeros(steps, 6, dtype=torch.long), torch.ones(steps + 3, 6, dtype=torch.long)
    made = compose(own, other, TEXTS, taken, PART_NAMES, torch.Generator().manual_seed(seed))
    assert made.codes.shape == (steps, 6) and not own.any()
    for column, name in enumerate(PART_NAMES):
        assert bool(made.codes[:, column].all()) == (name in taken)
    assert made.parts and set(made.parts) <= set(taken)
    assert taken == BODY or set(made.parts) == set(taken)


def test_the_body_below_the_arms_is_taken_only_where_the_sentence_allows():
    generator = torch.Generator().manual_seed(0)
    picks = {category: {pick_taken(category, generator) for _ in range(300)} for category in ("bow", BODY_FREE[0])}
    assert picks["bow"] == {("left_arm",), ("right_arm",), ARMS}
    assert picks[BODY_FREE[0]] == {("left_arm",), ("right_arm",), ARMS, BODY}


def test_parts_come_from_samples_that_are_about_as_long():
    # a text about the end of a long sample is not true of its beginning
    assert [steps for steps in range(40) if may_lend(steps, 20)] == list(range(21, 31))


@given(st.text(alphabet="abc ", min_size=1).filter(str.strip), st.integers(0, 99))
def test_gaps_leave_words_in_order_and_at_least_one(text, seed):
    words = drop_words(text, 1.0, torch.Generator().manual_seed(seed)).split()
    rest = iter(text.split())
    assert words and all(word in rest for word in words)


def test_gaps_never_lose_the_side():
    for seed in range(50):
        assert "left" in drop_words("lift the left. arm", 1.0, torch.Generator().manual_seed(seed))
