"""Several texts in one call: each gives what it would give alone."""

import pytest
import torch
from tiny_models import tiny_encoder, tiny_model, tiny_processor

from being_m0_hf.pipelines.text_to_motion import MotionPipeline, load_pipeline


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


def test_a_saved_pipeline_keeps_its_list_of_actions_and_understands(tmp_path):
    pipeline = MotionPipeline(tiny_model(), tiny_processor(), listed={"walk": {}, "bow": {}})
    pipeline.save_pretrained(tmp_path)
    assert load_pipeline(tmp_path).listed == pipeline.listed
    assert pipeline.understand("someone bows").actions[0].name == "bow"
    plain = pipeline("a person bows", seconds=1.0)
    assert torch.equal(pipeline("someone bows", seconds=1.0, rewrite=True).rotations, plain.rotations)


def test_a_pipeline_without_a_list_says_so(pipeline):
    with pytest.raises(ValueError, match="has no actions.json"):
        pipeline.understand("a person walks")
