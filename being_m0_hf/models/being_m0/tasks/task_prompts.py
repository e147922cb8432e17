"""Prompts of the tasks that begin with a motion, from grids of codes in which -1 is asked for."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ..prompt_template import fill_template
from ..token_layout import TokenLayout

#: In a grid of codes: what shall be written.
ASKED = -1


@dataclass(frozen=True)
class FillPrompt:
    """A prompt for what is asked for in a grid.

    Args:
        ids, positions: (length,) each.
        held: (steps, parts) of the steps that are written anew: their codes that are given, -1 for the others.
    """

    ids: Tensor
    positions: Tensor
    held: Tensor


def fill_prompt(layout: TokenLayout, prompt: Sequence[int], grid: Tensor) -> FillPrompt:
    """A prompt for a grid (steps, parts) of codes, -1 where they are asked for; without any, for more steps after it.

    Args:
        prompt: of `prompt_template`, for the whole motion.

    Raises:
        ValueError: a grid of another shape, or codes out of range.
    """
    _check_grid(layout, grid)
    asked = (grid == ASKED).any(dim=1).nonzero().flatten().tolist()
    first, last = (asked[0], asked[-1] + 1) if asked else (len(grid), len(grid))
    ids, positions = fill_template(layout, prompt, grid[:first], grid[last:], last - first)
    return FillPrompt(ids, positions, grid[first:last])


def begun_prompt(layout: TokenLayout, prompt: Sequence[int], grid: Tensor) -> FillPrompt:
    """A prompt for a motion that has begun: its first steps stand behind ``<mot>``, as if they had just been written.

    Every checkpoint can go on from there, since it is text to motion and nothing else.

    Args:
        prompt: of `prompt_template`, for the whole motion.
        grid: (steps, parts) of codes; from the first step on in which there is -1, codes that are given are held.

    Raises:
        ValueError: a grid of another shape, or codes out of range.
    """
    _check_grid(layout, grid)
    open_steps = (grid == ASKED).any(dim=1).nonzero().flatten().tolist()
    first = open_steps[0] if open_steps else len(grid)
    ids = torch.cat((torch.tensor(prompt), layout.codes_to_ids(grid[:first])))
    return FillPrompt(ids, torch.arange(len(ids)), grid[first:])


def _check_grid(layout: TokenLayout, grid: Tensor) -> None:
    if grid.ndim != 2 or grid.shape[1] != layout.num_parts:
        raise ValueError(f"codes have shape {tuple(grid.shape)}, expected (steps, {layout.num_parts})")
    if len(grid) and (grid.min() < ASKED or grid.max() >= layout.codebook_size):
        raise ValueError(
            f"codes must be 0 to {layout.codebook_size - 1}, or -1 where they are asked for; "
            f"got {int(grid.min())} to {int(grid.max())}"
        )


__all__ = ["ASKED", "FillPrompt", "begun_prompt", "fill_prompt"]
