"""Which of several candidates is kept, and what no body can do."""

import torch
from tiny_models import tiny_encoder, tiny_model, tiny_processor

from being_m0_hf.motion import Motion
from being_m0_hf.pipelines.candidates import FLOAT_COST, SEED_STRIDE, CandidateSampler, DrawSettings
from being_m0_hf.pipelines.plausibility import floating
from being_m0_hf.pipelines.requests import MotionRequest
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
