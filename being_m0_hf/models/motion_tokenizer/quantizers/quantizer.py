"""What the tokenizer asks of a quantizer."""

from dataclasses import dataclass

from torch import Tensor, nn


@dataclass
class QuantizerOutput:
    """Quantized latents (..., P, d), codes (..., P), and the two training losses (scalars, fp32)."""

    quantized: Tensor
    codes: Tensor
    commitment_loss: Tensor
    entropy_loss: Tensor


class Quantizer(nn.Module):
    """Latents (B, S, P, latent_size) <-> codes (B, S, P).

    Args:
        latent_size: numbers the encoder gives for each part and step.
    """

    def __init__(self, latent_size: int):
        super().__init__()
        self.latent_size = latent_size

    def reset_buffers(self) -> None:
        """Fill the buffers; transformers calls this again after building the model on the meta device."""

    def bound(self, raw: Tensor) -> Tensor:
        """The encoder's output, brought into the range that is quantized; by default as it is."""
        return raw

    def indices(self, z: Tensor) -> Tensor:
        """(..., P, d) latents -> (..., P) codes."""
        raise NotImplementedError

    def residual_indices(self, z: Tensor) -> Tensor | None:
        """(..., P, d) latents -> (..., P, L) codes of the quantizer's own further levels, if it has any."""
        return None

    def values(self, codes: Tensor, residual_codes: Tensor | None = None) -> Tensor:
        """(..., P) codes, and (..., P, L) of own further levels -> (..., P, d) quantized latents."""
        raise NotImplementedError

    def forward(self, z: Tensor) -> QuantizerOutput:
        """Quantize with a gradient: z (B, S, P, d)."""
        raise NotImplementedError
