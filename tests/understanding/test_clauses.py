"""Where a sentence is cut into actions, and where it isn't."""

import pytest

from being_m0_hf.models.shipped_checkpoints import SHIPPED_FOLDER
from being_m0_hf.understanding import Reader, known_actions, read_action_list
from being_m0_hf.understanding.facts import STANDS_STILL, split_at_and, split_at_commas, split_clauses, split_subject


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


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        ("first raise the left hand, then the right one", ["raise the left hand", "raise the right hand"]),
        ("kicks with the left leg, then with the right", ["kicks with the left leg", "kicks with the right leg"]),
        ("walks forward, then backwards", ["walks forward", "walks backwards"]),
        ("turns left, then right", ["turns left", "turns right"]),
        ("steps to the left and then to the right", ["steps to the left", "steps to the right"]),
        ("first she bows, then she waves", ["she bows", "she waves"]),
        ("a jump, then a cartwheel", ["a jump", "a cartwheel"]),
        ("push ups, then squats", ["push ups", "squats"]),
        ("a salute, then a bow", ["a salute", "a bow"]),
        ("raise the arms, then lower the arms", ["raise the arms", "lower the arms"]),
        ("walks forward, then flies", ["walks forward", "flies"]),
    ],
)
def test_what_comes_next_has_a_verb_of_its_own_or_that_of_what_was_before(text, clauses):
    assert split_clauses(text)[:2] == (clauses, "then")


@pytest.mark.parametrize(
    "text",
    [
        "puts on a jacket, left sleeve first and then the right one",
        "arm circles, small at first then bigger and bigger",
        "arm circles, first forward and then backward",
        "puts on socks, first the left one then the right one",
        "lunges, right leg first, then the left",
        "stretches the arms, left then right",
        "jumping jacks, slow at first, then quick",
        "claps first slowly and then quickly",
        "waves, first small then bigger",
        "jumps up then down",
        "rotates the wrists, first one then the other",
    ],
)
def test_how_an_action_goes_on_is_no_other_action(text):
    assert (len(split_clauses(text)[0]), split_clauses(text)[1]) == (1, "")


@pytest.fixture(scope="module")
def read() -> Reader:
    return Reader(known_actions(read_action_list(SHIPPED_FOLDER / "being-m0-mini")))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("writes on the board then turns to the class", "write_turn_class"),
        ("a teacher writes on the board, then turns to face the class", "write_turn_class"),
        ("takes an arrow, draws the bow and then shoots", "archery"),
        ("blocks with the left arm, then counters with a right punch", "block_punch"),
        ("punches left and right, then kicks with the right leg", "punch_kick"),
        ("goes from downward dog then to cobra", "yoga_flow"),
        ("sits down and then stands up again", "sit_and_stand"),
        ("crouches, then jumps up high", "jump_tuck"),
        ("a person runs quickly forward and then stops", "run_stop"),
        ("turns around, then waves", "turn_around_wave"),
    ],
)
def test_steps_that_are_one_action_of_the_list_are_that_action(text, name, read):
    found = read(text)
    assert (found.is_clear, [action.name for action in found.actions]) == (True, [name]), found.line()


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("walks forward, then waves", "walk wave_left_hand"),
        ("jumps and then sits down", "jump sit_down"),
        ("waves and then bows", "wave_left_hand bow"),
        ("sits down, then claps", "sit_down clap"),
        ("walks, then turns around", "walk turn_around"),
        ("bows, then walks backwards", "bow walk_backward"),
        ("kneels down, then prays", "kneel pray"),
        ("looks at his watch, then shrugs", "check_watch shrug"),
        ("a man walks slowly forward before stopping", "walk_slowly stand_still"),
        ("the person throws the ball then catches it", "throw_left catch_hold"),
        ("runs and then jumps over a hurdle", "run hurdles"),
    ],
)
def test_other_steps_are_done_one_after_the_other(text, names, read):
    found = read(text)
    assert (" ".join(action.name for action in found.actions), found.order) == (names, "then"), found.line()


@pytest.mark.parametrize(
    ("text", "who", "deed"),
    [
        ("a clown bows", "a clown", "bows"),
        ("the old man in a red coat is waving", "the old man in a red coat", "is waving"),
        ("a woman in a dress sits down", "a woman in a dress", "sits down"),
        ("the left arm waves", "", "the left arm waves"),  # a part is no one
        ("side kicks", "", "side kicks"),
        ("a deep bow", "", "a deep bow"),
        ("bows", "", "bows"),
    ],
)
def test_who_does_it_is_told_from_what_is_done(text, who, deed):
    verbs = {"bows", "waving", "sits", "waves", "kicks", "bow"}
    assert split_subject(text, verbs.__contains__) == (who, deed)


def test_commas_join_what_and_joins():
    assert split_at_commas("stops, turns left and waves") == ["stops", "turns left", "waves"]


def test_a_count_alone_is_no_deed():
    steps, order, _ = split_clauses("hop on the left foot twice, then on the right foot twice, then sit")
    assert (steps, order) == (["hop on the left foot twice", "hop on the right foot twice", "sit"], "then")


def test_a_long_row_of_words_without_a_deed_is_read_at_once():
    """As one expression it took longer than anybody waits, and a page with it."""
    steps, _, _ = split_clauses("walks, then " + "left " * 55 + "kicks")
    assert steps[-1].endswith("left kicks")
