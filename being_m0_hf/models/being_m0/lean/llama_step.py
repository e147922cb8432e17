"""One token through a LLaMA, Mistral, Qwen2 or Qwen3 backbone."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .attention_cache import AttentionCache


@dataclass(frozen=True)
class LlamaLayer:
    """Weights of one layer; what reads the same input is one matrix. Matrices are (in, out).

    Args:
        query_norm, key_norm: of Qwen3's heads.
    """

    attention_norm: Tensor
    qkv: Tensor
    qkv_bias: Tensor | None
    query_norm: Tensor | None
    key_norm: Tensor | None
    out: Tensor
    out_bias: Tensor | None
    mlp_norm: Tensor
    gate_up: Tensor
    down: Tensor


class LlamaStep:
    """The backbone's layers as few products.

    Rotary positions turn pairs of numbers. The backbone pairs number i of a head with number i + size / 2; here the
    rows of queries and keys are put in the order of the pairs, so that turning them is one complex product. Queries
    and keys have the same order, so their products stay what they were.
    """

    def __init__(self, backbone: nn.Module):
        base, config = backbone.base_model, backbone.config
        attention = base.layers[0].self_attn
        self.size = attention.head_dim
        self.heads = config.num_attention_heads
        self.key_heads = config.num_key_value_heads
        self.scale = attention.scaling
        self.eps = config.rms_norm_eps
        self.embeddings = base.embed_tokens.weight
        self.final_norm = base.norm.weight
        self.act = base.layers[0].mlp.act_fn
        self.rotary = base.rotary_emb
        self.pairs = torch.arange(self.size).view(2, -1).T.flatten()  # 0, size / 2, 1, size / 2 + 1, ...
        self.layers = [self._layer(layer) for layer in base.layers]

    def cached(self, layers: list[tuple[Tensor, Tensor]]) -> list[tuple[Tensor, Tensor]]:
        """The backbone's keys and values, in the order that this step keeps them in."""
        return [(key[..., self.pairs], value) for key, value in layers]

    def turns(self, positions: Tensor) -> Tensor:
        """What positions (rows, tokens) turn heads by: complex (tokens, rows, 1, head size / 2)."""
        cos, sin = self.rotary(self.embeddings, positions)
        half = self.size // 2
        return torch.complex(cos[..., :half], sin[..., :half]).transpose(0, 1)[:, :, None].contiguous()

    def __call__(self, ids: Tensor, turn: Tensor, cache: AttentionCache) -> Tensor:
        """Hidden states (rows, width) of one token for each row.

        Args:
            ids: (rows,).
            turn: of their positions, one token of ``turns``.
        """
        x = self.embeddings[ids]
        width = (x.shape[1],)
        turned = self.heads + self.key_heads
        for number, layer in enumerate(self.layers):
            normed = F.rms_norm(x, width, layer.attention_norm, self.eps)
            qkv = normed @ layer.qkv if layer.qkv_bias is None else torch.addmm(layer.qkv_bias, normed, layer.qkv)
            qkv = qkv.view(len(ids), -1, self.size)
            qk = qkv[:, :turned]
            if layer.query_norm is not None:
                query = F.rms_norm(qk[:, : self.heads], (self.size,), layer.query_norm, self.eps)
                qk = torch.cat((query, F.rms_norm(qk[:, self.heads :], (self.size,), layer.key_norm, self.eps)), dim=1)
            qk = torch.view_as_real(torch.view_as_complex(qk.unflatten(-1, (-1, 2))) * turn).flatten(2)
            mixed = cache.attend(number, qk[:, : self.heads], qk[:, self.heads :], qkv[:, turned:], self.scale)
            x = torch.addmm(x if layer.out_bias is None else x + layer.out_bias, mixed, layer.out)
            normed = F.rms_norm(x, width, layer.mlp_norm, self.eps)
            gate, up = (normed @ layer.gate_up).chunk(2, dim=1)
            x = torch.addmm(x, self.act(gate) * up, layer.down)
        return F.rms_norm(x, width, self.final_norm, self.eps)

    def _layer(self, layer: nn.Module) -> LlamaLayer:
        attention, mlp = layer.self_attn, layer.mlp
        projections = (attention.q_proj, attention.k_proj, attention.v_proj)
        weights, biases = [], []
        for projection, paired in zip(projections, (True, True, False), strict=True):
            weights.append(self._in_pairs(projection.weight) if paired else projection.weight)
            if projection.bias is not None:
                biases.append(self._in_pairs(projection.bias) if paired else projection.bias)
        norms = [getattr(attention, name, None) for name in ("q_norm", "k_norm")]
        query_norm, key_norm = (None if norm is None else norm.weight[self.pairs] for norm in norms)
        return LlamaLayer(
            attention_norm=layer.input_layernorm.weight,
            qkv=torch.cat(weights).T.contiguous(),
            qkv_bias=torch.cat(biases) if biases else None,
            query_norm=query_norm,
            key_norm=key_norm,
            out=attention.o_proj.weight.T.contiguous(),
            out_bias=attention.o_proj.bias,
            mlp_norm=layer.post_attention_layernorm.weight,
            gate_up=torch.cat((mlp.gate_proj.weight, mlp.up_proj.weight)).T.contiguous(),
            down=mlp.down_proj.weight.T.contiguous(),
        )

    def _in_pairs(self, rows: Tensor) -> Tensor:
        """Rows of a projection (heads * size, ...) with each head's in the order of the pairs."""
        return rows.unflatten(0, (-1, self.size))[:, self.pairs].flatten(0, 1)
