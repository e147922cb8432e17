"""What who waits is told: how far all of the request is, once from its beginning to its end."""

import asyncio
import re

from demo_page import tiny_pipeline

from being_m0_hf.demo.model_queue import Visitor
from being_m0_hf.demo.requests import PageRequest
from being_m0_hf.demo.workshop import Continued, Filled, Recipe, Status, TimelineRequest, Workshop, all_at_once
from being_m0_hf.demo.workshop import workshop as workshop_module
from being_m0_hf.demo.workshop.status import step_of

LINES = "a person walks # 0 # 1\na person turns # 1 # 2\nwaves # 0 # 1 # left arm"


def test_a_status_is_said_in_plain_words():
    assert Status("Waiting, 2 before you").line == "Waiting, 2 before you"
    assert Status("Writing the motion", 0.0).line == "Writing the motion"
    assert Status("Writing the timeline", 0.452, "a person turns").line == "Writing the timeline: a person turns, 45 %"


def test_several_steps_and_several_takes_are_one_wait():
    heard: list[Status] = []
    for number in range(2):
        tell = step_of(heard.append, number, 2)
        tell(Status("Waiting, you are next"))
        tell(Status("Writing the motion", 0.5))
    assert [status.share for status in heard] == [None, 0.25, None, 0.75]
    heard.clear()
    first, second = all_at_once(heard.append, 2, "Writing 2 takes")
    first(Status("Waiting, you are next"))
    second(Status("Writing the motion", 0.5))
    first(Status("Waiting, you are next"))  # one of them is being written
    first(Status("Writing the motion", 0.1))
    lines = [status.line for status in heard]
    assert lines == ["Waiting, you are next", "Writing 2 takes, 25 %", "Writing 2 takes, 25 %", "Writing 2 takes, 30 %"]


def test_a_timeline_and_a_link_with_edits_grow_once(monkeypatch):
    monkeypatch.setattr(workshop_module, "STATUS_SECONDS", 0.005)
    workshop, visitor = Workshop(tiny_pipeline()), Visitor("a")
    edited = Recipe(PageRequest("a person walks", 1.0)).then(Continued(1.0, "turns")).then(Filled(0.5, 1.5, "waves"))
    for recipe, doings in (
        (Recipe(TimelineRequest.checked(LINES, 1)), ["Writing the timeline"]),
        (edited, ["Writing the motion", "Adding 1 s", "Changing the motion"]),
    ):
        heard: list[Status] = []
        motion = asyncio.run(workshop.motion_of(recipe, visitor, heard.append))
        shares = [status.share for status in heard if status.share is not None]
        assert motion.seconds == 2.0 and shares == sorted(shares) and len(set(shares)) > 3
        assert list(dict.fromkeys(each.doing for each in heard if each.share is not None)) == doings
        assert all(re.fullmatch(r"[^%]+(, \d+ %)?", status.line) for status in heard)
        assert not any("pass" in status.line for status in heard)
