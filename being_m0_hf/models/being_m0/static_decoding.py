"""Decoding with keys and values in tensors of a fixed size, so that a token's pass can be compiled: for GPUs.

On a GPU a token of a large model is a thousand small kernels, and starting them one by one from Python takes longer
than their work. With `cache_implementation="static"` every token's pass has the same shapes, so that `torch.compile`
makes one CUDA graph of it, which starts at once. Tokens are those of the plain road.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor
from transformers import CompileConfig, GenerationConfig, PreTrainedModel, StaticCache
from transformers.cache_utils import StaticLayer

from .backbone_inputs import inputs_for, is_masked_in_place
from .output_layer import BackboneStates, is_plain, logits_come_from_the_head

#: Slots are a multiple of it: motions of nearly the same length share one compiled pass.
SLOT_STEP = 128


def why_not_static(backbone: PreTrainedModel) -> str | None:
    """Why a backbone doesn't take this road; None where it does. It then decodes as transformers does."""
    attention = backbone.config._attn_implementation
    if not getattr(backbone, "_can_compile_fullgraph", False) or not is_masked_in_place(backbone):
        return "transformers cannot compile it, or its layers see masked tokens"
    if attention not in ("sdpa", "eager"):
        return f"its attention is {attention}, which takes no mask of its own; set it to sdpa"
    if not (logits_come_from_the_head(backbone) and is_plain(backbone.get_output_embeddings())):
        return "its output layer is more than a matrix"
    if any(type(layer) is not StaticLayer for layer in StaticCache(backbone.config, max_cache_len=1).layers):
        return "not all of its layers look at all tokens"
    return None


class StaticReader:
    """Reads prompts, then token after token.

    Args:
        backbone: one that `why_not_static` has nothing against.
        rows: sequences, those of guidance included.
        slots: the most tokens of a sequence, prompt included.
        compiled: how to compile the pass of a token; None for not at all.
    """

    def __init__(self, backbone: PreTrainedModel, rows: int, slots: int, compiled: CompileConfig | None):
        self.backbone, self.compiled = backbone, compiled
        self.cache = StaticCache(backbone.config, max_cache_len=slots)
        self.seen = torch.zeros(rows, slots, dtype=torch.bool, device=backbone.device)
        base = backbone.base_model
        self.token_pass = base if compiled is None else torch.compile(base, **compiled.to_dict())

    def fits(self, rows: int, slots: int, compiled: CompileConfig | None) -> bool:
        """Whether it can be used again."""
        return self.seen.shape == (rows, slots) and self.compiled == compiled

    def restart(self) -> None:
        """Forget what was read."""
        self.seen.zero_()
        self.cache.reset()

    def __call__(self, ids: Tensor, mask: Tensor, positions: Tensor) -> BackboneStates:
        """The pass of prompts, or of one token for each row.

        Args:
            ids: (rows, new tokens).
            mask: (rows, all tokens so far) 1 where a token is seen.
            positions: (rows, new tokens).
        """
        new, filled = ids.shape[1], mask.shape[1]
        self.seen[:, :filled] = mask
        if new == filled:
            slots = torch.arange(self.seen.shape[1], device=ids.device)
            places = slots[:new, None]
            # padding looks at itself: what looks at nothing becomes NaN, and stays in the cache
            allowed = (self.seen[:, None, None] & (slots <= places)) | (slots == places)
            run = self.backbone.base_model
        else:
            torch.compiler.cudagraph_mark_step_begin()
            allowed, run = self.seen[:, None, None], self.token_pass
        if self.backbone.config._attn_implementation == "eager":
            dtype = self.backbone.dtype
            allowed = torch.zeros_like(allowed, dtype=dtype).masked_fill(~allowed, torch.finfo(dtype).min)
        inputs = {
            "input_ids": ids,
            "attention_mask": allowed,
            "position_ids": positions,
            "past_key_values": self.cache,
            "use_cache": True,
        }
        outputs = run(**inputs_for(self.backbone.base_model, inputs))
        return BackboneStates(outputs, outputs.last_hidden_state, self.backbone.get_output_embeddings())


def compile_settings(config: GenerationConfig, device: torch.device) -> CompileConfig | None:
    """How to compile: as asked for; on a GPU to CUDA graphs, anywhere else not at all."""
    if config.disable_compile:
        return None
    return config.compile_config or (CompileConfig(dynamic=False) if device.type == "cuda" else None)


@contextmanager
def static_reader(model, rows: int, tokens: int, config: GenerationConfig) -> Iterator[StaticReader]:
    """A reader for so many rows and tokens: the model's last one where it fits, so that nothing is compiled twice.

    It is taken from the model while it is in use, and put back behind it: calls in two threads have one each.
    """
    slots = -(-tokens // SLOT_STEP) * SLOT_STEP
    compiled = compile_settings(config, model.device)
    reader = vars(model).pop("_static_reader", None)
    if reader is None or reader.backbone is not model.backbone or not reader.fits(rows, slots, compiled):
        del reader  # its memory first
        reader = StaticReader(model.backbone, rows, slots, compiled)
    reader.restart()
    try:
        yield reader
    finally:
        vars(model)["_static_reader"] = reader


__all__ = ["StaticReader", "static_reader", "why_not_static"]
