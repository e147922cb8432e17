"""The grammar of motion tokens: what may follow what, so that every sequence can be decoded."""

import torch
from torch import Tensor
from transformers import LogitsProcessor

from .token_layout import TokenLayout


class MotionGrammarLogitsProcessor(LogitsProcessor):
    """Allows only what keeps a sequence decodable: `<mot>`, whole steps with each part in its turn, `</mot>`, eos.

    A prompt's length marker is obeyed: `<|len_k|>` gives exactly k steps, `<|len_any|>` (or none) `min_steps` to
    `max_steps`. The state is read from the sequence itself, so left padding, batches and beams need nothing special.

    Args:
        layout: the vocabulary.
        min_steps, max_steps: bounds for prompts that leave the length open; `max_steps` defaults to the layout's.
    """

    def __init__(self, layout: TokenLayout, min_steps: int = 1, max_steps: int | None = None):
        max_steps = layout.max_steps if max_steps is None else max_steps
        if not 1 <= min_steps <= max_steps:
            raise ValueError(f"min_steps is {min_steps}, max_steps {max_steps}; expected 1 <= min_steps <= max_steps")
        self.layout = layout
        self.min_steps = min_steps
        self.max_steps = max_steps
        # rows 0 .. P-1: a code of that part; then the five states below
        self.code_or_end, self.only_end, self.only_eos, self.only_pad, self.only_start = range(
            layout.num_parts, layout.num_parts + 5
        )
        forbidden = torch.ones(layout.num_parts + 5, layout.vocab_size, dtype=torch.bool)
        for part in range(layout.num_parts):
            codes = layout.part_codes(part)
            forbidden[part, codes.start : codes.stop] = False
        forbidden[self.code_or_end] = forbidden[0]
        forbidden[self.code_or_end, layout.motion_end_id] = False
        forbidden[self.only_end, layout.motion_end_id] = False
        forbidden[self.only_eos, layout.eos_id] = False
        forbidden[self.only_pad, layout.pad_id] = False
        forbidden[self.only_start, layout.motion_start_id] = False
        self.forbidden = forbidden

    def __call__(self, input_ids: torch.LongTensor, scores: torch.FloatTensor) -> torch.FloatTensor:
        return scores.masked_fill(self.forbidden_after(input_ids), float("-inf"))

    def forbidden_after(self, input_ids: torch.LongTensor) -> torch.BoolTensor:
        """The tokens that must not follow each sequence: (batch, length) -> (batch, vocabulary)."""
        self.forbidden = self.forbidden.to(input_ids.device)
        return self.forbidden[self.next_state(input_ids)]

    def next_state(self, input_ids: torch.LongTensor) -> torch.LongTensor:
        """Which row of `forbidden` holds for the token after each sequence: (batch, length) -> (batch,)."""
        start, (first, final) = self.motion_start(input_ids), self.step_bounds(input_ids)
        return self.state_behind(input_ids[:, -1], start, input_ids.shape[1] - 1 - start, first, final)

    def state_behind(self, last: Tensor, start: Tensor, emitted: Tensor, first: Tensor, final: Tensor) -> Tensor:
        """Which row of `forbidden` holds, from what matters of each sequence, all (batch,).

        Args:
            last: its last token.
            start: index of its `<mot>`, negative where it has none yet.
            emitted: tokens behind that.
            first, final: the fewest and the most steps.
        """
        layout = self.layout
        step, part = emitted // layout.num_parts, emitted % layout.num_parts
        state = torch.where((part == 0) & (step >= first), self.code_or_end, part)
        state = torch.where((part == 0) & (step >= final), self.only_end, state)
        state = torch.where(start < 0, self.only_start, state)
        state = torch.where(last == layout.motion_end_id, self.only_eos, state)
        return torch.where((last == layout.eos_id) | (last == layout.pad_id), self.only_pad, state)

    def tokens_left(self, input_ids: torch.LongTensor) -> int:
        """Tokens that the longest sequence of the batch may still need, `</mot>` and eos included."""
        start = self.motion_start(input_ids)
        emitted = torch.where(start < 0, -1, input_ids.shape[1] - 1 - start)
        _, final = self.step_bounds(input_ids)
        return max(1, int((final * self.layout.num_parts - emitted).max()) + 2)

    def motion_start(self, input_ids: Tensor) -> Tensor:
        """Index (batch,) of the last `<mot>`, -1 where there is none."""
        position = torch.arange(input_ids.shape[1], device=input_ids.device)
        return torch.where(input_ids == self.layout.motion_start_id, position, -1).amax(dim=1)

    def step_bounds(self, input_ids: Tensor) -> tuple[Tensor, Tensor]:
        """The fewest and the most steps (batch,) that each sequence has behind its `<mot>`.

        Steps of the motion that the prompt holds already are not written again.
        """
        steps = input_ids - self.layout.length_offset
        asked = torch.where((steps > 0) & (steps <= self.layout.max_steps), steps, 0).amax(dim=1)
        position = torch.arange(input_ids.shape[1], device=input_ids.device)
        in_prompt = (input_ids >= self.layout.code_offset) & (position < self.motion_start(input_ids)[:, None])
        kept = in_prompt.sum(dim=1) // self.layout.num_parts
        most = (self.layout.max_steps - kept).clamp(min=1)
        return (
            torch.where(asked > 0, asked - kept, most.clamp(max=bound)) for bound in (self.min_steps, self.max_steps)
        )


__all__ = ["MotionGrammarLogitsProcessor"]
