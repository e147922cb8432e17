"""The prompts that the language model reads: one template for every task, all made of the same few markers.

    text to motion  <|mot_bos|> <|len_k|> text [<|left_arm|> text of the part] <mot> codes </mot> <|mot_eos|>
    ... that began  <|mot_bos|> <|len_k|> text [parts] <mot> first codes | other codes </mot> <|mot_eos|>
    filling         <|mot_bos|> <|len_k|> text [parts] codes before, codes after <mot> codes between </mot> <|mot_eos|>
    motion to text  <|mot_bos|> <|len_k|> [instruction] <mot> codes </mot> <|mot_bos|> [<|left_arm|>] text <|mot_eos|>

Filling is to continue (nothing after), to fill a gap, to do a time range anew and, where codes between are given for
some parts, to do parts anew. ``k`` is always the number of steps of the whole motion. Every code keeps the position
that it has in the whole motion, wherever it stands in the prompt: to what is asked for, its neighbours in time are as
near as in a motion that is written from its start. No marker is added for any task, so that ids stay what they are.
"""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from .token_layout import TokenLayout

TEXT_TO_MOTION, MOTION_TO_TEXT, FILL = "text-to-motion", "motion-to-text", "fill"
#: What a prompt can ask for. A checkpoint says which of them it has learned in ``BeingM0Config.tasks``.
TASKS = (TEXT_TO_MOTION, MOTION_TO_TEXT, FILL)


def prompt_template(
    layout: TokenLayout, text: Sequence[int], parts: Mapping[str, Sequence[int]], steps: int | None
) -> list[int]:
    """Ids of a prompt for a motion, up to and including ``<mot>``.

    Args:
        text: ids of the description; may be empty.
        parts: ids of the texts of body parts, in the order of the parts.
        steps: length of the motion in time steps; None leaves it to the model.
    """
    ids = [layout.bos_id, layout.length_id(steps), *text]
    for name, words in parts.items():
        ids += [layout.part_marker_id(name), *words]
    return [*ids, layout.motion_start_id]


def fill_template(layout: TokenLayout, prompt: Sequence[int], before: Tensor, after: Tensor, steps: int) -> Tensor:
    """A prompt for the steps between two pieces of a motion.

    Args:
        prompt: of `prompt_template`, for the whole motion.
        before, after: (steps, parts) codes that are kept; either may have no steps.
        steps: between them; where nothing comes after, any number will do.

    Returns:
        (2, length): ids, and the position of each. What is written next goes on from the last position.
    """
    start, parts = len(prompt), layout.num_parts
    ids = [torch.tensor(prompt[:-1]), layout.codes_to_ids(before), layout.codes_to_ids(after)]
    first_after = start + parts * (len(before) + steps)
    positions = [
        torch.arange(start - 1),
        start + torch.arange(before.numel()),
        first_after + torch.arange(after.numel()),
        # <mot> stands where the token before the first asked one does: so its distance to all others is the usual one
        torch.tensor([start - 1 + before.numel()]),
    ]
    return torch.stack((torch.cat([*ids, torch.tensor([layout.motion_start_id])]), torch.cat(positions)))


def describe_template(layout: TokenLayout, instruction: Sequence[int], codes: Tensor, part: str | None) -> list[int]:
    """Ids of a prompt for the text of a motion (steps, parts), or of what one part does in it."""
    prompt = prompt_template(layout, instruction, {}, len(codes))
    asked = [] if part is None else [layout.part_marker_id(part)]
    return [*prompt, *layout.codes_to_ids(codes).tolist(), layout.motion_end_id, layout.bos_id, *asked]


__all__ = ["FILL", "MOTION_TO_TEXT", "TASKS", "TEXT_TO_MOTION", "describe_template", "fill_template", "prompt_template"]
