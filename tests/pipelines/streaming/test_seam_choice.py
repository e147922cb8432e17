"""Where one text follows another: the way over that jerks least is taken."""

import pytest
import torch
from tiny_models import tiny_encoder, tiny_model, tiny_processor

from being_m0_hf.motion import Motion
from being_m0_hf.pipelines.requests import MotionRequest
from being_m0_hf.pipelines.streaming import piece_writer
from being_m0_hf.pipelines.streaming.piece_writer import PieceWriter, Sampling
from being_m0_hf.pipelines.streaming.seam_choice import roughness


def test_roughness_is_the_strongest_acceleration_there():
    still = torch.tensor([0.0, 0.0, 0.0, 1.0]).expand(40, 22, 4)
    translation = torch.tensor([0.0, 0.9, 0.0]).repeat(40, 1)
    translation[20:, 0] += 0.1
    jump = Motion(still, translation)
    assert roughness(jump, 15, 25) == pytest.approx(0.1 * 20**2, rel=1e-3)
    assert roughness(jump, 22, 30) == pytest.approx(0, abs=1e-2)


def test_the_smoothest_way_into_a_new_text_is_taken(monkeypatch):
    model = tiny_model()
    model.config.tasks = ["text-to-motion", "fill"]
    writer = PieceWriter(model, tiny_processor(), tiny_encoder())
    codes = torch.arange(8)[:, None].expand(8, 6) % 4
    asked = MotionRequest("sits", {}, 6, 3)

    def rough(number: int) -> float:
        monkeypatch.setattr(piece_writer, "LEADS", number)
        whole = torch.cat((codes, writer.turn(codes, asked, Sampling())))
        size = writer.processor.downsample
        return roughness(writer._motion(whole), 7 * size, 12 * size)

    assert rough(8) <= rough(2) + 1e-3
