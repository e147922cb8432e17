"""Numbers by chance, from one generator and where it is."""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Chance:
    """What is drawn lies on the generator's device."""

    generator: torch.Generator

    @classmethod
    def of(cls, seed: int, device: str | torch.device = "cpu") -> "Chance":
        return cls(torch.Generator(device).manual_seed(seed))

    @property
    def device(self) -> torch.device:
        return self.generator.device

    def uniform(self, low: float, high: float, *shape: int) -> Tensor:
        return low + (high - low) * torch.rand(shape, generator=self.generator, device=self.device)

    def normal(self, deviation: float, *shape: int) -> Tensor:
        return deviation * torch.randn(shape, generator=self.generator, device=self.device)

    def whole(self, low: int, high: int, *shape: int) -> Tensor:
        """From ``low`` to ``high`` - 1."""
        return torch.randint(low, high, shape, generator=self.generator, device=self.device)

    def whether(self, share: float, *shape: int) -> Tensor:
        return self.uniform(0, 1, *shape) < share
