"""What no body can do."""

import torch

from being_m0_hf.motion import Motion
from being_m0_hf.pipelines.plausibility import floating


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
