"""One token through a GPT-2 backbone."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .attention_cache import AttentionCache


class Gpt2Step:
    """The backbone's layers as few products; its matrices are (in, out) already."""

    def __init__(self, backbone: nn.Module):
        base, config = backbone.base_model, backbone.config
        self.heads = config.n_head
        self.size = config.n_embd // config.n_head
        self.scale = self.size**-0.5 if config.scale_attn_weights else 1.0
        self.words, self.places = base.wte.weight, base.wpe.weight
        self.blocks = list(base.h)
        self.final_norm = base.ln_f

    def cached(self, layers: list[tuple[Tensor, Tensor]]) -> list[tuple[Tensor, Tensor]]:
        """The backbone's keys and values, as they are."""
        return layers

    def turns(self, positions: Tensor) -> Tensor:
        """What positions (rows, tokens) add to words: (tokens, rows, width)."""
        return self.places[positions.T]

    def __call__(self, ids: Tensor, turn: Tensor, cache: AttentionCache) -> Tensor:
        """Hidden states (rows, width) of one token for each row; `ids` are (rows,), `turn` one token of ``turns``."""
        x = self.words[ids] + turn
        for number, block in enumerate(self.blocks):
            attention, mlp = block.attn, block.mlp
            qkv = torch.addmm(attention.c_attn.bias, _norm(x, block.ln_1), attention.c_attn.weight)
            query, key, value = qkv.view(len(ids), 3, self.heads, self.size).unbind(1)
            mixed = cache.attend(number, query, key, value, self.scale)
            x = x + torch.addmm(attention.c_proj.bias, mixed, attention.c_proj.weight)
            hidden = mlp.act(torch.addmm(mlp.c_fc.bias, _norm(x, block.ln_2), mlp.c_fc.weight))
            x = x + torch.addmm(mlp.c_proj.bias, hidden, mlp.c_proj.weight)
        return _norm(x, self.final_norm)


def _norm(x: Tensor, norm: nn.LayerNorm) -> Tensor:
    return F.layer_norm(x, norm.normalized_shape, norm.weight, norm.bias, norm.eps)
