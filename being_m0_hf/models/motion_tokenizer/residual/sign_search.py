"""Finds the signs of templates that come close to an error: bits are flipped as long as that lowers what is left.

No network has to guess them, and the search weighs jitter as well as distance (`ErrorMetric`).
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from .binary_codebook import TEMPLATE_STEPS, SignedTemplates
from .error_metric import ErrorMetric

MAX_SWEEPS = 16


class SignSearch:
    """Searches the signs of several body parts at once, each by itself. It is made once for templates and a metric.

    Args:
        parts: P of one size, bits, rows and frames.
        metric: of all of them: weight, change and share are (P, rows, 1), or what broadcasts to it.
    """

    def __init__(self, parts: Sequence[SignedTemplates], metric: ErrorMetric):
        self.metric, self.frames, self.reach_back = metric, parts[0].frames, parts[0].reach_back
        self.templates = torch.stack([part.templates for part in parts])  # (P, bits, rows, 3 * frames)
        size = self.templates.shape[-1]
        #: Steps before and after one whose templates meet its own, with the metric's reach: so far a flip is felt.
        self.reach = TEMPLATE_STEPS + (metric.reach - 1) // self.frames
        #: A clip of so many steps tells how flips are felt in a longer one: only near its ends are they felt otherwise.
        self.sample = 2 * self.reach + 2
        alone = F.pad(self.templates, (size, size)).transpose(0, 1)
        self.cost = (alone * metric.gradient(alone)).sum(dim=(-1, -2)).T  # (P, bits) of each template by itself
        self._felt_of: dict[int, Tensor] = {}

    def signs(self, error: Tensor) -> Tensor:
        """Signs (B, S, P, bits) that come close to an error (B, P, rows, frames * S)."""
        start = torch.where(self._correlation(error) > 0, 1.0, -1.0)
        return self.improve(start, error)

    def improve(self, signs: Tensor, error: Tensor, sweeps: int = MAX_SWEEPS) -> Tensor:
        """Flip bits as long as that helps; of steps that do not touch, the best bit each at once."""
        least = 1e-4 * self.cost.amax(dim=-1)
        signs, steps, reach, stride = signs.clone(), signs.shape[1], self.reach, self.reach + 1
        felt = self._felt(min(steps, self.sample))[self._places_in_sample(steps).to(signs.device)]
        # what each template would gain, kept up to date: there are more steps at both ends, which stay unused
        gains = F.pad(self._correlation(error - self._sum(signs)), (0, 0, 0, 0, reach, reach))
        around = torch.arange(2 * reach + 1, device=signs.device)
        parts = torch.arange(signs.shape[2], device=signs.device)
        phases = [torch.arange(phase, steps, stride, device=signs.device) for phase in range(min(stride, steps))]
        for _ in range(sweeps):
            flipped = False
            for phase, places in enumerate(phases):
                own = signs[:, phase::stride]
                best, bit = (-own * gains[:, reach + phase : reach + steps : stride] - self.cost).max(dim=-1)
                worth = best > least
                if not worth.any():
                    continue
                chosen = bit[..., None]
                flips = 2 * own.gather(3, chosen) * worth[..., None]  # (B, places, P, 1)
                change = flips[..., None] * felt[places[:, None], parts, bit]  # (B, places, P, around, bits)
                gains.index_add_(1, (places[:, None] + around).flatten(), change.transpose(2, 3).flatten(1, 2))
                own.scatter_add_(3, chosen, -flips)
                flipped = True
            if not flipped:
                break
        return signs

    def _felt(self, steps: int) -> Tensor:
        """(S, P, bits, 2 * reach + 1, bits): what an error that is one template is to those of the steps around it."""
        if steps not in self._felt_of:
            parts, bits = self.templates.shape[:2]
            apart = 2 * self.reach + 1  # templates so far apart do not meet, and are tried together
            places = torch.arange(steps, device=self.templates.device)
            once = F.one_hot(places % apart, apart).T[:, None, :, None, None]
            signs = once * torch.eye(bits, device=places.device)[:, None, None]  # (apart, bits, S, 1, bits)
            seen = self._correlation(self._sum(signs.expand(-1, -1, -1, parts, -1).flatten(0, 1)))
            near = F.pad(seen, (0, 0, 0, 0, self.reach, self.reach)).unfold(1, apart, 1)
            near = near.unflatten(0, (apart, bits))  # (apart, bits, S, P, bits, around)
            self._felt_of[steps] = near[places % apart, :, places].permute(0, 2, 1, 4, 3).contiguous()
        return self._felt_of[steps]

    def _sum(self, signs: Tensor) -> Tensor:
        """(B, P, rows, frames * S) that signs (B, S, P, bits) stand for."""
        parts, _, rows, _ = self.templates.shape
        flat = signs.to(self.templates).flatten(2).transpose(1, 2)
        spread = F.conv_transpose1d(flat, self.templates.flatten(0, 1), stride=self.frames, groups=parts)
        cut = spread[..., self.reach_back : self.reach_back + self.frames * signs.shape[1]]
        return cut.unflatten(1, (parts, rows))

    def _correlation(self, error: Tensor) -> Tensor:
        """(B, S, P, bits): by how much each template, added, would lower the cost: half of it, to first order."""
        parts, bits, _, size = self.templates.shape
        slope = F.pad(self.metric.gradient(error), (self.reach_back, size - self.frames - self.reach_back))
        seen = F.conv1d(slope.flatten(1, 2), self.templates.flatten(0, 1), stride=self.frames, groups=parts)
        return seen.transpose(1, 2).unflatten(-1, (parts, bits))

    def _places_in_sample(self, steps: int) -> Tensor:
        """(S,) for each step of a clip the step of the sample at which a flip is felt alike."""
        places, half = torch.arange(steps), self.sample // 2
        return torch.where(places < half, places, (places - steps + self.sample).clamp_min(half)).minimum(places)
