"""Codes an error over time as a sum of templates, each added or subtracted.

A template is three steps (12 frames) long, so that templates of neighbouring steps overlap and no edges show. Decoding
is linear, which makes encoding a search (`sign_search.py`).
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

TEMPLATE_STEPS = 3


class SignedTemplates(nn.Module):
    """Templates of one body part.

    Args:
        bits: number of templates.
        rows: numbers a frame.
        frames: of a step.
        lookahead: 0 if a token must move no frame before its own step; otherwise it moves those of one step before.
    """

    def __init__(self, bits: int, rows: int, frames: int, lookahead: int | None = None):
        super().__init__()
        self.frames = frames
        self.reach_back = 0 if lookahead == 0 else frames
        self.register_buffer("templates", torch.zeros(bits, rows, TEMPLATE_STEPS * frames))

    def forward(self, signs: Tensor) -> Tensor:
        """(B, rows, frames * S) that signs (B, S, bits) stand for."""
        spread = F.conv_transpose1d(signs.to(self.templates).transpose(1, 2), self.templates, stride=self.frames)
        return spread[..., self.reach_back : self.reach_back + self.frames * signs.shape[1]]
