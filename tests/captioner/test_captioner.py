"""Captions from kinematics: bodies built by hand, whose movement is known, must be described as what they are."""

import json
import logging
import os
import re
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from moving_body import KNOWN, LEAN_FORWARD, LIFT_RIGHT_FOOT, RAISE_LEFT, TURN_LEFT, WAVE_RIGHT, body, ramp, walking

from being_m0_hf.captioner import Quantity, Statement, caption, measure, refine, verified, verify, verify_motions
from being_m0_hf.motion import PART_NAMES, Motion
from being_m0_hf.motionlib.sources.cmu_bandai_clips import clip_readers, usable
from being_m0_hf.text.mirror import mirror_text


def only(motion: Motion, part: str, kind: str) -> Statement:
    """The one statement of a kind."""
    found = [one for one in caption(motion).statements if (one.part, one.kind) == (part, kind)]
    assert len(found) == 1, f"{len(found)} statements {part} {kind}"
    return found[0]


def test_a_raised_arm():
    lift = only(RAISE_LEFT, "left_arm", "raise")
    assert lift.direction == "side"
    assert lift.number("angle") == pytest.approx(90, abs=10)
    assert (lift.start, lift.end) == (pytest.approx(0.5, abs=0.25), pytest.approx(1.5, abs=0.25))
    assert only(RAISE_LEFT, "right_arm", "hang").seconds == pytest.approx(2.5)
    texts = caption(RAISE_LEFT).parts
    assert "out to the side" in texts["left_arm"][0] and "shoulder height" in texts["left_arm"][0]


@pytest.mark.parametrize(("seconds", "pace"), [(0.3, "fast"), (3.0, "slow")])
def test_pace_of_an_arm(seconds: float, pace: str):
    angle = ramp((0.3, -85.0), (0.3 + seconds, 20.0), seconds=seconds + 0.6)
    assert only(body(seconds + 0.6, left_shoulder_z=angle), "left_arm", "raise").pace == pace


def test_a_wave_is_counted():
    wave = only(WAVE_RIGHT, "right_arm", "swing")
    assert wave.form == "raised" and wave.count == pytest.approx(3, abs=1)
    assert "right" in caption(WAVE_RIGHT).body[0]


def test_a_walk():
    walk = only(KNOWN["walk"], "root", "walk")
    assert (walk.direction, walk.form) == ("forward", "straight")
    assert walk.number("distance") == pytest.approx(3.0, abs=0.3)
    assert walk.count == pytest.approx(5, abs=1)
    assert "walks" in caption(KNOWN["walk"]).body[0]


def test_a_curved_walk():
    walk = only(KNOWN["curve"], "root", "walk")
    assert (walk.direction, walk.form, walk.side) == ("forward", "curve", "left")


def test_a_walk_backward():
    motion = walking(3.0, 2.5)
    back = motion.replace(rotations=motion.rotations.flip(0), translation=motion.translation.flip(0))
    assert only(back, "root", "walk").direction == "backward"


def test_a_turn():
    turn = only(TURN_LEFT, "root", "turn")
    assert turn.side == "left" and turn.number("angle") == pytest.approx(90, abs=8)
    assert "left" in caption(TURN_LEFT).body[0] and "right" not in caption(TURN_LEFT).body[0]


def test_squats():
    squat = only(KNOWN["squat"], "root", "squat")
    assert squat.count == 2 and squat.number("distance") == pytest.approx(0.36, abs=0.05)
    assert only(KNOWN["squat"], "left_leg", "bend").count == 2
    assert "twice" in caption(KNOWN["squat"]).body[0]


def test_jumps():
    jump = only(KNOWN["jump"], "body", "jump")
    assert jump.count == 2 and jump.number("height") == pytest.approx(0.25, abs=0.05)


def test_a_lean():
    lean = only(LEAN_FORWARD, "torso", "lean")
    assert (lean.direction, lean.count) == ("forward", 1) and lean.number("angle") == pytest.approx(45, abs=10)


def test_standing_on_one_leg():
    balance = only(LIFT_RIGHT_FOOT, "body", "balance")
    assert balance.side == "left" and balance.seconds == pytest.approx(2.5, abs=0.5)
    assert only(LIFT_RIGHT_FOOT, "right_leg", "lift").count == 1


