"""What a language model run needs before it starts: parameters, steps, and the memory of each GPU.

Weights, gradients and optimizer states are counted. What a layer keeps for the backward pass is measured on a narrow
copy of the backbone, on this machine, and grows with the width; SDPA and flash attention keep no attention matrices.
"""

import copy
import math
from dataclasses import dataclass

import torch
from transformers import AutoModel, PreTrainedConfig

from ..models import BeingM0Config, BeingM0ForConditionalGeneration, MotionTokenizerConfig
from .language_model import LanguageModelSettings

#: Bytes of a parameter: the weight in 32 bits and its gradient; what the optimizers remember for it.
WEIGHT, GRADIENT = 4, 4
STATE = {"adamw": 8, "muon": 4}
#: Tokens of a long description, beside those of the motion.
LONGEST_TEXT = 40


@dataclass(frozen=True)
class MemoryPlan:
    """Bytes on each GPU, and how long the run is."""

    trained: int
    frozen: int
    processes: int
    sharded: bool
    state: int
    activations: int
    batch: int
    steps: int

    @property
    def total(self) -> int:
        return self.state + self.activations

    def __str__(self) -> str:
        split = f"sharded over {self.processes} GPUs" if self.sharded else f"the same on each of {self.processes}"
        return "\n".join(
            [
                f"parameters   {self.trained / 1e6:,.1f} M trained, {self.frozen / 1e6:,.1f} M frozen",
                f"a step       {self.batch:,} samples, {self.steps:,} steps",
                f"weights, gradients, optimizer   {self.state / 2**30:8.2f} GiB a GPU, {split}",
                f"activations                     {self.activations / 2**30:8.2f} GiB a GPU",
                f"in all                          {self.total / 2**30:8.2f} GiB a GPU, and 1 to 2 for CUDA itself",
            ]
        )


def plan_memory(settings: LanguageModelSettings, processes: int = 1, sharded: bool = False) -> MemoryPlan:
    """The plan of a run with these settings.

    Args:
        processes: GPUs, over all machines.
        sharded: whether they share weights, gradients and optimizer states (FSDP2, ZeRO-3).
    """
    # the motion tokenizer's size hardly counts, and the one of the run may not be there yet
    config = BeingM0Config.preset(
        settings.preset,
        max_steps=settings.max_steps,
        motion_tokenizer_config=MotionTokenizerConfig(),
        backbone=settings.backbone,
    )
    with torch.device("meta"):
        model = BeingM0ForConditionalGeneration(config)
    trained = sum(parameter.numel() for parameter in model.backbone.parameters())
    frozen = sum(parameter.numel() for parameter in model.motion_tokenizer.parameters())
    held = (trained * (WEIGHT + GRADIENT + STATE[settings.optimizer])) + frozen * WEIGHT
    return MemoryPlan(
        trained=trained,
        frozen=frozen,
        processes=processes,
        sharded=sharded,
        state=held // processes if sharded else held,
        activations=activation_bytes(config, settings),
        batch=settings.batch_size * settings.gradient_accumulation_steps * processes,
        steps=settings.steps,
    )


def activation_bytes(config: BeingM0Config, settings: LanguageModelSettings) -> int:
    """What one micro-batch of the longest samples leaves for the backward pass."""
    backbone, layout = config.backbone_config, config.layout
    number = 2 if settings.mixed_precision != "no" else 4
    tokens = settings.batch_size * (settings.pack_to or layout.max_steps * layout.num_parts + LONGEST_TEXT)
    layer = tokens * layer_bytes(backbone, settings.mixed_precision)
    # each token's loss is among one codebook: logits and their softmax in 32 bits, and the hidden state it comes from
    losses = tokens * (layout.codebook_size * (number + 4 + 4) + backbone.hidden_size * 4)
    if settings.gradient_checkpointing:  # the layers' inputs, and one layer at a time
        return losses + layer + tokens * backbone.hidden_size * 4 * backbone.num_hidden_layers
    return losses + layer * backbone.num_hidden_layers


def layer_bytes(backbone: PreTrainedConfig, mixed_precision: str) -> int:
    """Bytes that one token leaves in one layer, measured on a copy that is narrower by a whole factor."""
    heads = backbone.num_attention_heads
    factor = math.gcd(heads, getattr(backbone, "num_key_value_heads", None) or heads)
    length = 64
    saved = [_saved_bytes(_narrow(backbone, factor, layers), length, mixed_precision) for layers in (1, 2)]
    return (saved[1] - saved[0]) * factor // length


def _narrow(backbone: PreTrainedConfig, factor: int, layers: int) -> PreTrainedConfig:
    narrow = copy.deepcopy(backbone)
    narrow.num_hidden_layers, narrow.vocab_size = layers, 64
    narrow.bos_token_id = narrow.eos_token_id = narrow.pad_token_id = 0
    for name in ("hidden_size", "intermediate_size", "n_inner", "num_attention_heads", "num_key_value_heads"):
        if getattr(narrow, name, None):
            setattr(narrow, name, getattr(narrow, name) // factor)
    return narrow


def _saved_bytes(backbone: PreTrainedConfig, length: int, mixed_precision: str) -> int:
    """Bytes of all tensors, weights left out, that a forward pass keeps for the backward pass."""
    model = AutoModel.from_config(backbone, attn_implementation="sdpa").train()
    weights = {parameter.untyped_storage().data_ptr() for parameter in model.parameters()}
    kept: dict[int, torch.Tensor] = {}

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        # weights in 16 bits are copies for this pass alone, and hold for all its tokens
        is_weight = storage.data_ptr() in weights or tensor.shape[0] not in (1, length)
        if not is_weight:
            kept[storage.data_ptr()] = tensor
        return tensor

    with (
        torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor),
        torch.autocast("cpu", torch.bfloat16, enabled=mixed_precision != "no"),
    ):
        model(input_ids=torch.zeros(1, length, dtype=torch.long), use_cache=False)
    return sum(tensor.untyped_storage().nbytes() for tensor in kept.values())
