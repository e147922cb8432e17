"""Finite scalar quantization: each latent number is rounded to one of a few levels, and no codebook is learned."""

import torch
from torch import Tensor

from .quantizer import Quantizer, QuantizerOutput

#: A number that is bounded exactly at its outermost level would have no gradient there.
MARGIN = 1e-3
BITS_PER_NUMBER = 3


def scalar_levels(num_bits: int) -> list[int]:
    """Levels of each number so that there are exactly 2 ** num_bits codes: about 8 each, as Mentzer et al. advise."""
    numbers = max(1, num_bits // BITS_PER_NUMBER)
    return [2 ** (num_bits // numbers + (index < num_bits % numbers)) for index in range(numbers)]


class FiniteScalarQuantizer(Quantizer):
    """Rounding with the gradient passed straight through (Mentzer et al. 2023).

    Args:
        num_bits: of a token; codes number 2 ** num_bits.
    """

    def __init__(self, num_bits: int):
        self.levels = scalar_levels(num_bits)
        super().__init__(len(self.levels))

    def bound(self, raw: Tensor) -> Tensor:
        """Numbers between their outermost levels, which are the integers from -L / 2 to L / 2 - 1."""
        half = (raw.new_tensor(self.levels) - 1) * (1 + MARGIN) / 2
        shift = torch.atanh(0.5 / half)  # an even number of levels: zero is one of them, and one more lies below
        return torch.tanh(raw + shift) * half - 0.5

    def indices(self, z: Tensor) -> Tensor:
        sizes = torch.tensor(self.levels, device=z.device)
        place = torch.cat((sizes.new_ones(1), sizes[:-1].cumprod(dim=0)))
        return ((z.round().long() + sizes // 2) * place).sum(dim=-1)

    def values(self, codes: Tensor, residual_codes: Tensor | None = None) -> Tensor:
        numbers, left = [], codes
        for size in self.levels:
            numbers.append(left % size - size // 2)
            left = left // size
        return self._scaled(torch.stack(numbers, dim=-1).float())

    def forward(self, z: Tensor) -> QuantizerOutput:
        with torch.autocast(device_type=z.device.type, enabled=False):
            z = z.float()
            rounded = z + (z.round() - z).detach()
            return QuantizerOutput(self._scaled(rounded), self.indices(z), z.new_zeros(()), z.new_zeros(()))

    def _scaled(self, numbers: Tensor) -> Tensor:
        """Into -1..1, whatever the number of levels."""
        return numbers / (numbers.new_tensor(self.levels) / 2)
