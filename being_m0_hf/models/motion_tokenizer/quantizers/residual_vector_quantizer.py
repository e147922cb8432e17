"""Residual vector quantization: further codebooks code what the first has left of the latents."""

import torch
from torch import Tensor, nn

from .quantizer import Quantizer, QuantizerOutput
from .vector_quantizer import VectorQuantizer


class ResidualVectorQuantizer(Quantizer):
    """A chain of vector quantizers (Zeghidour et al. 2021).

    In training the last levels are left out at random, so that any number of them decodes.

    Args:
        parts, codebook_size, latent_size: see [`VectorQuantizer`].
        residual_levels: codebooks after the first.
    """

    def __init__(self, parts: int, codebook_size: int, latent_size: int, residual_levels: int):
        super().__init__(latent_size)
        self.levels = nn.ModuleList(
            VectorQuantizer(parts, codebook_size, latent_size) for _ in range(1 + residual_levels)
        )

    def indices(self, z: Tensor) -> Tensor:
        return self.levels[0].indices(z)

    def residual_indices(self, z: Tensor) -> Tensor:
        left, codes = z.float(), []
        for level in self.levels:
            codes.append(level.indices(left))
            left = left - level.values(codes[-1])
        return torch.stack(codes[1:], dim=-1) if len(codes) > 1 else codes[0].new_zeros(*codes[0].shape, 0)

    def values(self, codes: Tensor, residual_codes: Tensor | None = None) -> Tensor:
        total = self.levels[0].values(codes)
        further = () if residual_codes is None else residual_codes.unbind(dim=-1)
        for level, level_codes in zip(self.levels[1:], further, strict=False):
            total = total + level.values(level_codes)
        return total

    def forward(self, z: Tensor) -> QuantizerOutput:
        with torch.autocast(device_type=z.device.type, enabled=False):
            z = z.float()
            used = int(torch.randint(1, len(self.levels) + 1, ())) if self.training else len(self.levels)
            left, commitment, first = z, z.new_zeros(()), None
            for level in self.levels[:used]:
                output = level(left)
                left = left - level.values(output.codes)
                commitment = commitment + output.commitment_loss / used
                first = output.codes if first is None else first
            quantized = z - left  # exact: what all levels took away
            return QuantizerOutput(z + (quantized - z).detach(), first, commitment, z.new_zeros(()))
