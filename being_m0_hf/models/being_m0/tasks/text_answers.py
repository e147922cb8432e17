"""Writing text: what the model says of a motion, word by word."""

import torch
from torch import Tensor

from ..output_layer import run_backbone
from ..text_guidance import positions_of
from ..token_sampling import pick_tokens

#: Words and pieces of a sentence about a motion; what is longer goes round in circles.
MOST_WORDS = 64


class TextAnswersMixin:
    """`generate_text` for a model with a `backbone` and a `layout`."""

    @torch.no_grad()
    def generate_text(
        self,
        input_ids: torch.LongTensor,
        attention_mask: Tensor | None = None,
        max_new_tokens: int = MOST_WORDS,
        temperature: float = 0.0,
        generator: torch.Generator | None = None,
        before: torch.LongTensor | None = None,
    ) -> list[list[int]]:
        """The words that follow each prompt, up to the end of the sentence.

        Args:
            input_ids: (batch, length) prompts of the task "motion-to-text", left padded, as the processor makes them.
            attention_mask: (batch, length) 0 at padding.
            max_new_tokens: after so many a sentence is cut.
            temperature: variety; 0 takes the likeliest word each time.
            generator: random stream for a temperature above 0.
            before: (length,) ids that all prompts begin with, left out of ``input_ids``: they are read once for all.

        Returns:
            For each prompt ids of words, without markers.
        """
        layout = self.layout
        allowed = torch.tensor([*range(layout.text_vocab_size), layout.eos_id], device=input_ids.device)
        mask = torch.ones_like(input_ids) if attention_mask is None else attention_mask
        cache = None
        if before is not None:
            cache = run_backbone(self.backbone, last_only=True, input_ids=before[None], use_cache=True).cache
            cache.batch_repeat_interleave(len(input_ids))
            mask = torch.cat((mask.new_ones(len(mask), len(before)), mask), dim=1)
        step_ids, positions, written = input_ids, positions_of(mask)[:, -input_ids.shape[1] :], []
        finished = torch.zeros(len(input_ids), dtype=torch.bool, device=input_ids.device)
        while len(written) < max_new_tokens and not finished.all():
            states = run_backbone(
                self.backbone,
                last_only=True,
                input_ids=step_ids, attention_mask=mask, position_ids=positions, past_key_values=cache, use_cache=True,
            )  # fmt: skip
            cache = states.cache
            scores = states.logits((slice(None), -1), allowed).float()
            if not written:
                scores[:, -1] = float("-inf")  # something must be said
            if temperature:
                picks = pick_tokens(scores / temperature, [generator] * len(scores))
            else:
                picks = scores.argmax(dim=-1)
            tokens = torch.where(finished, layout.eos_id, allowed[picks])
            written.append(tokens)
            finished = finished | (tokens == layout.eos_id)
            step_ids, positions = tokens[:, None], positions[:, -1:] + 1
            mask = torch.cat((mask, mask.new_ones(len(mask), 1)), dim=1)
        rows = torch.stack(written, dim=1).tolist()
        return [row[: row.index(layout.eos_id)] if layout.eos_id in row else row for row in rows]


__all__ = ["TextAnswersMixin"]
