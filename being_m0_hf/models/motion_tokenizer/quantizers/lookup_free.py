"""Lookup-free quantization: a token is the signs of its bits, and no codebook is stored."""

import torch
import torch.nn.functional as F
from torch import Tensor

from .quantizer import Quantizer, QuantizerOutput

#: Bits whose joint distribution is held exactly in the batch entropy: 2 ** 8 probabilities a group.
ENTROPY_GROUP_BITS = 8


def index_to_signs(index: Tensor, num_bits: int) -> Tensor:
    """(...) index -> (..., d) of -1.0 or +1.0."""
    shifts = torch.arange(num_bits, device=index.device)
    return ((index[..., None] >> shifts) & 1).float() * 2 - 1


def signs_to_index(signs: Tensor) -> Tensor:
    """(..., d) -> (...) index, first bit least significant; a bit is set where the number is more than 0."""
    places = 2 ** torch.arange(signs.shape[-1], device=signs.device)
    return ((signs > 0).long() * places).sum(dim=-1)


class LookupFreeQuantizer(Quantizer):
    """``Q(z) = sign(z)``, with the gradient passed straight through (Yu et al. 2024; Being-M0, section 3.2).

    Losses are computed in fp32 whatever the autocast state:

    * commitment: mean squared distance of z to its signs;
    * entropy: ``E[H(p(code | z))] - gamma * H(E[p(code | z)])``, small when each token is certain and all codes are
      used alike. The logits of a code c are ``2 z.c / temperature``, so each bit is a Bernoulli variable of its own
      with probability ``sigmoid(4 z_i / temperature)``: the first term is *exactly* the sum of the bits' entropies.
      The second does not factorise. It is computed for each part by itself, exact within groups of at most 8
      neighbouring bits and summed over the groups, which is an upper bound of the exact value (equal to it up to
      8 bits).

    Args:
        num_bits: d, bits of a token.
        temperature: of the soft assignment; 1 keeps a gradient for every |z| below about 1.
        diversity_gamma: weight of the batch entropy.
    """

    def __init__(self, num_bits: int, temperature: float = 1.0, diversity_gamma: float = 1.0):
        super().__init__(num_bits)
        self.num_bits = num_bits
        self.temperature = temperature
        self.diversity_gamma = diversity_gamma

    def bound(self, raw: Tensor) -> Tensor:
        """On a sphere of radius sqrt(d), as in binary spherical quantization: otherwise the straight-through gradient
        lets latents grow without bound, far from the signs they are replaced by.
        """
        return raw * torch.rsqrt(raw.square().mean(dim=-1, keepdim=True) + 1e-6)

    def indices(self, z: Tensor) -> Tensor:
        return signs_to_index(z)

    def values(self, codes: Tensor, residual_codes: Tensor | None = None) -> Tensor:
        return index_to_signs(codes, self.num_bits)

    def forward(self, z: Tensor) -> QuantizerOutput:
        """Args: z (B, S, P, d)."""
        with torch.autocast(device_type=z.device.type, enabled=False):
            z = z.float()
            signs = torch.where(z > 0, 1.0, -1.0)
            quantized = z + (signs - z).detach()
            commitment = (z - signs).square().mean()
            return QuantizerOutput(quantized, self.indices(signs), commitment, self._entropy_loss(z))

    def _entropy_loss(self, z: Tensor) -> Tensor:
        logits = 4 * z / self.temperature
        sample_entropy = bernoulli_entropy(logits).sum(dim=-1).mean()
        return sample_entropy - self.diversity_gamma * self._batch_entropy(logits)

    def _batch_entropy(self, logits: Tensor) -> Tensor:
        parts = logits.flatten(0, -3)  # (N, P, d)
        total = logits.new_zeros(())
        for group in parts.sigmoid().split(ENTROPY_GROUP_BITS, dim=-1):
            total = total + entropy(code_probabilities(group).mean(dim=0)).mean()
        return total


def bernoulli_entropy(logits: Tensor) -> Tensor:
    """Entropy in nats of a yes/no variable with these logits, stable at both ends."""
    probability = logits.sigmoid()
    return F.softplus(logits) - logits * probability


def entropy(probabilities: Tensor) -> Tensor:
    """Entropy in nats over the last dimension."""
    return -(probabilities * probabilities.clamp_min(1e-12).log()).sum(dim=-1)


def code_probabilities(bit_probabilities: Tensor) -> Tensor:
    """(..., g) probabilities of independent bits -> (..., 2 ** g) probabilities of their codes."""
    codes = torch.ones_like(bit_probabilities[..., :1])
    for bit in bit_probabilities.unbind(dim=-1):
        codes = torch.cat((codes * (1 - bit[..., None]), codes * bit[..., None]), dim=-1)
    return codes
