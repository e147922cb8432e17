"""Several sequences in one row: no padding between them, and none sees another.

Transformers' attention starts anew wherever ``position_ids`` do, when there is no attention mask; flash attention, SDPA
and the eager kind all follow it.
"""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

IGNORED = -100  # label of a token that is not to be predicted


def pack(samples: Sequence[Mapping[str, Tensor]], width: int, pad_id: int) -> dict[str, Tensor]:
    """Rows of exactly ``width`` tokens out of samples of at most that length; first fit, the longest first.

    Args:
        samples: each with ``input_ids``, ``labels`` and ``loss_weights`` (length,).

    Returns:
        ``input_ids``, ``labels``, ``loss_weights`` and ``position_ids``, (rows, width) each. The first token of a
        sequence has no label: what stands before it belongs to another.

    Raises:
        ValueError: a sample is longer than a row.
    """
    longest = max(len(sample["input_ids"]) for sample in samples)
    if longest > width:
        raise ValueError(f"a sample has {longest} tokens, a packed row {width}; let it have {longest} or more")
    rows: list[list[Mapping[str, Tensor]]] = []
    left: list[int] = []
    for sample in sorted(samples, key=lambda sample: len(sample["input_ids"]), reverse=True):
        length = len(sample["input_ids"])
        row = next((row for row, room in enumerate(left) if room >= length), len(rows))
        if row == len(rows):
            rows.append([])
            left.append(width)
        rows[row].append(sample)
        left[row] -= length
    packed = [_row(row, width, pad_id) for row in rows]
    return {name: torch.stack([row[name] for row in packed]) for name in packed[0]}


def _row(samples: list[Mapping[str, Tensor]], width: int, pad_id: int) -> dict[str, Tensor]:
    """One row: the samples one after another, then padding, which counts as a sequence of its own."""
    lengths = [len(sample["input_ids"]) for sample in samples]
    rest = width - sum(lengths)
    labels = [torch.cat((torch.tensor([IGNORED]), sample["labels"][1:])) for sample in samples]
    return {
        "input_ids": torch.cat([*(sample["input_ids"] for sample in samples), torch.full((rest,), pad_id)]),
        "labels": torch.cat([*labels, torch.full((rest,), IGNORED)]),
        "loss_weights": torch.cat([*(sample["loss_weights"] for sample in samples), torch.zeros(rest)]),
        "position_ids": torch.cat([torch.arange(length) for length in [*lengths, rest]]),
    }