def test_a_still_stand_is_said_to_be_still():
    texts = caption(KNOWN["stand"])
    kinds = {(one.part, one.kind) for one in texts.statements}
    assert {("root", "stay"), ("torso", "upright"), ("left_arm", "hang"), ("right_leg", "planted")} <= kinds
    assert not any(one.kind in ("raise", "turn", "walk", "swing", "lift") for one in texts.statements)


def _rounded(statements) -> list[Statement]:
    rounded = [
        replace(one, quantities=tuple(replace(number, value=round(number.value, 3)) for number in one.quantities))
        for one in statements
    ]
    return sorted(rounded, key=repr)


@pytest.mark.parametrize("name", KNOWN)
def test_the_mirrored_body_does_the_mirrored_things(name: str):
    motion = KNOWN[name]
    expected = [one.mirrored() for one in measure(motion)]
    assert _rounded(measure(motion.mirrored())) == _rounded(expected)
    here, there = caption(motion, seed=3).parts, caption(motion.mirrored(), seed=3).parts
    for part in PART_NAMES:
        other = mirror_text(part.replace("_", " ")).replace(" ", "_")
        assert there[other] == [mirror_text(text) for text in here[part]]


@pytest.mark.parametrize("seed", range(4))
def test_mirror_of_an_irregular_motion(make_motion, seed: int):
    motion = make_motion(80, seed=seed, turn=2.0)
    expected = [one.mirrored() for one in measure(motion)]
    assert _rounded(measure(motion.mirrored())) == _rounded(expected)


@pytest.mark.parametrize("name", KNOWN)
def test_every_fact_of_a_known_motion_holds(name: str):
    report = verify_motions([(name, KNOWN[name])])
    assert report.share == 1.0, str(report)


def test_place_and_heading_do_not_matter():
    motion = KNOWN["curve"]
    moved = motion.moved(2.0, torch.tensor([3.0, -5.0]))
    assert caption(moved).parts == caption(motion).parts


LIES = [
    (TURN_LEFT, lambda one: replace(one, side="right"), "turn"),
    (TURN_LEFT, lambda one: replace(one, quantities=(Quantity("angle", 180.0, "degrees"),)), "turn"),
    (RAISE_LEFT, lambda one: replace(one, part="right_arm"), "raise"),
    (RAISE_LEFT, lambda one: replace(one, direction="forward"), "raise"),
    (RAISE_LEFT, lambda one: replace(one, pace="fast"), "raise"),
    (RAISE_LEFT, lambda one: replace(one, start=1.6, end=2.4), "raise"),
    (KNOWN["walk"], lambda one: replace(one, direction="left"), "walk"),
    (KNOWN["walk"], lambda one: replace(one, kind="run"), "walk"),
    (KNOWN["curve"], lambda one: replace(one, side="right"), "walk"),
    (KNOWN["curve"], lambda one: replace(one, form="straight"), "walk"),
    (KNOWN["squat"], lambda one: replace(one, count=3), "squat"),
    (KNOWN["jump"], lambda one: replace(one, count=1), "jump"),
    (LEAN_FORWARD, lambda one: replace(one, direction="left"), "lean"),
    (LIFT_RIGHT_FOOT, lambda one: replace(one, side="right"), "balance"),
    (LIFT_RIGHT_FOOT, lambda one: replace(one, direction="backward"), "lift"),
]


@pytest.mark.parametrize(("motion", "lie", "kind"), LIES)
def test_a_lie_is_found(motion: Motion, lie, kind: str):
    truth = next(one for one in measure(motion) if one.kind == kind)
    assert all(fact.holds for fact in verify(truth, motion))
    assert not all(fact.holds for fact in verify(lie(truth), motion))
    assert verified([truth, lie(truth)], motion) == (truth,)


def test_an_unknown_kind_is_refused():
    with pytest.raises(ValueError, match="'fly' cannot be verified"):
        verify(Statement("root", "fly", 0.0, 1.0), TURN_LEFT)


