"""What sentences are taken for, and what is said where one is not known."""

import re

import pytest
import torch

from being_m0_hf.choreography.library import score_files
from being_m0_hf.evaluation.understanding.measure import SETS, read_sentences
from being_m0_hf.models.shipped_checkpoints import SHIPPED_FOLDER
from being_m0_hf.text import action_words
from being_m0_hf.text.mirror import mirror_name, side_words, with_any_side
from being_m0_hf.understanding import Reader, Verdict, known_actions, read_action_list, write_action_list
from being_m0_hf.understanding.anchors import foreign_meanings
from being_m0_hf.understanding.encoder import TEXTS_AT_A_TIME, SentenceEncoder, sentence_encoder
from being_m0_hf.understanding.facts import read_facts, split_clauses
from being_m0_hf.understanding.same_actions import same_as
from being_m0_hf.understanding.spelling import mended


@pytest.fixture(scope="module")
def read() -> Reader:
    return Reader(known_actions(read_action_list(SHIPPED_FOLDER / "being-m0-mini")))


def test_no_side_is_told_where_none_is_said(read):
    """Either hand may wave then: "known: waves with their left hand" beside a right one was read as a mistake."""
    assert "left" not in read("she waves hello").line() and "right" not in read("she waves hello").line()
    assert "left" in read("she waves with the left hand").line()
    assert read("a side kick").nearest_told == "a person does a side kick to one side"
    assert read("she walks sideways").nearest_told == "a person walks sideways"


def test_a_side_that_is_not_told_leaves_no_article_without_its_noun():
    """Of 183 actions with one side, 14 were told like "walks sideways to the"."""
    titles = [action.title for action in known_actions(read_action_list(SHIPPED_FOLDER / "being-m0-mini"))]
    one_sided = [title for title in titles if len(side_words(title)) == 1]
    assert len(one_sided) > 100
    cut_off = re.compile(r"\b(?:the|their|his|her|to|on|and|with)(?= (?:and|with|on|in|like)\b|\s*[,.]|$)")
    assert [with_any_side(title) for title in one_sided if cut_off.search(with_any_side(title))] == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("the guy waves with the left hand", "wave_left_hand"),
        ("the guy waves with the right hand", "wave_right_hand"),
        ("he walks in reverse", "walk_backward"),
        ("do not move, just stand there", "stand_still"),
        ("the man is running", "run"),
        ("he does the running man", "running_man"),
    ],
)
def test_known_actions_are_named_on_the_side_that_is_said(text, name, read):
    found = read(text)
    assert (found.verdict, found.actions[0].name, found.reason) == (Verdict.KNOWN, name, "")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ein Mann winkt mit der linken Hand", "looks like German"),
        ("一个人在走路", "looks like Chinese"),
        ("blorp fnarg wibblex", "no words that I can read"),
        ("🕺💃🎉", "no words in it"),
        ("a couple dances the tango together", "several people"),
        ("she flies up into the sky", "no body can do this"),
        ("a beautiful day", "names no action"),
        ("freedom", "names no action"),
        ("a bowl of soup", "names no action"),
        ("what time is it", "names no action"),
        ("I love you", "names no action"),
        ("a person does not wave", "shall not happen"),
        ("he plays the harp", "was not trained on this action"),
        ("he dances with her", "several people"),
        ("she slaps her brother", "several people"),
        ("a horse gallops across the field", "no movement of a person"),
        ("the leaves fall to the ground", "no movement of a person"),
        ("instead of walking he runs", "shall not happen"),
        ("https://example.com/walk", "for computers"),
        ("import numpy as np", "for computers"),
    ],
)
def test_what_is_in_the_way_is_said_in_one_line(text, said, read):
    found = read(text)
    assert not found.is_clear
    assert said in found.line() and "\n" not in found.line()
    assert ("% sure" in found.line()) == (found.verdict != "not understood")  # nobody is "0 % sure" of nothing


@pytest.mark.parametrize("text", ["he tears a wall down", "turns the volume up", "carries a coffin with five others"])
def test_a_verb_of_the_list_with_another_thing_is_flagged(text, read):
    assert not read(text).is_clear


def test_of_actions_that_say_the_same_the_one_is_meant_that_is_just_that(read):
    """It was a side kick, and "push" were push-ups."""
    assert read("kick with the right leg").actions[0].name == "kick_right"
    assert read("push").actions[0].name == "push"


