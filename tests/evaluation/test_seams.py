"""Seams of edited motions beside the recording."""

import pytest
import torch
from tiny_models import tiny_encoder, tiny_model, tiny_processor

from being_m0_hf.evaluation.following.seams import evaluate_seams, seam_jerk
from being_m0_hf.pipelines.text_to_motion import MotionPipeline


def test_a_jump_of_five_centimetres_is_seen_where_it_is(make_motion):
    motion = make_motion(60, seed=3)
    moved = motion.translation.clone()
    moved[30:, 0] += 0.05
    jumped = motion.replace(translation=moved)
    assert seam_jerk(jumped, 30) > seam_jerk(motion, 30) + 100
    assert seam_jerk(jumped, 50) == pytest.approx(seam_jerk(motion, 50), rel=0.01)


def test_edits_of_a_model_keep_the_rest(make_motion):
    model = tiny_model(max_steps=20)
    model.config.tasks = ["text-to-motion", "fill"]
    pipeline = MotionPipeline(model, tiny_processor(max_steps=20), tiny_encoder())
    clips = [(make_motion(64, seed=seed, turn=0.5), "a person walks forward") for seed in range(2)]
    report = evaluate_seams(pipeline, clips, progress=False)
    assert set(report.edits) == {"continue", "fill", "fill an arm"}
    assert all(kept < 0.1 for kept in report.kept_mm.values())  # mm
    assert all(torch.isfinite(torch.tensor(report.ratio(name))) for name in report.edits)
    with pytest.raises(ValueError, match="expected at least 3"):
        evaluate_seams(pipeline, [(make_motion(30, seed=1), "walks")], progress=False)
