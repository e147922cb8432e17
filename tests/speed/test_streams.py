"""`being-m0 bench --stream`: what it says of a stream is what the stream did."""

import pytest
import torch
from tiny_models import tiny_encoder, tiny_model, tiny_processor

from being_m0_hf.motion import CANONICAL_SKELETON, Motion
from being_m0_hf.pipelines.text_to_motion import MotionPipeline
from being_m0_hf.speed.streams import measure_stream, seam_jerk


def still(frames: int, height: float) -> Motion:
    rotations = torch.zeros(frames, 22, 4)
    rotations[..., 3] = 1
    wobble = 0.001 * torch.tensor([1.0, -1.0]).repeat(frames)[:frames]
    translation = torch.stack((wobble, torch.full((frames,), height), torch.zeros(frames)), dim=1)
    return Motion(rotations, translation, fps=20, skeleton=CANONICAL_SKELETON)


def test_a_jump_between_pieces_is_a_seam_and_none_is_none():
    assert seam_jerk([still(12, 1.0), still(12, 1.0)]) == pytest.approx(1.0, abs=0.01)
    assert seam_jerk([still(12, 1.0), still(12, 1.2)]) > 10


def test_too_short_a_stream_is_one_line():
    pipeline = MotionPipeline(tiny_model(), tiny_processor(), tiny_encoder())
    with pytest.raises(ValueError, match="give 1 or more"):
        measure_stream(pipeline, 0.5)