def test_a_slip_of_the_finger_changes_nothing(read):
    found = read("a persn jmups")
    assert found.is_clear and found.actions[0].name == "jump"
    assert found.text == "a persn jmups"
    assert mended("wlak asdf Haus", {"haus"}.__contains__, lambda: {"walk": 9}) == "walk asdf Haus"


def test_what_and_joins_is_done_one_after_the_other_unless_it_is_one_action(read):
    found = read("a man jumps and sits down")
    assert ([action.name for action in found.actions], found.order) == (["jump", "sit_down"], "then")
    assert len(read("she yawns and stretches").actions) == 1
    for text, names in (
        ("walk forward, stop, turn around and wave", ["walk_stop", "turn_around", "wave_left_hand"]),
        ("shaking the head no and crossing the arms", ["shake_head", "arms_crossed"]),  # not just the first of them
    ):
        assert [action.name for action in read(text).actions][-1] == names[-1] and len(read(text).actions) > 1, text
    last = read("a man crawls forward, then stands up and cheers")
    assert ([action.name for action in last.actions], last.is_clear) == (["crawl", "stand_up", "cheer"], True)


@pytest.mark.parametrize(
    ("text", "name"),
    [("a backflip", "backflip"), ("karate", "karate"), ("what time is it? a look at the left wrist", "check_watch")],
)
def test_a_noun_that_is_an_action_of_the_list_is_known(text, name, read):
    found = read(text)
    assert (found.is_clear, found.actions[0].name) == (True, name)


@pytest.mark.parametrize("text", ["she does a headspin", "ice climbing"])
def test_what_shares_words_with_an_action_of_the_list_is_not_taken_for_it(text, read):
    assert not read(text).is_clear


def test_actions_come_in_the_order_in_which_they_are_done(read):
    found = read("before she sits down, she waves with the right hand")
    assert [action.name for action in found.actions] == ["wave_right_hand", "sit_down"]
    assert found.order == "then"
    assert split_clauses("jump after walking") == (["walking", "jump"], "then", [])
    assert split_clauses("walk while waving")[1] == "while"


def test_sides_counts_speed_and_negation_are_read_by_rule():
    facts = read_facts("slowly raise the left arm three times")
    assert (facts.side, facts.count, facts.speed, facts.negated) == ("left", 3, "slow", False)
    assert read_facts("he doesn't jump right now").negated
    assert (
        not read_facts("shrugging, like i dont know").negated
        and not read_facts("he shrugs as if he doesn't care").negated
    )
    assert read_facts("he doesn't jump right now").side == ""
    assert read_facts("the left and the right hand").side == "both"


def test_the_list_follows_the_weights(tmp_path):
    write_action_list(tmp_path, {"walk": {}, "moonwalk": {"wordings": ["a dancer moonwalks", "do the moonwalk"]}})
    read = Reader(known_actions(read_action_list(tmp_path)))
    assert read("do the moonwalk").actions[0].name == "moonwalk"
    assert read("a person does a cartwheel").verdict is not Verdict.KNOWN


def test_what_is_foreign_depends_on_the_list():
    some = {"walk": {}, "wave_left_hand": {}, "sit_down": {}, "punch": {}}
    crawls = {"crawl": {"wordings": ["(a person|a baby) crawls (forward|on hands and knees)", "crawl"]}}
    without, with_it = Reader(known_actions(some)), Reader(known_actions(some | crawls))
    assert without("he crawls on hands and knees").verdict is not Verdict.KNOWN
    found = with_it("he crawls on hands and knees")
    assert (found.verdict, found.actions[0].name) == (Verdict.KNOWN, "crawl")
    kinds = {row.text: row.kind for row in read_sentences("tune", list(some | crawls))}
    assert kinds["he crawls on hands and knees"] == "known"
    assert kinds["tie your shoelaces"] == "other"


def test_the_words_of_the_list_are_known_however_near_something_foreign_is():
    serve = {"tennis_serve": {"wordings": ["(a tennis player|a man) serves", "tennis serve"]}}
    found = Reader(known_actions({"walk": {}, "sit_down": {}} | serve))("tennis serve")
    assert (found.is_clear, found.actions[0].name) == (True, "tennis_serve")


