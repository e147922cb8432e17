"""Keys and values of all tokens so far, in tensors of a fixed size."""

from dataclasses import dataclass

import torch
from torch import Tensor

#: Where all rows have more heads together, NumPy is the faster one.
MANY_HEADS = 32


@dataclass
class AttentionCache:
    """
    Args:
        keys: (layers, rows, heads, head size, slots); slot i is the i-th token of every row.
        values: (layers, rows, heads, slots, head size). So both products read along their rows.
        bias: (rows * heads, 1, slots) 0 where a token is seen and -inf where it is not; None where all are.
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
        keys = first.new_zeros(len(layers), len(rows), heads, size, slots)
        values = first.new_zeros(len(layers), len(rows), heads, slots, size)
        for index, (key, value) in enumerate(layers):
            keys[index, ..., :length] = key[rows].transpose(2, 3)
            values[index, :, :, :length] = value[rows]
        bias = None
        if not mask.all():
            bias = first.new_zeros(len(rows), heads, 1, slots)
            bias[..., :length].masked_fill_(mask[rows][:, None, None] == 0, float("-inf"))
            bias = bias.flatten(0, 1)
        return cls(keys, values, bias, length)

    def next_slot(self) -> tuple[Tensor, Tensor]:
        """Make room for one more token: where its keys and its values go, (layers, rows, heads, head size) each."""
        self.filled += 1
        return self.keys[..., self.filled - 1], self.values[:, :, :, self.filled - 1]

    def seen(self) -> "list[SeenTokens]":
        """What the last token looks at in each layer. Views of all layers are made at once: each takes its time."""
        keys = self.keys.flatten(1, 2)[..., : self.filled].unbind(0)
        values = self.values.flatten(1, 2)[:, :, : self.filled].unbind(0)
        bias = None if self.bias is None else self.bias[..., : self.filled]
        return [SeenTokens(*layer, bias) for layer in zip(keys, values, strict=True)]


@dataclass(slots=True)
class SeenTokens:
    """Tokens that one layer looks at.

    Args:
        keys: (rows * heads, head size, tokens).
        values: (rows * heads, tokens, head size).
        bias: (rows * heads, 1, tokens) added to scores, or None.
    """

    keys: Tensor
    values: Tensor
    bias: Tensor | None

    def attend(self, query: Tensor) -> Tensor:
        """Look at them from queries that are scaled already.

        Plain products: with one query a head, ``scaled_dot_product_attention`` takes up to twice as long.

        Args:
            query: (rows, query heads, ...) head size in all, contiguous.

        Returns:
            (rows, query heads * head size).
        """
        heads, size, _ = self.keys.shape
        grouped = query.view(heads, -1, size)  # query heads that share their keys stand beside each other
        mixed = self._mix_many(grouped) if heads > MANY_HEADS else self._mix(grouped)
        return mixed.view(len(query), -1)

    def _mix(self, query: Tensor) -> Tensor:
        """(rows * heads, queries, head size) -> what they see, as many."""
        scores = torch.bmm(query, self.keys) if self.bias is None else torch.baddbmm(self.bias, query, self.keys)
        return torch.bmm(scores.softmax(-1), self.values)

    def _mix_many(self, query: Tensor) -> Tensor:
        """The same with NumPy, whose products of one row with many matrices are a quarter faster than PyTorch's.

        They are so small that NumPy takes one thread for them.
        """
        scores = query.numpy() @ self.keys.numpy()
        if self.bias is not None:
            scores += self.bias.numpy()
        weights = torch.from_numpy(scores).softmax(-1)
        return torch.from_numpy(weights.numpy() @ self.values.numpy())
