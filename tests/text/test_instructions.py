"""Wordings of tasks: many, different, and each read back as the task that it asks for."""

import random

import pytest

from being_m0_hf.text.instructions import instruction, instruction_templates, read_instruction, wordings

FILLED = {
    "text": "a person walks forward", "then": "waves with the left hand", "part": "left arm", "start": "1.5",
    "end": "3", "seconds": "10",
}  # fmt: skip
TASKS = tuple(instruction_templates())


def test_there_are_at_least_250_for_all_tasks_together_and_many_for_each():
    counts = {task: len(set(wordings(task))) for task in TASKS}
    assert sum(counts.values()) >= 250 and min(counts.values()) >= 15, counts


@pytest.mark.parametrize("task", TASKS)
def test_every_wording_is_read_back_as_its_task(task):
    for wording in dict.fromkeys(wordings(task)):
        read = read_instruction(wording.format(**FILLED) + ".")
        assert read.task == task, wording
        for name, value in read.fields.items():
            assert value == FILLED[name], (wording, read)
        assert all(name in read.fields for name in FILLED if f"{{{name}}}" in wording), (wording, read)


@pytest.mark.parametrize("text", ["a person walks forward", "someone waves, then bows", "", "redo", "the left arm"])
def test_anything_else_describes_a_motion(text):
    assert read_instruction(text).task == "text_to_motion"
    assert read_instruction(text).fields == {"text": text}


def test_a_drawn_wording_says_exactly_what_it_is_given():
    rng = random.Random(0)
    said = {instruction("continue", rng, text="bows") for _ in range(60)}
    assert len(said) > 10 and all("bows" in each for each in said)
    assert {read_instruction(each).task for each in said} == {"continue"}
    assert "{" not in instruction("motion_to_text", rng)
    with pytest.raises(KeyError, match="seconds"):
        instruction("continue", rng, seconds="3")
