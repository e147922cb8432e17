"""Lit triangles: bright towards the light, ambient away from it, colours by the weights of the corners."""

import torch

from being_m0_hf.rendering.flat_shading import lit_colours


def test_brightness_and_colours():
    facing = torch.tensor([[0.0, 0, 0], [1, 0, 0], [0, 1, 0]])  # its normal is +z
    triangles = torch.stack((facing, facing.flip(0)))
    colours = torch.eye(3).mul(100).expand(2, 3, 3)
    weights = torch.tensor([[1.0, 0, 0], [0, 0.5, 0.5]])
    found = lit_colours(triangles, colours, weights, torch.tensor([0.0, 0.6, 0.8]), 0.5)
    torch.testing.assert_close(found, torch.tensor([[90.0, 0, 0], [0, 25.0, 25.0]]))
