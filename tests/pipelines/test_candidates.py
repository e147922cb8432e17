"""Which of several candidates is kept, and what no body can do."""

from dataclasses import replace

import pytest
import torch
from tiny_models import tiny_encoder, tiny_model, tiny_processor

from being_m0_hf.models.being_m0.prompt_template import FILL, TEXT_TO_MOTION
from being_m0_hf.motion import JOINT_INDEX, Motion
from being_m0_hf.pipelines.candidates import FLOAT_COST, SEED_STRIDE, CandidateSampler, DrawSettings
from being_m0_hf.pipelines.plausibility import floating
from being_m0_hf.pipelines.requests import MotionRequest
from being_m0_hf.pipelines.streaming.piece_writer import CANDIDATES_OF_A_TURN
from being_m0_hf.pipelines.streaming.timeline import TimelineEntry
from being_m0_hf.pipelines.text_to_motion import MotionPipeline

SAID, PLAIN = "somebody says hi from afar", "a person waves with the right hand"
LISTED = {"wave_right_hand": {"wordings": [PLAIN]}, "walk_forward": {"wordings": ["a person walks forward"]}}
COUNT = 6


def test_candidates_fit_what_was_said_and_the_plain_sentence_of_what_is_known():
    ranker = tiny_encoder()
    sampler = CandidateSampler(tiny_model(), tiny_processor(), ranker)
    options = {"do_sample": True}
    rows = [MotionRequest(SAID, {}, 8, SEED_STRIDE * number) for number in range(COUNT)]
    drawn = [motion.features for motion in sampler.draw(rows, DrawSettings(1, True, options))]
    said, plain = (ranker.similarity([text], drawn)[0] for text in (SAID, PLAIN))
    hanging = FLOAT_COST * torch.tensor([floating(features) for features in drawn])
    for request, fits in (
        (MotionRequest(SAID, {}, 8, 0), said),
        (MotionRequest(SAID, {}, 8, 0, plain=PLAIN), (said + plain) / 2),
    ):
        (kept,) = sampler.draw([request], DrawSettings(COUNT, True, options))
        assert torch.allclose(kept.features, drawn[int((fits - hanging).argmax())], atol=1e-5)


def test_only_one_known_action_without_texts_of_parts_has_a_plain_sentence():
    pipeline = MotionPipeline(tiny_model(), tiny_processor(), tiny_encoder(), listed=LISTED)

    def plain(text: str, **parts: str) -> str:
        return pipeline._plain(MotionRequest(text, parts, None, 0))

    assert plain("a person waves with the right hand")
    assert not plain("a person waves with the right hand", left_arm="is raised")
    assert not plain("a person walks forward, then waves with the right hand")
    assert not plain("qwerty asdf") and not plain("")


def standing(heights: torch.Tensor) -> torch.Tensor:
    """Features of an upright body whose pelvis is so high, metres."""
    rotations = torch.zeros(len(heights), 22, 4)
    rotations[..., 3] = 1
    path = torch.stack((torch.zeros_like(heights), heights, torch.zeros_like(heights)), dim=-1)
    return Motion(rotations, path, 20.0).to_d135()


def test_a_body_that_hangs_in_the_air_floats_and_one_that_jumps_does_not():
    ground = torch.full((60,), 0.95)
    assert floating(standing(ground)) == 0
    jump = ground.clone()
    jump[20:32] += 0.4
    assert floating(standing(jump)) == 0
    hang = ground.clone()
    hang[20:50] += 0.4
    assert floating(standing(hang)) == 0.5


# --- of those that show what was asked for

SALUTE_OR_WALK = {
    "salute": {"wordings": ["a person salutes", "(he|she) salutes", "salute"], "arms": {"right_arm": "salutes"}},
    "walk_forward": {"wordings": ["a person walks forward", "walk forward"]},
}
ASKED = {"seconds": 1.6, "seed": 2, "temperature": 2.0, "candidates": 4}


def height(motion: Motion) -> float:
    """How high the right hand gets, metres."""
    return float(motion.joints()[:, JOINT_INDEX["right_wrist"], 1].max())


def rules(heights: list[float], name: str = "salute"):
    """One fact for each height that the right hand of an action must reach."""

    def check(motion: Motion, by_far: bool = False) -> list[str]:
        """By far is more than a metre."""
        return [f"right_wrist below {each:.4f} m" for each in heights if height(motion) < each - by_far]

    return lambda action: check if action.name == name else None


def checked(pipeline: MotionPipeline, heights: list[float], name: str = "salute") -> MotionPipeline:
    return replace(pipeline, checker=rules(heights, name))


