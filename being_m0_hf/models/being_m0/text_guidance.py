"""Classifier-free guidance: what the model would say without the description is pushed away from."""

import torch
from torch import Tensor
from transformers import LogitsProcessor

from .backbone_inputs import is_masked_in_place
from .output_layer import BackboneStates, run_backbone


def guided(with_text: Tensor, without_text: Tensor, scale: float) -> Tensor:
    """Scores (batch, ids) pushed away from those without the text."""
    return without_text + scale * (with_text - without_text)


def positions_of(mask: Tensor) -> Tensor:
    """Positions (batch, length) of tokens under an attention mask: padding and what is masked out takes none."""
    return (mask.cumsum(dim=-1) - 1).clamp_min(0)


def twin_positions(positions: Tensor, mask: Tensor, twin_mask: Tensor) -> Tensor:
    """Positions of text-free twins (rows, length): those of the prompts, less what was left out before."""
    return (positions - (mask - twin_mask).cumsum(dim=-1)).clamp_min(0)


class TextGuidanceLogitsProcessor(LogitsProcessor):
    """Guidance for every way of decoding: a second pass of the model, which does not see the description.

    The text-free twin of a prompt is the prompt itself with its description masked out, so that its remaining tokens
    and their positions are those of a prompt without text, which training shows to the model as well.

    Args:
        model: whose scores are processed.
        scale: 1 would be no guidance.
        prompt_mask: (rows, length) attention mask of the prompts; all ones by default.
        prompt_positions: (rows, length) of the prompts' tokens, where they are not one after another.
        use_cache: whether to keep keys and values from token to token.
    """

    def __init__(
        self,
        model,
        scale: float,
        prompt_mask: Tensor | None = None,
        use_cache: bool = True,
        prompt_positions: Tensor | None = None,
    ):
        self.model, self.scale, self.prompt_mask, self.use_cache = model, scale, prompt_mask, use_cache
        self.prompt_positions = prompt_positions
        self.cache, self.read = None, None

    def __call__(self, input_ids: torch.LongTensor, scores: torch.FloatTensor) -> torch.FloatTensor:
        states = self._pass(input_ids)
        columns = torch.arange(scores.shape[1], device=scores.device)
        return guided(scores, states.logits((slice(None), -1), columns).to(scores), self.scale)

    def twins(self, input_ids: Tensor) -> tuple[Tensor, Tensor]:
        """Text-free twins of sequences (batch, length), and their attention mask."""
        mask = torch.ones_like(input_ids)
        if self.prompt_mask is not None:
            beams = len(input_ids) // len(self.prompt_mask)
            mask[:, : self.prompt_mask.shape[1]] = self.prompt_mask.repeat_interleave(beams, dim=0)
        mask = mask * ~self.model.layout.is_description(input_ids)
        if is_masked_in_place(self.model.backbone):
            return input_ids, mask
        order = mask.argsort(dim=1, stable=True)  # what is masked out goes to the front, as padding is
        return input_ids.gather(1, order), mask.gather(1, order)

    def _pass(self, input_ids: Tensor) -> BackboneStates:
        new, mask = self.twins(input_ids)
        positions = self._positions(mask)
        order = self._rows_continued(input_ids) if self.cache is not None else None
        if order is None:
            self.cache = None
        else:
            self.cache.reorder_cache(order)
            new, positions = input_ids[:, -1:], positions[:, -1:]
        states = run_backbone(
            self.model.backbone,
            last_only=True,
            input_ids=new, attention_mask=mask, position_ids=positions, past_key_values=self.cache,
            use_cache=self.use_cache,
        )  # fmt: skip
        self.cache, self.read = states.cache if self.use_cache else None, input_ids
        return states

    def _positions(self, mask: Tensor) -> Tensor:
        """Positions of twins with this mask: prompts and what was written behind them."""
        if self.prompt_positions is None:
            return positions_of(mask)
        given = self.prompt_positions
        written = given[:, -1:] + 1 + torch.arange(mask.shape[1] - given.shape[1], device=mask.device)
        positions = torch.cat((given, written), dim=1)
        seen = torch.ones_like(positions)
        if self.prompt_mask is not None:
            seen[:, : given.shape[1]] = self.prompt_mask
        beams = len(mask) // len(given)
        return twin_positions(*(each.repeat_interleave(beams, dim=0) for each in (positions, seen)), mask)

    def _rows_continued(self, input_ids: Tensor) -> Tensor | None:
        """Which row of the pass before each row goes on from: beams change places. None where it goes on from none."""
        if not hasattr(self.cache, "reorder_cache") or input_ids.shape[1] != self.read.shape[1] + 1:
            return None
        same = (input_ids[:, None, :-1] == self.read[None]).all(dim=-1)
        return same.int().argmax(dim=1) if same.any(dim=1).all() else None


__all__ = ["TextGuidanceLogitsProcessor", "guided", "positions_of", "twin_positions"]