def test_texts_are_deterministic_and_varied():
    first, again = caption(KNOWN["squat"], seed=5, wordings=8), caption(KNOWN["squat"], seed=5, wordings=8)
    assert first == again
    assert len(first.body) == 8 and len(set(first.body)) >= 4
    assert caption(KNOWN["squat"], seed=6).body != caption(KNOWN["squat"], seed=5).body


@pytest.mark.parametrize("name", [*KNOWN, "irregular"])
def test_texts_read_right(make_motion, name: str):
    motion = KNOWN[name] if name in KNOWN else make_motion(120, seed=7, turn=3.0)
    texts = caption(motion, wordings=12)
    assert list(texts.parts) == list(PART_NAMES)
    for text in texts.body + [text for part in texts.parts.values() for text in part]:
        assert re.fullmatch(r"[A-Z][A-Za-z0-9 ,.]*\.", text), text
        assert not re.search(r"  | ,|,,|\.\.| \.|\b(\w+) \1\b|\b(by|about|for|in|to|with) ?([,.]|$)", text), text
        assert "{" not in text and "@" not in text


@pytest.mark.parametrize("fps", [1.0, 20.0, 1000.0])
def test_the_shortest_motion_has_a_caption(fps: float):
    texts = caption(KNOWN["stand"].crop(0, 4).replace(fps=fps))
    assert all(len(texts.parts[part][0]) > 10 for part in PART_NAMES) and len(texts.body[0]) > 10


def test_no_wordings_are_refused():
    with pytest.raises(ValueError, match="wordings is 0"):
        caption(TURN_LEFT, wordings=0)


# --- refinement by a chat model -------------------------------------------------------------------------------------


GOOD = {"body": ["Someone turns left."], "parts": {part: ["It stays calm."] for part in PART_NAMES}}


def test_refine_takes_the_models_words(chat_server):
    plain = caption(TURN_LEFT)
    chat_server.answer = "```json\n" + json.dumps(GOOD) + "\n```"
    better = refine(plain, base_url=chat_server.url, api_key="none", model="stand-in")
    assert (better.body, better.parts, better.statements) == (GOOD["body"], GOOD["parts"], plain.statements)
    path, request = chat_server.requests[0]
    assert path == "/v1/chat/completions" and request["model"] == "stand-in"
    facts = json.loads(request["messages"][-1]["content"])["facts"]
    assert facts == [one.as_dict() for one in plain.statements]


WRONG = {
    "no JSON": "I would rather not.",
    "nothing": "",
    "another shape": json.dumps(["a"]),
    "a part is missing": json.dumps(GOOD | {"parts": {"root": ["It turns."]}}),
    "no list": json.dumps(GOOD | {"body": "Someone turns left."}),
    "an empty text": json.dumps(GOOD | {"body": [" "]}),
    "an essay": json.dumps(GOOD | {"body": ["a " * 400]}),
    "a side that was not measured": json.dumps(GOOD | {"parts": GOOD["parts"] | {"root": ["It turns right."]}}),
}


@pytest.mark.parametrize("name", WRONG)
def test_refine_falls_back_on_a_broken_answer(chat_server, caplog, name: str):
    plain = caption(TURN_LEFT)
    chat_server.answer = WRONG[name]
    with caplog.at_level(logging.WARNING):
        assert refine(plain, base_url=chat_server.url, api_key="none", model="stand-in") == plain
    assert "rule-based captions are kept" in caplog.text


def test_refine_falls_back_when_the_server_fails(chat_server, caplog):
    plain = caption(TURN_LEFT)
    chat_server.status = 500
    with caplog.at_level(logging.WARNING):
        assert refine(plain, base_url=chat_server.url, api_key="none", model="stand-in") == plain
        chat_server.shutdown()
        chat_server.server_close()
        assert refine(plain, base_url=chat_server.url, api_key="none", model="stand-in") == plain
    assert caplog.text.count("rule-based captions are kept") == 2


@pytest.mark.skipif("BEING_M0_DATA" not in os.environ, reason="BEING_M0_DATA names no folder with cmu/ and bandai/")
def test_facts_of_real_clips_hold():
    readers = list(clip_readers(Path(os.environ["BEING_M0_DATA"])).items())[::16][:200]
    report = verify_motions((clip_id, usable(read()).motion) for clip_id, read in readers)
    assert report.share >= 0.98, str(report)
    assert report.swapped == 0
