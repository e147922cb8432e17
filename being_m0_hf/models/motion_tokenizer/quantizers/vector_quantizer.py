"""Vector quantization: each part has a codebook, learned as a moving average of the latents that fall to each code."""

import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch import Tensor
from transformers import initialization as init

from .quantizer import Quantizer, QuantizerOutput

DECAY = 0.99
#: A code used less than this share of the average is put where a latent of the batch lies.
DEAD_SHARE = 0.05


class VectorQuantizer(Quantizer):
    """The nearest of `codebook_size` vectors (van den Oord et al. 2017; moving averages as in their appendix A.1).

    The first training batch fills the codebook, since codes that were never used are dead.

    Args:
        parts, codebook_size, latent_size: number of codebooks, of codes in each, and of dimensions.
    """

    def __init__(self, parts: int, codebook_size: int, latent_size: int):
        super().__init__(latent_size)
        self.register_buffer("codebook", torch.empty(parts, codebook_size, latent_size))
        self.register_buffer("usage", torch.empty(parts, codebook_size))
        self.register_buffer("sums", torch.empty(parts, codebook_size, latent_size))
        self.reset_buffers()

    def reset_buffers(self) -> None:
        for buffer in (self.codebook, self.usage, self.sums):
            init.zeros_(buffer)

    def indices(self, z: Tensor) -> Tensor:
        codes = []
        for vectors, codebook in zip(z.float().unbind(dim=-2), self.codebook.float(), strict=True):
            distance = codebook.square().sum(dim=-1) - 2 * vectors @ codebook.T
            codes.append(distance.argmin(dim=-1))
        return torch.stack(codes, dim=-1)

    def values(self, codes: Tensor, residual_codes: Tensor | None = None) -> Tensor:
        parts = torch.arange(len(self.codebook), device=codes.device)
        return self.codebook[parts, codes].float()

    def forward(self, z: Tensor) -> QuantizerOutput:
        with torch.autocast(device_type=z.device.type, enabled=False):
            z = z.float()
            if self.training:
                self._revive_dead_codes(z.detach().flatten(0, -3))
            codes = self.indices(z.detach())
            nearest = self.values(codes)
            if self.training:
                self._follow(z.detach().flatten(0, -3), codes.flatten(0, -2))
            commitment = (z - nearest).square().mean()
            return QuantizerOutput(z + (nearest - z).detach(), codes, commitment, z.new_zeros(()))

    @torch.no_grad()
    def _follow(self, vectors: Tensor, codes: Tensor) -> None:
        """Move the codebook towards vectors (N, P, d) with codes (N, P)."""
        hits = F.one_hot(codes, self.codebook.shape[1]).to(vectors)  # (N, P, K)
        counts, sums = hits.sum(dim=0), torch.einsum("npk,npd->pkd", hits, vectors)
        if dist.is_initialized():
            dist.all_reduce(counts)
            dist.all_reduce(sums)
        self.usage.lerp_(counts, 1 - DECAY)
        self.sums.lerp_(sums, 1 - DECAY)
        self.codebook.copy_(self.sums / self.usage.clamp_min(1e-6)[..., None])

    @torch.no_grad()
    def _revive_dead_codes(self, vectors: Tensor) -> None:
        """Put codes that hardly occur on random vectors of the batch (N, P, d)."""
        parts, size, _ = self.codebook.shape
        processes = dist.get_world_size() if dist.is_initialized() else 1
        average = processes * len(vectors) / size
        picks = torch.randint(len(vectors), (size, parts), device=vectors.device)
        fresh = vectors.gather(0, picks[..., None].expand(-1, -1, vectors.shape[-1])).transpose(0, 1).contiguous()
        if dist.is_initialized():
            dist.broadcast(fresh, src=0)
        dead = self.usage < DEAD_SHARE * average
        self.codebook.copy_(torch.where(dead[..., None], fresh, self.codebook))
        self.sums.copy_(torch.where(dead[..., None], fresh * average, self.sums))
        self.usage.copy_(torch.where(dead, average, self.usage))
