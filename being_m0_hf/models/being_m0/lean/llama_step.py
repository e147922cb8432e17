"""One token through a LLaMA, Mistral, Qwen2 or Qwen3 backbone."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .attention_cache import AttentionCache
from .product import OutputLayer, Product


@dataclass(frozen=True)
class LlamaLayer:
    """Products of one layer; what reads the same input is one matrix, which holds the weight of the norm before it.

    Args:
        head_norm: (query and key heads, head size) of Qwen3's heads.
    """

    qkv: Product
    head_norm: Tensor | None
    out: Product
    gate_up: Product
    down: Product


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
        self.heads = config.num_attention_heads, config.num_key_value_heads, config.num_key_value_heads
        self.scale = attention.scaling
        self.eps = config.rms_norm_eps
        self.embeddings = base.embed_tokens.weight
        self.width = self.embeddings.shape[1]
        self.least_length = torch.tensor([(self.eps * self.width) ** 0.5])
        self.act = base.layers[0].mlp.act_fn.forward
        self.rotary = base.rotary_emb
        self.pairs = torch.arange(self.size).view(2, -1).T.flatten()  # 0, size / 2, 1, size / 2 + 1, ...
        self.layers = [self._layer(layer) for layer in base.layers]
        self.final_norm = base.norm.weight * self.width**0.5
        self.head = OutputLayer(backbone.get_output_embeddings().weight)

    def cached(self, layers: list[tuple[Tensor, Tensor]]) -> list[tuple[Tensor, Tensor]]:
        """The backbone's keys and values, in the order that this step keeps them in."""
        return [(key[..., self.pairs], value) for key, value in layers]

    def turns(self, positions: Tensor) -> Tensor:
        """What positions (rows, tokens) turn heads by: complex (tokens, rows, 1, head size / 2)."""
        cos, sin = self.rotary(self.embeddings, positions)
        half = self.size // 2
        return torch.complex(cos[..., :half], sin[..., :half]).transpose(0, 1)[:, :, None].contiguous()

    @torch.inference_mode()
    def __call__(self, ids: Tensor, turn: Tensor, cache: AttentionCache) -> Tensor:
        """Hidden states (rows, width) of one token for each row.

        Args:
            ids: (rows,).
            turn: of their positions, one token of ``turns``.
        """
        x = self.embeddings[ids]
        new_keys, new_values = (each.unflatten(-1, (-1, 2)).unbind(0) for each in cache.next_slot())
        for number, (layer, seen) in enumerate(zip(self.layers, cache.seen(), strict=True)):
            qkv = layer.qkv(self._direction(x)).view(len(x), -1, self.size)
            if layer.head_norm is not None:
                qk = qkv[:, : len(layer.head_norm)]
                qk.copy_(F.rms_norm(qk, (self.size,), eps=self.eps) * layer.head_norm)
            query, key, value = torch.view_as_complex(qkv.view(len(x), -1, self.size // 2, 2)).split(self.heads, dim=1)
            new_keys[number].copy_(torch.view_as_real(key * turn))
            new_values[number].copy_(torch.view_as_real(value))
            x = x + layer.out(seen.attend(torch.view_as_real(query * turn)))
            gate, up = layer.gate_up(self._direction(x)).chunk(2, dim=1)
            x = x + layer.down(self.act(gate) * up)
        return self._direction(x) * self.final_norm

    def _direction(self, x: Tensor) -> Tensor:
        """Rows (rows, width) of length one, as an RMS norm has them but for its weight, which is in the matrices."""
        return x / torch.hypot(torch.linalg.vector_norm(x, dim=1, keepdim=True), self.least_length)

    def _behind(self, norm: nn.Module, matrix: Tensor) -> Tensor:
        """A matrix (out, width) that reads what a norm says, as one that reads ``_direction``."""
        return matrix * norm.weight * self.width**0.5

    def _layer(self, layer: nn.Module) -> LlamaLayer:
        attention, mlp, norm = layer.self_attn, layer.mlp, layer.input_layernorm
        queries, keys = self._in_order(attention.q_proj), self._in_order(attention.k_proj)
        head_norm = None
        if hasattr(attention, "q_norm"):
            norms = attention.q_norm.weight * self.scale, attention.k_norm.weight
            head_norm = torch.cat([
                each[self.pairs].expand(heads, -1) for each, heads in zip(norms, self.heads[:2], strict=True)
            ])  # fmt: skip
        else:
            queries = [each * self.scale for each in queries]
        qkv = [torch.cat(each) for each in zip(queries, keys, _parameters(attention.v_proj), strict=True)]
        return LlamaLayer(
            qkv=Product(self._behind(norm, qkv[0]), *qkv[1:]),
            head_norm=head_norm,
            out=Product(*_parameters(attention.o_proj)),
            gate_up=Product(
                self._behind(layer.post_attention_layernorm, torch.cat((mlp.gate_proj.weight, mlp.up_proj.weight)))
            ),
            down=Product(mlp.down_proj.weight),
        )

    def _in_order(self, projection: nn.Linear) -> list[Tensor]:
        """Weight, and bias if any, (heads * size, ...) with the numbers of each head in the order of the pairs."""
        heads = [each.unflatten(0, (-1, self.size)) for each in _parameters(projection)]
        return [each[:, self.pairs].flatten(0, 1) for each in heads]


def _parameters(layer: nn.Linear) -> list[Tensor]:
    return [layer.weight] if layer.bias is None else [layer.weight, layer.bias]
