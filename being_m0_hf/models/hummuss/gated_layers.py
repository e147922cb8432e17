"""Layers of HumMUSS: paths that meet by multiplication, over joints and over time, in two streams."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from transformers.modeling_layers import GradientCheckpointingLayer

from .configuration_hummuss import HumMussConfig
from .state_space import JOINT_STEPS, SHORT_SEQUENCE, TIME_STEPS, DiagonalStateSpace, flipped


class Aggregation(nn.Module):
    """Several tensors (..., width) become one: their product, their mean, or a weighted mean that is learned.

    The weights of the learned mean are a softmax of a linear function of all of them, one for each place, as MotionBERT
    (Zhu et al. 2023) joins its streams.
    """

    def __init__(self, kind: str, width: int, number: int):
        super().__init__()
        self.kind = kind
        self.weigh = nn.Linear(width * number, number) if kind == "learned" else None
        if self.weigh is not None:
            self.weigh.first_std = 0.0  # a mean at the start

    def forward(self, paths: Sequence[Tensor]) -> Tensor:
        if self.kind == "multiplicative":
            product = paths[0]
            for path in paths[1:]:
                product = product * path
            return product
        if self.weigh is None:
            return sum(paths[1:], start=paths[0]) / len(paths)
        weights = self.weigh(torch.cat(tuple(paths), dim=-1)).softmax(-1).unbind(-1)
        weighted = [path * weight[..., None] for path, weight in zip(paths, weights, strict=True)]
        return sum(weighted[1:], start=weighted[0])


class GatedStateSpace(nn.Module):
    """A gated diagonal state-space layer: a forward scan, a backward scan and the identity meet, and a residual.

    Both scans share what widens their input and their output, which keeps the paper's sizes near its 16 M parameters.
    """

    def __init__(
        self, config: HumMussConfig, expansion: int, causal: bool, first_steps: tuple[float, float] = TIME_STEPS
    ):
        super().__init__()
        width, gate, scanned = config.hidden_size, config.gate_width, expansion * config.hidden_size
        self.norm = nn.LayerNorm(width)
        self.identity = nn.Linear(width, gate)
        self.scan_in = nn.Linear(width, scanned)
        self.scan_out = nn.Linear(scanned, gate)
        if config.path_aggregation == "multiplicative":
            self.scan_out.first_bias = 1.0  # a product of small numbers would learn nothing: it starts near identity
        self.forward_scan = DiagonalStateSpace(scanned, config.state_size, first_steps)
        self.backward_scan = None if causal else DiagonalStateSpace(scanned, config.state_size, first_steps)
        self.aggregation = Aggregation(config.path_aggregation, gate, 2 if causal else 3)
        self.out = nn.Linear(gate, width)
        self.chunk_length = config.chunk_length

    def forward(
        self,
        states: Tensor,
        scale: Tensor,
        memory: Tensor | None = None,
        keep_memory: bool = False,
        filters: dict | None = None,
    ) -> tuple[Tensor, Tensor | None]:
        """(batch, rows, steps, width) -> the same, and the forward scan's state if it shall be kept."""
        normed, steps = self.norm(states), states.shape[2]
        if memory is None and not keep_memory and len(scale) == 1 == scale.ndim and steps <= self._as_matrix:
            ways = self._scan_short(normed.flatten(0, 2), scale, steps, filters)
            identity = F.gelu(self.identity(normed.flatten(0, 2)))
            return states + self.out(self.aggregation([identity, *ways])).view_as(states), None
        scanned = F.gelu(self.scan_in(normed))
        ahead, memory = self.forward_scan(scanned, scale, memory, self.chunk_length, keep_memory, filters)
        paths = [F.gelu(self.identity(normed)), self.scan_out(ahead)]
        if self.backward_scan is not None:
            back, _ = self.backward_scan(*flipped(scanned, scale), chunk_length=self.chunk_length, filters=filters)
            paths.append(self.scan_out(back.flip(2)))
        return states + self.out(self.aggregation(paths)), memory

    @property
    def _as_matrix(self) -> int:
        """Steps of the longest sequences that are scanned as products of matrices."""
        return min(SHORT_SEQUENCE, self.chunk_length)

    def _scan_short(self, normed: Tensor, scale: Tensor, steps: int, filters: dict | None) -> list[Tensor]:
        """Sequences that lie one behind the other, (all steps, width) -> for each scan (all steps, gate width).

        Channels come first between the two linear layers, where every channel has a filter of its own: the layers
        read and write it so by themselves, and nothing has to be turned round in memory.
        """
        into, out = self.scan_in, self.scan_out
        scanned = F.gelu(torch.addmm(into.bias[:, None], into.weight, normed.mT))
        scanned = scanned.unflatten(1, (-1, steps))
        matrices = [self.forward_scan.matrix(scale, steps, filters).mT]
        if self.backward_scan is not None:
            matrices.append(self.backward_scan.matrix(scale, steps, filters))  # turned round twice: seen from the end
        return [out((scanned @ matrix.to(scanned.dtype)).flatten(1).mT) for matrix in matrices]


class HumMussBlock(GradientCheckpointingLayer):
    """Two streams, joints before time and time before joints, and what they agree on."""

    def __init__(self, config: HumMussConfig):
        super().__init__()
        spatial, temporal = config.spatial_expansion, config.temporal_expansion
        # one frame's joints are all there at once: over them a causal model looks both ways, too
        self.spatial_first = GatedStateSpace(config, spatial, causal=False, first_steps=JOINT_STEPS)
        self.temporal_second = GatedStateSpace(config, temporal, config.causal)
        self.temporal_first = GatedStateSpace(config, temporal, config.causal)
        self.spatial_second = GatedStateSpace(config, spatial, causal=False, first_steps=JOINT_STEPS)
        self.aggregation = Aggregation(config.stream_aggregation, config.hidden_size, 2)

    def forward(
        self,
        states: Tensor,
        scale: Tensor,
        memory: Sequence[Tensor | None] = (None, None),
        keep_memory: bool = False,
        filters: dict | None = None,
    ) -> tuple[Tensor, tuple[Tensor | None, Tensor | None]]:
        """(batch, frames, joints, width) -> the same, and the states of both scans over time."""
        space_scale = scale.new_ones(1)  # joints have no frame rate
        space, _ = self.spatial_first(states, space_scale, filters=filters)
        space, first = self.temporal_second(space.transpose(1, 2), scale, memory[0], keep_memory, filters)
        time, second = self.temporal_first(states.transpose(1, 2), scale, memory[1], keep_memory, filters)
        time, _ = self.spatial_second(time.transpose(1, 2), space_scale, filters=filters)
        return self.aggregation((space.transpose(1, 2), time)), (first, second)


__all__ = ["Aggregation", "GatedStateSpace", "HumMussBlock"]