def test_what_one_action_alone_is_said_to_be_is_that_action_and_no_other():
    listed = {
        "cower": {"wordings": ["a person cowers in fear with the arms before the head", "cower in a corner"]},
        "phone": {"wordings": ["a man talks on the phone", "a person holds a phone"]},
        "phone_walk": {"wordings": ["he walks and talks on the phone", "talk on the phone, walking", "a phone walk"]},
        "wave_both_hands": {},
        "wave_right_hand": {},
        "nod": {"wordings": ["a person nods", "move the head up and down"]},
    }
    read = Reader(known_actions(listed))
    for text, name in (
        ("a person cowers in fear with the arms before the head", "cower"),
        ("a woman talks on the phone", "phone"),
        ("wave with your right hand", "wave_right_hand"),
    ):
        found = read(text)
        assert ([action.name for action in found.actions], found.is_clear) == ([name], True)


def test_the_plain_sentence_for_an_action_is_of_the_side_that_is_said():
    read = Reader(known_actions({"salute": {"wordings": ["a person salutes with the right hand", "(he|she) salutes"]}}))
    assert "left" in read("she salutes with the left hand").nearest
    assert "right" in read("salute with your right hand").nearest


def test_foreign_sentences_and_asked_ones_mean_actions_that_somebody_wrote_or_recorded():
    shipped = read_action_list(SHIPPED_FOLDER / "being-m0-mini")
    written = {*action_words.actions(), *score_files(), *shipped}
    meant = {name for names in foreign_meanings().values() for name in names}
    meant |= {name for each in SETS for row in read_sentences(each, []) for name in row.actions}
    assert not {name for name in meant if name not in written and mirror_name(name) not in written}


def test_a_list_without_words_is_refused_in_one_line(tmp_path):
    with pytest.raises(ValueError, match="unknown action 'moonwalk'; give it wordings"):
        write_action_list(tmp_path, {"moonwalk": {}})
    (tmp_path / "actions.json").write_text('{"actions": []}')
    with pytest.raises(ValueError, match="is damaged"):
        read_action_list(tmp_path)


def test_an_encoder_is_read_as_it_was_written_and_gives_a_text_the_same_in_any_company(tmp_path):
    own = sentence_encoder()
    vectors = own.vectors_of(range(len(own.steps)))
    SentenceEncoder.of_vectors(own.tokenizer, vectors).save(tmp_path)
    again = SentenceEncoder.load(tmp_path)
    assert torch.equal(again.steps, own.steps)
    texts = [f"a person waves {number} times" for number in range(TEXTS_AT_A_TIME + 2)]
    together = own(texts)
    assert torch.equal(together, again(texts))
    assert torch.equal(together[-1:], own(texts[-1:]))
    assert own([]).shape == (0, own.steps.shape[1])


@pytest.mark.parametrize(
    "text", ["a person  waves\tits hand!", "he's done, isn't\u00a0he?", "Übung 漢字 e\u0301te", "", "  ", "wave " * 200]
)
def test_words_have_the_pieces_that_they_have_in_a_sentence(text):
    own = sentence_encoder()
    whole = own.vectors_of(own.pieces(text)).sum(dim=0)
    torch.testing.assert_close(own([text, "a person waves"])[0], torch.nn.functional.normalize(whole, dim=0))


def test_actions_that_look_the_same_are_right_for_each_other_and_leave_no_doubt():
    listed = {"jab_left": {}, "jab": {"wordings": ["a boxer jabs", "throws quick jabs", "jab"]}, "walk": {}, "bow": {}}
    found = Reader(known_actions(listed))("the boxer throws a jab")
    assert found.actions[0].name in ("jab", "jab_left") and found.verdict is Verdict.KNOWN
    assert same_as("jab_right") == same_as("jab") == {"jab", "jab_left", "jab_right"}
    assert same_as("walk") == {"walk"}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("jump twice", "jump"),
        ("nods three times", "nod"),
        ("eight high knees", "high_knees"),
        ("yawn", "yawn_stretch"),
        ("burpees", "burpees"),
        ("lasso", "lasso"),
    ],
)
def test_neither_a_count_nor_a_word_that_the_encoder_lacks_makes_an_action_strange(text, name, read):
    found = read(text)
    assert (found.is_clear, found.actions[0].name) == (True, name)
