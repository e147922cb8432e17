"""Several texts in one call: each gives what it would give alone."""

import pytest
import torch
from tiny_models import tiny_encoder, tiny_model, tiny_processor

from being_m0_hf.pipelines.text_to_motion import MotionPipeline


@pytest.fixture(scope="module")
def pipeline():
    return MotionPipeline(tiny_model(max_steps=40), tiny_processor(max_steps=40), tiny_encoder())


def test_texts_with_their_own_lengths_seeds_and_parts_give_what_they_give_alone(pipeline):
    asked = [
        {"text": "a person walks", "seconds": 1.0, "seed": 7, "parts": {}},
        {"text": "a person waves", "seconds": 6.0, "seed": 1, "parts": {"left arm": "waves"}},  # fewer candidates
        {"text": "", "seconds": None, "seed": 3, "parts": {"root": "the body turns"}},
    ]
    columns = {name: [each[name] for each in asked] for name in asked[0]}
    together = pipeline(columns.pop("text"), **columns)
    for each, motion in zip(asked, together, strict=True):
        alone = pipeline(**each)
        assert motion.text == each["text"]
        assert torch.equal(motion.rotations, alone.rotations)
        assert torch.equal(motion.translation, alone.translation)


@pytest.mark.parametrize("name", ["seconds", "seed", "parts"])
def test_values_for_another_number_of_texts_are_refused(pipeline, name):
    values = {"seconds": [1.0] * 3, "seed": [1] * 3, "parts": [{}] * 3}[name]
    with pytest.raises(ValueError, match="2 texts and 3"):
        pipeline(["walks", "waves"], **{name: values})
