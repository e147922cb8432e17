"""Sentences that ask for several actions."""

from dataclasses import replace

import pytest
from tiny_models import tiny_model, tiny_processor

from being_m0_hf.models.being_m0.prompt_template import FILL, TEXT_TO_MOTION
from being_m0_hf.pipelines import text_to_motion
from being_m0_hf.pipelines.plans import Step, plan
from being_m0_hf.pipelines.text_to_motion import MotionPipeline
from being_m0_hf.understanding import Reader, known_actions

LISTED = {
    "walk": {},
    "jump": {},
    "squat": {"seconds": [1.0, 1.4]},
    "salute": {
        "wordings": ["(he|she|a person|someone) salutes", "salute", "a soldier salutes", "saluting"],
        "arms": {"right_arm": "goes to the brow with the right hand"},
    },
}


@pytest.fixture(scope="module")
def read():
    return Reader(known_actions(LISTED))


@pytest.mark.parametrize(
    "text, steps",
    [
        (
            "a person walks forward, then jumps up",
            [Step("a person walks forward"), Step("jumps up")],
        ),
        ("someone squats before saluting", [Step("someone squats", seconds=(1.0, 1.4)), Step("saluting")]),
        ("a man walks forward while saluting", [Step("a man walks forward", LISTED["salute"]["arms"])]),
        (
            "he walks forward while saluting with the left hand",
            [Step("he walks forward", {"left_arm": "goes to the brow with the left hand"})],
        ),
        ("a person squats", [Step("a person squats", seconds=(1.0, 1.4))]),
        ("a person squats three times", [Step("a person squats three times")]),
        (
            "he squats for 2 seconds, then salutes for 3 seconds",
            [Step("he squats for 2 seconds", seconds=(2.0, 2.0)), Step("salutes for 3 seconds", seconds=(3.0, 3.0))],
        ),
        ("a person walks forward while jumping up", []),  # both need the body
        ("a person walks forward, then flies to the moon", []),
    ],
)
def test_what_is_asked_for_is_taken_apart(read, text, steps):
    found = plan(read(text))
    assert [replace(step, part_actions=()) for step in found] == steps
    assert all([each.name for each in step.part_actions] == ["salute"] * bool(step.parts) for step in found)


@pytest.fixture
def pipeline():
    pipeline = MotionPipeline(tiny_model(), tiny_processor(), listed=LISTED)
    pipeline.model.config.tasks = [TEXT_TO_MOTION, FILL]
    return pipeline


def test_one_after_the_other_shares_the_time(pipeline):
    motion = pipeline("a person walks forward, then jumps up", seconds=2.0)
    assert motion.seconds == 2.0 and motion.text == "a person walks forward, then jumps up"
    alone = pipeline("a person walks forward", seconds=1.0, plan=False)
    assert motion.crop(0, alone.num_frames).translation.allclose(alone.translation, atol=1e-4)


def test_a_batch_gives_each_text_what_it_would_get_alone(pipeline):
    texts = ["a person walks forward, then jumps up", "a person walks forward while saluting", "a person squats"]
    together = pipeline(texts, seconds=1.2, seed=[1, 2, 3])
    for text, seed, motion in zip(texts, (1, 2, 3), together, strict=True):
        assert motion.text == text
        assert motion.rotations.equal(pipeline(text, seconds=1.2, seed=seed).rotations)


def test_arms_do_it_while_the_body_does_what_it_would_do(pipeline):
    asked = pipeline("a person walks forward while saluting", seconds=1.2)
    by_hand = pipeline("a person walks forward", parts=LISTED["salute"]["arms"], seconds=1.2)
    assert asked.rotations.equal(by_hand.rotations)


def test_a_known_action_gets_a_usual_length_and_a_told_one_what_is_told(pipeline):
    lengths = [pipeline("a person squats", seed=seed).seconds for seed in range(4)]
    assert len(set(lengths)) > 1 and all(0.9 <= length <= 1.5 for length in lengths)
    assert pipeline("a person squats", seconds=2.0).seconds == 2.0
    assert pipeline("a person squats for two seconds").seconds == 2.0


@pytest.mark.parametrize("gap", [0.0, 9.0])
def test_what_is_asked_for_lasts_as_long_as_asked_for_joined_or_gone_on_with(pipeline, monkeypatch, gap):
    monkeypatch.setattr(text_to_motion, "MAX_POSE_GAP", gap)
    for seconds in (2.0, 2.4):
        assert pipeline("a person walks forward, then squats", seconds=seconds).seconds == seconds


def test_less_than_a_second_for_each_is_left_to_the_model(pipeline):
    text = "a person walks forward, then jumps up"
    assert pipeline(text, seconds=1.0).rotations.equal(pipeline(text, seconds=1.0, plan=False).rotations)


def test_what_usually_takes_longer_than_a_model_can_is_as_long_as_it_can(pipeline):
    pipeline.listed = LISTED | {"squat": {"seconds": [30.0, 40.0]}}
    assert pipeline("a person squats").seconds == pipeline.processor.max_seconds
    assert pipeline("a person walks forward, then squats").seconds > pipeline.processor.max_seconds / 2


def test_rewriting_and_top_p_reach_what_is_planned(pipeline):
    asked = {"seconds": 1.2, "temperature": 1.0}
    said = pipeline.understand("squats down a little").nearest
    rewritten = pipeline("squats down a little", rewrite=True, **asked)
    assert rewritten.rotations.equal(pipeline(said, plan=False, **asked).rotations)
    both = "a person walks forward, then squats"
    few, all_ = (pipeline(both, seconds=2.4, temperature=1.0, top_p=top_p) for top_p in (0.01, 1.0))
    assert not few.rotations.equal(all_.rotations)


def test_a_checkpoint_that_has_not_learned_to_go_on_gets_the_sentence(pipeline):
    pipeline.model.config.tasks = None
    text = "a person walks forward while saluting"
    assert pipeline(text, seconds=1.2).rotations.equal(pipeline(text, seconds=1.2, plan=False).rotations)
