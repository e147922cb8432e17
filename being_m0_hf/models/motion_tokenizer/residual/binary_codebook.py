"""Codes an error over time as a sum of templates, each added or subtracted.

A template is three steps (12 frames) long, so that templates of neighbouring steps overlap and no edges show. Decoding
is linear, which makes encoding a search: bits are flipped as long as that lowers an `ErrorMetric` of what is left. No
network has to guess them, and the search weighs jitter as well as distance.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

TEMPLATE_STEPS = 3
#: Bits of steps so far apart do not touch the same frames, the metric's two frames of reach included.
STRIDE = 4
MAX_SWEEPS = 16
#: Weight of an error's change from frame to frame, and of that change's own change: against jitter.
STEP_WEIGHT, BEND_WEIGHT = 2.0, 6.0


@dataclass(frozen=True)
class ErrorMetric:
    """What an error (B, rows, T) costs: its square, and the squares of its changes over time.

    Args:
        weight: (rows, 1) squared weight of a row.
        change: (rows, 1) how much a row's changes over time count.
    """

    weight: Tensor
    change: Tensor

    def gradient(self, error: Tensor) -> Tensor:
        """Half the derivative of the cost, (B, rows, T); the cost is its product with the error."""
        step = difference(error)
        smooth = STEP_WEIGHT * _adjoint(step) + BEND_WEIGHT * _adjoint(_adjoint(difference(step)))
        return self.weight * (error + self.change * smooth)


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

    def search(self, error: Tensor, metric: ErrorMetric) -> Tensor:
        """Signs (B, S, bits) that come close to an error (B, rows, frames * S)."""
        return self.improve(torch.where(self._correlation(error, metric) > 0, 1.0, -1.0), error, metric)

    def improve(self, signs: Tensor, error: Tensor, metric: ErrorMetric, sweeps: int = MAX_SWEEPS) -> Tensor:
        """Flip bits as long as that helps; of steps that do not touch, the best bit each at once."""
        alone = F.pad(self.templates, (self.templates.shape[-1],) * 2)
        cost = (alone * metric.gradient(alone)).sum(dim=(-1, -2))  # of each template by itself
        left = error - self(signs)
        for _ in range(sweeps):
            flipped = False
            for phase in range(STRIDE):
                gain = (-signs * self._correlation(left, metric) - cost)[:, phase::STRIDE]
                best, bit = gain.max(dim=-1)
                worth = best > 1e-4 * cost.max()
                if not worth.any():
                    continue
                flips = torch.zeros_like(signs)
                flips[:, phase::STRIDE] = F.one_hot(bit, signs.shape[-1]).to(signs) * worth[..., None]
                left = left + self(2 * signs * flips)
                signs, flipped = signs * (1 - 2 * flips), True
            if not flipped:
                break
        return signs

    def _correlation(self, error: Tensor, metric: ErrorMetric) -> Tensor:
        """(B, S, bits): by how much each template, added, would lower the cost: half of it, to first order."""
        ahead = self.templates.shape[-1] - self.frames - self.reach_back
        slope = F.pad(metric.gradient(error), (self.reach_back, ahead))
        return F.conv1d(slope, self.templates, stride=self.frames).transpose(1, 2)


def difference(error: Tensor) -> Tensor:
    """Change since the frame before, 0 at the first."""
    return F.pad(error[..., 1:] - error[..., :-1], (1, 0))


def _adjoint(change: Tensor) -> Tensor:
    """Transpose of `difference`."""
    inner = F.pad(change[..., 1:], (1, 0))
    return inner - F.pad(inner[..., 1:], (0, 1))