@pytest.fixture(scope="module")
def saluting() -> MotionPipeline:
    model = tiny_model(max_steps=20)
    model.config.tasks = [TEXT_TO_MOTION, FILL]
    return MotionPipeline(model, tiny_processor(20), tiny_encoder(), listed=SALUTE_OR_WALK)


@pytest.fixture(scope="module")
def singles(saluting) -> list[Motion]:
    """Eight candidates, each drawn alone: the four of a call, and the four that it may draw once more."""
    options = ASKED | {"candidates": 1}
    return [saluting("she salutes", **options | {"seed": 2 + SEED_STRIDE * number}) for number in range(8)]


def test_the_candidate_that_lacks_least_is_kept(saluting, singles):
    heights = sorted(height(each) for each in singles[:4])
    between = [(low + high) / 2 for low, high in zip(heights, heights[1:], strict=False)]
    motion = checked(saluting, between)("she salutes", **ASKED)
    assert height(motion) == pytest.approx(heights[-1], abs=1e-4) and motion.doubt is None


def test_where_nothing_tells_them_apart_the_ranker_chooses(saluting):
    own = saluting("she salutes", **ASKED)
    assert checked(saluting, [-9.0])("she salutes", **ASKED).rotations.equal(own.rotations)
    assert checked(saluting, [9.0], "walk_forward")("she salutes", **ASKED).rotations.equal(own.rotations)


def test_as_many_are_drawn_once_more_where_all_lack_something(saluting, singles):
    heights = [height(each) for each in singles]
    assert max(heights[4:]) > max(heights[:4]) + 0.001, "choose another seed"
    goal = (max(heights[:4]) + max(heights[4:])) / 2
    motion = checked(saluting, [goal])("she salutes", **ASKED)
    assert height(motion) == pytest.approx(max(heights[4:]), abs=1e-4) and motion.doubt is None


def test_what_the_best_still_lacks_is_said(saluting):
    beyond = checked(saluting, [9.0])
    motion = beyond("she salutes", **ASKED)
    assert motion.doubt == "right wrist below 9.0000 m"
    found = replace(beyond.understand("she salutes"), doubt=motion.doubt)
    assert not found.is_clear
    assert found.line().endswith("made, but measures say it may not be that: right wrist below 9.0000 m")
    assert beyond("a person walks forward", **ASKED).doubt is None
    nearly = checked(pipeline=saluting, heights=[height(motion) + 0.5])
    assert nearly("she salutes", **ASKED).doubt is None  # it is not far off
    assert beyond("she salutes", **ASKED | {"candidates": 1}).doubt is None  # nobody chose


def test_a_text_gives_alone_what_it_gives_among_others(saluting):
    beyond = checked(saluting, [9.0])
    alone = beyond("she salutes", **ASKED)
    _, together = beyond(["a person walks forward", "she salutes"], **ASKED)
    assert together.rotations.allclose(alone.rotations, atol=1e-4) and together.doubt == alone.doubt


def test_steps_and_arms_are_measured_each_by_itself(saluting):
    beyond = checked(saluting, [9.0])
    options = ASKED | {"seconds": 3.2}
    assert beyond("a person walks forward, then salutes", **options).doubt == "right wrist below 9.0000 m"
    assert beyond("a person walks forward while saluting", **options).doubt == "right wrist below 9.0000 m"
    others = checked(saluting, [9.0], "hop")
    assert others("a person walks forward, then salutes", **options).doubt is None


def test_another_take_of_a_stretch_is_not_what_was_measured(saluting):
    motion = saluting("she salutes", **ASKED).replace(doubt="the hand is low")
    assert saluting.fill(motion, 0.4, 0.8).doubt is None
    assert saluting.continue_(motion, seconds=0.6).doubt == "the hand is low"


@pytest.mark.parametrize("tasks", [[TEXT_TO_MOTION], [TEXT_TO_MOTION, FILL]])
def test_pieces_of_timelines_and_streams_are_chosen_so_as_well(saluting, tasks):
    model = tiny_model(max_steps=20)
    model.config.tasks = tasks
    seen: list[float] = []

    def check(motion: Motion, by_far: bool = False) -> list[str]:
        """The higher the hand, the fewer facts are missing."""
        seen.append(height(motion))
        return ["too low"] * int(1e4 * (3 - seen[-1]))

    measured = replace(saluting, model=model, checker=lambda action: check if action.name == "salute" else None)
    motion = measured.timeline([TimelineEntry("she salutes", 0, 1.2)], candidates=5)
    assert len(seen) == 5 and height(motion) == pytest.approx(max(seen), abs=1e-3)
    seen.clear()
    stream = measured.stream("a person walks forward", seconds=2.0)
    next(stream)
    assert not seen
    stream.say("she salutes")
    list(stream)
    assert len(seen) == CANDIDATES_OF_A_TURN
