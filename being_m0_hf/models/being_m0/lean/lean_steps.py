"""Which backbones have a fast step, and the one that belongs to a backbone's weights as they are now."""

from weakref import WeakKeyDictionary

import torch
from torch import nn
from transformers import PreTrainedModel

from ..output_layer import is_plain, logits_come_from_the_head
from .gpt2_step import Gpt2Step
from .llama_step import LlamaStep

#: By name, so that none of their modules is imported for it.
STEPS = {
    "LlamaForCausalLM": LlamaStep,
    "MistralForCausalLM": LlamaStep,
    "Qwen2ForCausalLM": LlamaStep,
    "Qwen3ForCausalLM": LlamaStep,
    "GPT2LMHeadModel": Gpt2Step,
}
#: A step keeps copies of the weights. In larger models the products take the time, not what is around them.
MOST_PARAMETERS = 200_000_000
_HOOKS = ("_forward_hooks", "_forward_pre_hooks")
_STEPS: WeakKeyDictionary[nn.Module, tuple[tuple, LlamaStep | Gpt2Step]] = WeakKeyDictionary()


def why_not_lean(backbone: PreTrainedModel) -> str | None:
    """Why a backbone cannot take the fast road, in a few words; None where it can."""
    name = type(backbone).__name__
    if name not in STEPS or not type(backbone).__module__.startswith("transformers."):
        return f"there is no fast step for {name}"
    parameters = list(backbone.parameters())
    if any(each.device.type != "cpu" or each.dtype != torch.float32 for each in parameters):
        return "its weights are not all 32 bit numbers on the CPU"
    if sum(each.numel() for each in parameters) > MOST_PARAMETERS:
        return f"it has more than {MOST_PARAMETERS // 10**6} million parameters"
    if backbone.training:
        return "it is in training mode"
    if any(getattr(module, hooks) for module in backbone.modules() for hooks in _HOOKS):
        return "a hook is on it"
    if any("forward" in vars(module) or not _is_their_own(module) for module in backbone.modules()):
        return "one of its layers was replaced, for example by an adapter"
    config = backbone.config
    if getattr(config, "sliding_window", None) and getattr(config, "use_sliding_window", True):
        return "its attention has a sliding window"
    rope = getattr(config, "rope_parameters", None) or {}
    if rope.get("rope_type", "default") not in ("default", "linear", "llama3"):
        return f"its rotary positions are of the kind {rope['rope_type']!r}"
    if getattr(config, "scale_attn_by_inverse_layer_idx", False) or getattr(config, "add_cross_attention", False):
        return "its attention is scaled by layer, or crosses to another sequence"
    if getattr(config, "mlp_bias", False):
        return "its feed-forward layers have biases"
    if not logits_come_from_the_head(backbone) or not is_plain(backbone.get_output_embeddings()):
        return "its logits are not those of a plain output layer"
    return None


def lean_step(backbone: PreTrainedModel) -> LlamaStep | Gpt2Step | None:
    """The fast step for a backbone's weights as they are now; None where it has none, see ``why_not_lean``."""
    if why_not_lean(backbone) is not None:
        return None
    weights = tuple((each.data_ptr(), each._version) for each in backbone.parameters())
    known = _STEPS.get(backbone)
    if known is None or known[0] != weights:
        known = (weights, STEPS[type(backbone).__name__](backbone))
        _STEPS[backbone] = known
    return known[1]


def _is_their_own(module: nn.Module) -> bool:
    return type(module).__module__.startswith(("transformers.", "torch.nn."))
