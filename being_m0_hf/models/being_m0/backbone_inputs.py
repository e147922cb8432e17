"""What differs between backbones in how they are called: names of caches, positions, masks of recurrent layers."""

import inspect
from functools import lru_cache

from torch import Tensor, nn
from transformers.utils import ModelOutput

#: What backbones call the state they carry from token to token, in their arguments and in their outputs.
CACHE_NAMES = ("past_key_values", "cache_params", "state")


@lru_cache(maxsize=64)
def parameters_of(kind: type[nn.Module]) -> frozenset[str]:
    """Names of what a module's `forward` takes."""
    return frozenset(inspect.signature(kind.forward).parameters)


def inputs_for(module: nn.Module, inputs: dict) -> dict:
    """Inputs of an attention model as the module calls them; what it does not know is left out."""
    known = parameters_of(type(module))
    inputs = {name: value for name, value in inputs.items() if value is not None} | {"return_dict": True}
    cache, mask = inputs.pop("past_key_values", None), inputs.get("attention_mask")
    cache_name = next((name for name in CACHE_NAMES if name in known), None)
    if cache is not None and cache_name:
        inputs[cache_name] = cache
    new = inputs["input_ids"] if "input_ids" in inputs else inputs["inputs_embeds"]
    if cache_name != "past_key_values" and isinstance(mask, Tensor) and mask.shape[1] != new.shape[1]:
        del inputs["attention_mask"]  # a recurrent model masks its own tokens, and what it has read is in its state
    if "kwargs" not in known:
        inputs = {name: value for name, value in inputs.items() if name in known}
    elif "position_ids" not in known:
        inputs.pop("position_ids", None)
    return inputs


def cache_in(outputs: ModelOutput):
    """The state to carry on with; None where there is none."""
    return next((outputs[name] for name in CACHE_NAMES if name in outputs), None)


def is_masked_in_place(backbone: nn.Module) -> bool:
    """Whether masked tokens in the middle of a sequence leave no trace: attention with positions that are given.

    In a recurrent layer time goes by at a masked token, too, and biases by distance count it.
    """
    return "position_ids" in parameters_of(type(backbone)) and not backbone._is_stateful


__all__ = ["cache_in", "inputs_for", "is_masked_in_place"]
