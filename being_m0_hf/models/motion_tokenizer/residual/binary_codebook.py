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
#: Steps before and after one whose templates meet its own: so far a flip is felt.
REACH = STRIDE - 1
#: Steps of the clip whose ends and middle tell how flips are felt in a clip of any length.
SAMPLE_STEPS = 32
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
        least = 1e-4 * cost.max()
        signs, steps = signs.clone(), signs.shape[1]
        felt = self._felt(steps, metric)
        # what each template would gain, kept up to date: there are REACH steps more at both ends, which stay unused
        gains = F.pad(self._correlation(error - self(signs), metric), (0, 0, REACH, REACH))
        around = torch.arange(2 * REACH + 1, device=signs.device)
        for _ in range(sweeps):
            flipped = False
            for phase in range(min(STRIDE, steps)):
                own = signs[:, phase::STRIDE]
                best, bit = (-own * gains[:, REACH + phase : REACH + steps : STRIDE] - cost).max(dim=-1)
                worth = best > least
                if not worth.any():
                    continue
                places = torch.arange(phase, steps, STRIDE, device=signs.device)
                chosen = bit[..., None]
                flips = 2 * own.gather(2, chosen) * worth[..., None]
                change = flips[..., None] * felt[places, bit]
                gains.index_add_(1, (places[:, None] + around).flatten(), change.flatten(1, 2))
                own.scatter_add_(2, chosen, -flips)
                flipped = True
            if not flipped:
                break
        return signs

    def _felt(self, steps: int, metric: ErrorMetric) -> Tensor:
        """(S, bits, 2 * REACH + 1, bits): what an error that is one template of a step is to the templates around it.

        It is the same for all steps that are not near an end, so that a short clip tells it for long ones.
        """
        bits, few = len(self.templates), min(steps, SAMPLE_STEPS)
        apart = 2 * REACH + 1  # templates so far apart do not meet, and are tried together
        phases = torch.arange(few, device=self.templates.device) % apart
        signs = F.one_hot(phases, apart).T[:, None, :, None] * torch.eye(bits, device=phases.device)[:, None]
        seen = self._correlation(self(signs.flatten(0, 1).to(self.templates)), metric).unflatten(0, (apart, bits))
        around = F.pad(seen, (0, 0, REACH, REACH)).unfold(2, apart, 1)  # (phases, bits, few, bits, apart)
        felt = around[phases, :, torch.arange(few, device=phases.device)].transpose(-1, -2)
        if steps == few:
            return felt
        middle = torch.full((steps - few,), few // 2, device=phases.device)
        half = torch.arange(few, device=phases.device)
        return felt[torch.cat((half[: few // 2], middle, half[few // 2 :]))]

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
