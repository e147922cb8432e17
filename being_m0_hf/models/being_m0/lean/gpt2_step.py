"""One token through a GPT-2 backbone."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .attention_cache import AttentionCache
from .product import OutputLayer, Product


@dataclass(frozen=True)
class Gpt2Layer:
    """Norms and products of one layer."""

    attention_norm: nn.LayerNorm
    qkv: Product
    out: Product
    mlp_norm: nn.LayerNorm
    up: Product
    act: nn.Module
    down: Product

    @classmethod
    def of(cls, block: nn.Module) -> "Gpt2Layer":
        attention, mlp = block.attn, block.mlp
        qkv, out, up, down = (
            Product(each.weight.T, each.bias) for each in (attention.c_attn, attention.c_proj, mlp.c_fc, mlp.c_proj)
        )
        return cls(block.ln_1, qkv, out, block.ln_2, up, mlp.act, down)


class Gpt2Step:
    """The backbone's layers as few products."""

    def __init__(self, backbone: nn.Module):
        base, config = backbone.base_model, backbone.config
        self.heads = config.n_head
        self.size = config.n_embd // config.n_head
        self.scale = self.size**-0.5 if config.scale_attn_weights else 1.0
        self.words, self.places = base.wte.weight, base.wpe.weight
        self.layers = [Gpt2Layer.of(block) for block in base.h]
        self.final_norm = base.ln_f
        self.head = OutputLayer(backbone.get_output_embeddings().weight)

    def cached(self, layers: list[tuple[Tensor, Tensor]]) -> list[tuple[Tensor, Tensor]]:
        """The backbone's keys and values, as they are."""
        return layers

    def turns(self, positions: Tensor) -> Tensor:
        """What positions (rows, tokens) add to words: (tokens, rows, width)."""
        return self.places[positions.T]

    @torch.inference_mode()
    def __call__(self, ids: Tensor, turn: Tensor, cache: AttentionCache) -> Tensor:
        """Hidden states (rows, width) of one token for each row; `ids` are (rows,), `turn` one token of ``turns``."""
        x = self.words[ids] + turn
        new_keys, new_values = (each.unbind(0) for each in cache.next_slot())
        for number, (layer, seen) in enumerate(zip(self.layers, cache.seen(), strict=True)):
            qkv = layer.qkv(_norm(x, layer.attention_norm)).view(len(x), 3, self.heads, self.size)
            query, key, value = qkv.unbind(1)
            new_keys[number].copy_(key)
            new_values[number].copy_(value)
            x = x + layer.out(seen.attend(query * self.scale))
            x = x + layer.down(layer.act(layer.up(_norm(x, layer.mlp_norm))))
        return _norm(x, self.final_norm)


def _norm(x: Tensor, norm: nn.LayerNorm) -> Tensor:
    return F.layer_norm(x, norm.normalized_shape, norm.weight, norm.bias, norm.eps)
