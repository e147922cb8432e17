"""Logits of a few tokens, without computing those of the whole vocabulary.

A motion has tens of thousands of codes, but at each place only those of one part may stand. Where the backbone's
output layer is a plain matrix, only their rows are multiplied. Where it is more than that (an adapter or a hook sits on
it, its weights are quantized or spread over devices) or logits are changed after it (Gemma caps them, Cohere and
Granite scale them), the backbone computes all logits in its own way, and columns are taken from them.
"""

import threading
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from transformers import PreTrainedModel
from transformers.utils import ModelOutput

from .backbone_inputs import cache_in, inputs_for

_LOOKING = threading.Lock()


@dataclass(frozen=True)
class BackboneStates:
    """What a pass of the backbone leaves behind.

    Args:
        outputs: of the backbone, or of its base model.
        states: (batch, length, width) hidden states before the output layer `head`; without it the logits (batch,
            length, vocabulary).
        head: the output layer, where it is a plain matrix.
    """

    outputs: ModelOutput
    states: Tensor
    head: nn.Linear | None

    @property
    def cache(self):
        """What to carry on with for the next tokens; None where the backbone keeps nothing."""
        return cache_in(self.outputs)

    def logits(self, places: Tensor | tuple, ids: Tensor) -> Tensor:
        """Logits (N, M) of some ids (M,) only, at some places: whatever indexes (batch, length) and leaves N."""
        states = self.states[places]
        if self.head is None:
            return states[:, ids]
        bias = None if self.head.bias is None else self.head.bias[ids]
        return F.linear(states, self.head.weight[ids], bias)


def run_backbone(backbone: PreTrainedModel, last_only: bool = False, **inputs) -> BackboneStates:
    """One pass; `inputs` are those of the backbone's `forward`. With `last_only` the last place's logits suffice."""
    head = backbone.get_output_embeddings()
    if logits_come_from_the_head(backbone) and is_plain(head):
        outputs = backbone.base_model(**inputs_for(backbone.base_model, inputs))
        return BackboneStates(outputs, outputs.last_hidden_state, head)
    if last_only and backbone._supports_logits_to_keep():
        inputs["logits_to_keep"] = 1
    outputs = backbone(**inputs_for(backbone, inputs))
    return BackboneStates(outputs, outputs.logits, None)


def is_plain(head: nn.Module | None) -> bool:
    """Whether a layer does nothing but multiply by its `weight`: no adapter, quantized weight or hook is on it."""
    hooks = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")
    return type(head) is nn.Linear and "forward" not in vars(head) and not any(getattr(head, name) for name in hooks)


def logits_come_from_the_head(backbone: PreTrainedModel) -> bool:
    """Whether the output layer reads what the base model returns, and what it says is what the backbone returns.

    It is a property of the backbone's class and settings, so it is looked up once for each backbone.
    """
    known = getattr(backbone, "_logits_come_from_the_head", None)
    if known is None:
        with _LOOKING:  # two threads' hooks would see each other's passes
            known = backbone._logits_come_from_the_head = _look(backbone)
    return known


@torch.no_grad()
def _look(backbone: PreTrainedModel) -> bool:
    """Run one token and see, without dropout: that would take numbers from the generator of a training step."""
    base, head, seen = backbone.base_model, backbone.get_output_embeddings(), {}
    if base is backbone or head is None:
        return False
    hooks = [
        base.register_forward_hook(lambda module, inputs, outputs: seen.update(base=outputs)),
        head.register_forward_hook(lambda module, inputs, output: seen.update(read=inputs[0], said=output)),
    ]
    training = [module for module in backbone.modules() if module.training]
    try:
        backbone.eval()
        logits = backbone(input_ids=torch.zeros(1, 1, dtype=torch.long, device=backbone.device)).logits
    finally:
        for module in training:
            module.training = True
        for hook in hooks:
            hook.remove()
    if "said" not in seen or "base" not in seen:
        return False
    said = seen["said"].to(logits.dtype)
    return torch.equal(seen["base"].last_hidden_state, seen["read"]) and torch.equal(said, logits)


__all__ = ["BackboneStates", "run_backbone"]
