"""What nobody can do, and what only sounds like it."""

import pytest

from being_m0_hf.models.shipped_checkpoints import SHIPPED_FOLDER
from being_m0_hf.understanding import Reader, known_actions, read_action_list


@pytest.fixture(scope="module")
def read() -> Reader:
    return Reader(known_actions(read_action_list(SHIPPED_FOLDER / "being-m0-mini")))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("mime trapped in an invisible box", "mime_wall"),
        ("plays an invisible guitar", "air_guitar"),
        ("dances a waltz with an invisible partner", "waltz"),
        ("a bat flies over and the man ducks", "duck"),
        ("his arms fly up in surprise", "surprised"),
        ("she sends a flying kiss to her fans", "blow_kiss"),
        ("the legs fly over the head in a cartwheel", "cartwheel"),
        ("the winner is over the moon", "celebrate"),
        ("the sprinter explodes out of the blocks", "sprint"),
        ("she squats and explodes into a star jump", "star_jumps"),
        ("a walk that turns into a run", "walk_to_run"),
        ("his head explodes", "mind_blown"),
        ("a person rocks up from lying and stands", "get_up_back"),
        ("a man ducks down under a branch", "duck"),
        ("a woman rocks a baby", "cradle_baby"),
    ],
)
def test_an_action_that_the_words_name_is_possible(text, name, read):
    found = read(text)
    assert (found.is_clear, [action.name for action in found.actions]) == (True, [name]), found.line()


@pytest.mark.parametrize(
    "text",
    [
        "a man flies to the moon",
        "she becomes invisible",
        "he turns invisible and walks",
        "an invisible man",
        "a person levitates above the floor",
        "a woman floats up to the ceiling",
        "walks through a wall",
        "a man turns into a wolf",
        "he splits into two",
        "jumps over a house",
        "grows wings and flies off",
        "he explodes into pieces",
        "the man morphs into a dragon",
    ],
)
def test_what_nobody_can_do_is_told(text, read):
    assert read(text).reason == "no body can do this"


@pytest.mark.parametrize(
    "text", ["a horse gallops across the field", "a big dog barks", "the old clock strikes twelve"]
)
def test_what_moves_without_people_is_told(text, read):
    assert read(text).reason == "this is no movement of a person"
