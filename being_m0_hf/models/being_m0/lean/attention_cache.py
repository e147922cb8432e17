"""Keys and values of all tokens so far, in tensors of a fixed size."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor


@dataclass
class AttentionCache:
    """
    Args:
        keys, values: (layers, rows, heads, slots, head size); slot i is the i-th token of every row.
        bias: (rows, 1, 1, slots) 0 where a token is seen and -inf where it is not; None where all are.
        filled: slots that hold a token.
    """

    keys: Tensor
    values: Tensor
    bias: Tensor | None
    filled: int

    @classmethod
    def of_prompt(cls, layers: list[tuple[Tensor, Tensor]], mask: Tensor, rows: Tensor, slots: int) -> "AttentionCache":
        """Start with what a pass over the prompts left behind.

        Args:
            layers: keys and values of each layer, (prompts, heads, length, head size) each.
            mask: (prompts, length) 1 where a token is seen.
            rows: (rows,) the prompt of each row: rows with the same prompt share its pass.
            slots: tokens of prompt and motion together.
        """
        first = layers[0][0]
        prompts, heads, length, size = first.shape
        keys = first.new_zeros(len(layers), len(rows), heads, slots, size)
        values = torch.zeros_like(keys)
        for index, (key, value) in enumerate(layers):
            keys[index, :, :, :length] = key[rows]
            values[index, :, :, :length] = value[rows]
        bias = None
        if not mask.all():
            bias = first.new_zeros(len(rows), 1, 1, slots)
            bias[:, 0, 0, :length].masked_fill_(mask[rows] == 0, float("-inf"))
        return cls(keys, values, bias, length)

    def attend(self, layer: int, query: Tensor, key: Tensor, value: Tensor, scale: float) -> Tensor:
        """Store one token's key and value in the next slot, and look from its query at all slots up to it.

        Args:
            query: (rows, query heads, head size); key, value: (rows, heads, head size).

        Returns:
            (rows, query heads * head size).
        """
        place, seen = self.filled, self.filled + 1
        self.keys[layer, :, :, place] = key
        self.values[layer, :, :, place] = value
        mixed = F.scaled_dot_product_attention(
            query[:, :, None],
            self.keys[layer, :, :, :seen],
            self.values[layer, :, :, :seen],
            None if self.bias is None else self.bias[..., :seen],
            scale=scale,
            enable_gqa=query.shape[1] != key.shape[1],
        )
        return mixed.flatten(1)
