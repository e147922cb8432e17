"""Convolutions over time with weights of their own for each body part, and the encoder and decoder made of them."""

import math
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class PartConv(nn.Conv1d):
    """Convolution over time with weights of its own for each part: no part sees another.

    Works on the image (batch, parts * channels, time) and keeps its length. ``causal`` pads only the past.
    """

    def __init__(self, parts: int, inputs: int, outputs: int, width: int, dilation: int = 1, causal: bool = False):
        self.reach = (width - 1) * dilation
        padding = self.reach if causal else self.reach // 2
        super().__init__(parts * inputs, parts * outputs, width, padding=padding, dilation=dilation, groups=parts)
        self.causal = causal

    @property
    def taps(self) -> list[int]:
        """The places of the input, from an output's own, that the weights belong to."""
        first = -self.reach if self.causal else -(self.reach // 2)
        return [first + tap * self.dilation[0] for tap in range(self.kernel_size[0])]

    def forward(self, image: Tensor) -> Tensor:
        output = super().forward(image)
        # padded on both sides by all of the reach: the first outputs are those that saw the past only
        return output[..., : image.shape[-1]] if self.causal else output


class Halve(nn.Conv1d):
    """Half as many time steps."""

    def __init__(self, parts: int, inputs: int, outputs: int):
        super().__init__(parts * inputs, parts * outputs, kernel_size=4, stride=2, padding=1, groups=parts)


class Double(PartConv):
    """Twice as many time steps: each step predicts two (sub-pixel convolution)."""

    def __init__(self, parts: int, inputs: int, outputs: int, causal: bool = False):
        super().__init__(parts, inputs, 2 * outputs, 3, causal=causal)

    def forward(self, image: Tensor) -> Tensor:
        pairs = super().forward(image).unflatten(1, (-1, 2))  # (batch, channels, 2, steps)
        return pairs.transpose(2, 3).flatten(2)


class PartMixer(nn.Conv1d):
    """One time step of all parts -> all parts: the only kind of layer where parts meet."""

    def __init__(self, parts: int, channels: int):
        super().__init__(parts * channels, parts * channels, kernel_size=1)

    def forward(self, image: Tensor) -> Tensor:
        return image + super().forward(F.silu(image))


class ResidualBlock(nn.Module):
    """Dilated convolution over time and a pointwise one, added to the input."""

    def __init__(self, parts: int, channels: int, dilation: int, causal: bool = False):
        super().__init__()
        self.wide = PartConv(parts, channels, channels, 3, dilation, causal)
        self.point = PartConv(parts, channels, channels, 1)

    def forward(self, image: Tensor) -> Tensor:
        return image + self.point(F.silu(self.wide(F.silu(image))))


class LookAhead:
    """Deals out how far a decoder may look ahead, layer by layer: a layer sees as far ahead as back, or not at all.

    Args:
        steps: of tokens; None for as far as the layers reach.
    """

    def __init__(self, steps: int | None):
        self.places = steps

    def causal(self, dilation: int = 1) -> bool:
        """Whether the next layer, of width 3, must look back only."""
        if self.places is None:
            return False
        if dilation > self.places:
            return True
        self.places -= dilation
        return False

    def double(self) -> None:
        """From here on a step has twice as many places."""
        if self.places is not None:
            self.places *= 2


class MotionEncoder(nn.Module):
    """Image (batch, parts * columns, time) -> latents (batch, parts * latent_size, time / 2 ** num_downsamples).

    Args:
        parts, columns, latent_size, channels: parts, and for each of them inputs, outputs and hidden channels.
        num_downsamples: halvings of time.
        num_blocks: residual blocks at each time resolution.
        mix_parts: whether a part's latent may look at other parts as well.
    """

    def __init__(
        self,
        parts: int,
        columns: int,
        latent_size: int,
        channels: int,
        num_downsamples: int,
        num_blocks: int,
        mix_parts: bool = True,
    ):
        super().__init__()
        layers: list[nn.Module] = []
        for level in range(num_downsamples):
            layers.append(Halve(parts, channels if level else columns, channels))
            layers.extend(ResidualBlock(parts, channels, 3**depth) for depth in range(num_blocks))
        if mix_parts:
            layers.append(PartMixer(parts, channels))
        self.layers = nn.Sequential(*layers)
        self.to_bits = PartConv(parts, channels, latent_size, 1)

    def forward(self, image: Tensor) -> Tensor:
        return self.to_bits(F.silu(self.layers(image)))


class MotionDecoder(nn.Module):
    """Latents (batch, parts * latent_size, steps) -> image (batch, parts * columns, steps * 2 ** num_downsamples).

    Args:
        parts, latent_size, columns, channels: parts, and for each of them inputs, outputs and hidden channels.
        num_downsamples: doublings of time.
        num_blocks: residual blocks at each time resolution.
        lookahead: later steps that a step is decoded from, beside itself and earlier ones; None for all.
        mix_parts: whether a part is decoded from other parts' latents as well.
    """

    def __init__(
        self,
        parts: int,
        latent_size: int,
        columns: int,
        channels: int,
        num_downsamples: int,
        num_blocks: int,
        lookahead: int | None = None,
        mix_parts: bool = False,
    ):
        super().__init__()
        self.parts, self.mix_parts = parts, mix_parts
        self.sizes = (latent_size, columns, channels, num_downsamples, num_blocks, lookahead)
        left = LookAhead(lookahead)
        layers: list[nn.Module] = [PartConv(parts, latent_size, channels, 3, causal=left.causal())]
        if mix_parts:
            layers.append(PartMixer(parts, channels))
        for level in reversed(range(num_downsamples)):
            for dilation in (3**depth for depth in range(num_blocks)):
                layers.append(ResidualBlock(parts, channels, dilation, left.causal(dilation)))
            layers.append(Double(parts, channels, channels if level else columns, left.causal()))
            left.double()
        self.layers = nn.Sequential(*layers)

    def forward(self, image: Tensor) -> Tensor:
        return self.layers(image)

    @property
    def reach_back(self) -> int:
        """Earlier steps that a step is decoded from."""
        return self._reach(lambda layer: -layer.taps[0])

    @property
    def reach_ahead(self) -> int:
        """Later steps that a step is decoded from, of a decoder for whole motions as well."""
        return self._reach(lambda layer: layer.taps[-1])

    def _reach(self, places_of: Callable[[PartConv], int]) -> int:
        """Steps that layers reach together, each as many places as it says."""
        reach, places = 0.0, 1
        for layer in self.modules():
            if isinstance(layer, PartConv):
                reach += places_of(layer) / places
            if isinstance(layer, Double):
                places *= 2
        return math.ceil(reach)

    def only(self, part: int) -> "MotionDecoder":
        """The decoder of one part by itself.

        Raises:
            ValueError: parts meet in this decoder.
        """
        if self.mix_parts:
            raise ValueError("closed_loop needs a tokenizer whose decoder keeps parts apart (mix_parts_in_decoder off)")
        alone = MotionDecoder(1, *self.sizes).to(self.layers[0].weight)
        weights = {name: weight.chunk(self.parts)[part] for name, weight in self.state_dict().items()}
        alone.load_state_dict(weights)
        return alone

    @torch.no_grad()
    def start_from(self, other: "MotionDecoder") -> None:
        """Take the weights of a decoder of the same size that may look ahead farther or less.

        A weight goes to the same place in time; those of places that this decoder does not see are left out.
        """
        self.load_state_dict(other.state_dict())
        for own, old in zip(self.modules(), other.modules(), strict=True):
            if isinstance(own, PartConv) and isinstance(old, PartConv) and own.taps != old.taps:
                own.weight.zero_()
                for index, place in enumerate(own.taps):
                    if place in old.taps:
                        own.weight[..., index] = old.weight[..., old.taps.index(place)]
