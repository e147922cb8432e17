"""Training samples of the tasks that begin with a motion: only the answer counts in the loss."""

from collections.abc import Sequence

import torch
from torch import Tensor

from ..packing import IGNORED
from ..prompt_template import describe_template, fill_template
from ..token_layout import TokenLayout

Sample = dict[str, Tensor]


def fill_sample(
    layout: TokenLayout,
    prompt: Sequence[int],
    codes: Tensor,
    asked: range,
    asked_parts: Sequence[int] | None = None,
) -> Sample:
    """A motion of which some steps are asked for, or some parts of these steps; the rest is given.

    Args:
        prompt: of `prompt_template`.
        codes: (steps, parts) of the whole motion.
        asked: steps that are asked for, one or more.
        asked_parts: columns that are asked for; all by default.

    Returns:
        ``input_ids``, ``labels``, ``loss_weights`` and ``position_ids``, each (length,).
    """
    given = fill_template(layout, prompt, codes[: asked.start], codes[asked.stop :], len(asked))
    answer = torch.cat(
        (layout.codes_to_ids(codes[asked.start : asked.stop]), torch.tensor([layout.motion_end_id, layout.eos_id]))
    )
    labels = answer.clone()
    if asked_parts is not None:
        kept = [part for part in range(layout.num_parts) if part not in asked_parts]
        labels[:-2].unflatten(0, (-1, layout.num_parts))[:, kept] = IGNORED
    positions = int(given[1, -1]) + 1 + torch.arange(len(answer))
    return _sample(given[0], answer, labels, torch.cat((given[1], positions)))


def description_sample(
    layout: TokenLayout, instruction: Sequence[int], codes: Tensor, text: Sequence[int], part: str | None = None
) -> Sample:
    """A motion (steps, parts) and what is said of it, or of one of its parts."""
    prompt = torch.tensor(describe_template(layout, instruction, codes, part))
    answer = torch.tensor([*text, layout.eos_id])
    return _sample(prompt, answer, answer, torch.arange(len(prompt) + len(answer)))


def _sample(prompt: Tensor, answer: Tensor, labels: Tensor, positions: Tensor) -> Sample:
    ids = torch.cat((prompt, answer))
    return {
        "input_ids": ids,
        "labels": torch.cat((torch.full_like(prompt, IGNORED), labels)),
        "loss_weights": torch.ones(len(ids)),
        "position_ids": positions,
    }


__all__ = ["description_sample", "fill_sample"]
