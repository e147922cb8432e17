"""Parts of a motion are drawn anew while the others stay."""

from dataclasses import replace

import pytest
import torch
from tiny_models import tiny_encoder, tiny_model, tiny_processor

import being_m0_hf.pipelines.text_to_motion
from being_m0_hf.motion import JOINT_INDEX, PART_NAMES, PARTS
from being_m0_hf.motion.body_parts import ARMS
from being_m0_hf.motion.features import joint_columns
from being_m0_hf.pipelines.requests import STANDING, MotionRequest, turns
from being_m0_hf.pipelines.text_to_motion import MotionPipeline

PROCESSOR = tiny_processor()


@pytest.fixture(scope="module")
def pipeline():
    return MotionPipeline(tiny_model(), PROCESSOR)


def test_arms_are_drawn_by_themselves_unless_they_are_told_the_same():
    left, right, root = {"left_arm": "waves"}, {"right_arm": "hangs down"}, {"root": "the body turns"}
    assert turns(left | right | root) == [root, left, right]
    both = dict.fromkeys(ARMS, "claps")
    assert turns(root | both) == [root, both] and turns(both) == [both]
    assert turns({}) == []


def test_held_codes_stay_and_the_others_follow_on(pipeline):
    inputs = PROCESSOR(["walks", "waves"], seconds=1.0)
    drawn = pipeline.model.generate_motion(**inputs, generator=torch.Generator().manual_seed(0), do_sample=True)
    held = torch.stack(drawn.codes)
    held[:, :, 2] = -1
    again = pipeline.model.generate_motion(
        **PROCESSOR(["jumps", "jumps"], seconds=1.0),
        held_codes=held,
        generator=torch.Generator().manual_seed(5),
        do_sample=True,
    )
    codes = torch.stack(again.codes)
    given_ones = held >= 0
    assert torch.equal(codes[given_ones], held[given_ones])
    assert not torch.equal(codes[:, :, 2], torch.stack(drawn.codes)[:, :, 2])


@pytest.mark.parametrize(
    ("held", "message"),
    [
        (torch.zeros(1, 5, 5), "shape .1, 5, 5., expected .1, 5, 6."),
        (torch.zeros(2, 5, 6), "shape .2, 5, 6."),
        (torch.zeros(1, 4, 6), "shape .1, 4, 6."),
        (torch.full((1, 5, 6), 99_999), "must be -1 to 15, got 99999"),
        (torch.full((1, 5, 6), -2), "must be -1 to 15, got -2"),
    ],
)
def test_held_codes_that_do_not_fit_are_refused_in_one_line(pipeline, held, message):
    with pytest.raises(ValueError, match=message) as error:
        pipeline.model.generate_motion(**PROCESSOR("walks", seconds=1.0), held_codes=held.long())
    assert "\n" not in str(error.value)


def same_parts(first, second) -> list[str]:
    return [
        part.name
        for part in PARTS
        if torch.allclose(first.rotations[:, list(part.joints)], second.rotations[:, list(part.joints)], atol=1e-5)
    ]


@pytest.mark.parametrize("candidates", [1, 3])
def test_a_text_for_an_arm_changes_this_arm_alone(pipeline, candidates):
    pipeline = MotionPipeline(pipeline.model, PROCESSOR, tiny_encoder())
    options = {"seconds": 1.0, "seed": 4, "temperature": 1.5, "candidates": candidates, "num_samples": 2}
    options["guidance_scale"] = 20.0  # an untrained model hardly hears the text
    plain = pipeline("a person walks forward", **options)
    waving = pipeline("a person walks forward", parts={"left arm": "waves"}, **options)
    for before, after in zip(plain, waving, strict=True):
        assert same_parts(before, after) == [name for name in PART_NAMES if name != "left_arm"]
        assert torch.allclose(before.translation, after.translation, atol=1e-5)


def test_a_text_for_a_leg_leaves_the_arms(pipeline):
    options = {"seconds": 1.0, "seed": 4, "temperature": 1.5, "guidance_scale": 20.0}
    plain, kicking = (pipeline("a person stands", parts=parts, **options) for parts in (None, {"left_leg": "kicks"}))
    same = same_parts(plain, kicking)
    assert set(ARMS) <= set(same) and len(same) < 6


def test_of_candidates_for_a_part_one_that_leaves_the_others_is_preferred(pipeline, make_motion):
    before = make_motion(20, seed=1).to_d135()
    request = MotionRequest("a person stands", {"left_leg": "kicks"}, 5, 0, before=before)
    told, untold = before.clone(), before.clone()
    told[:, list(joint_columns(JOINT_INDEX["left_knee"]))] = torch.tensor([1.0, 0, 0, 0, 1, 0])
    untold[:, list(joint_columns(JOINT_INDEX["right_knee"]))] = torch.tensor([1.0, 0, 0, 0, 1, 0])
    assert request.change(before) < 1e-4 and request.change(told) < 1e-4 and request.change(untold) > 0.01
    assert replace(request, before=None).change(untold) == 0
    everything = dict.fromkeys(PART_NAMES, "moves")
    assert replace(request, parts=everything).change(untold) == 0


def test_without_a_sentence_the_body_does_what_the_root_is_told_or_stands(pipeline):
    options = {"seconds": 1.0, "seed": 4, "temperature": 1.5, "guidance_scale": 20.0}
    arm = {"right_arm": "waves"}
    others = {name for name in PART_NAMES if name != "right_arm"}
    standing = pipeline(STANDING, **options)
    assert others <= set(same_parts(standing, pipeline("", parts=arm, **options)))
    turning = {"root": "the body turns left"}
    root_alone, root_and_arm = (pipeline("", parts=parts, **options) for parts in (turning, turning | arm))
    assert set(same_parts(standing, root_alone)) != set(PART_NAMES)
    assert others <= set(same_parts(root_alone, root_and_arm))


def test_many_motions_are_drawn_in_several_batches(pipeline, monkeypatch):
    options = {"seconds": [1.0, 0.6], "seed": 2, "num_samples": 3, "temperature": 1.0, "parts": {"left_arm": "waves"}}
    together = pipeline(["walks", "jumps"], **options)
    monkeypatch.setattr(being_m0_hf.pipelines.candidates, "MAX_ROWS", 2)
    for one, other in zip(together, pipeline(["walks", "jumps"], **options), strict=True):
        torch.testing.assert_close(one.joints(), other.joints())
