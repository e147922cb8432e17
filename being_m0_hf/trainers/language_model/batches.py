"""Batches of a language model's training: samples of similar length, and captions alone."""

import torch

from ...models import BeingM0Processor
from ..run.batches import Batch, Draw
from ..run.loop import NUM_ITEMS
from .samples import SampleSource, pick
from .settings import LanguageModelSettings

#: Tokens of a description and of markers, which a row of captions has as well; few descriptions are longer.
TEXT_ROOM = 32


class BatchMaker:
    """Batches of samples of similar length, with a share of captions that have no motion."""

    def __init__(self, source: SampleSource, captions: list[str], settings: LanguageModelSettings):
        self.source = source
        self.captions = captions
        self.settings = settings

    def __call__(self, draw: Draw) -> Batch:
        settings, generator = self.settings, draw.generator()
        together = settings.batch_size * draw.shares
        without_motion = round(together * settings.text_only)
        count = together - without_motion
        # draw more than needed, sort by length, take neighbours: little padding
        pool = sorted(self.source.draw(8 * count, generator), key=self.source.tokens.num_steps)
        start = pick(len(pool) - count + 1, generator)
        chosen = pool[start : start + count]
        picks, room = iter(chosen), self._room(chosen)
        # rows of captions alone are spread evenly, so that every share has some of them
        spread = [(row + 1) * without_motion // together > row * without_motion // together for row in range(together)]
        places = [None if captions_alone else next(picks) for captions_alone in spread]
        samples = [self._row(places[row], draw.row_generator(row), room) for row in draw.rows(settings.batch_size)]
        batch = self.source.processor.collate(samples, settings.pack_to)
        labels = batch["labels"][:, 1:]
        batch[NUM_ITEMS] = (batch["loss_weights"][:, 1:] * (labels != -100)).sum()
        return batch

    def _room(self, chosen: list[int]) -> int:
        """Tokens in a row of captions: about as many as the longest row of motion has, in all processes the same."""
        layout = self.source.processor.layout
        if not chosen:
            return layout.max_steps * layout.num_parts // 2
        return max(self.source.tokens.num_steps(index) for index in chosen) * layout.num_parts + TEXT_ROOM

    def _row(self, index: int | None, generator: torch.Generator, room: int) -> dict[str, torch.Tensor]:
        """The sample of that index, or for None captions one after another."""
        return self._captions_row(room, generator) if index is None else self.source.sample(index, generator)

    def _captions_row(self, room: int, generator: torch.Generator) -> dict[str, torch.Tensor]:
        """Captions alone, one after another until the row is full: they teach words."""
        drawn: list[dict[str, torch.Tensor]] = []
        while sum(len(sample["input_ids"]) for sample in drawn) < room:
            drawn.append(caption_sample(self.source.processor, self.captions[pick(len(self.captions), generator)]))
        return {name: torch.cat([sample[name] for sample in drawn])[:room] for name in drawn[0]}


def caption_sample(processor: BeingM0Processor, caption: str) -> dict[str, torch.Tensor]:
    """A caption alone, which ends where a motion would begin."""
    ids = torch.tensor(processor.prompt_ids(caption)[: processor.layout.max_steps * 2])
    labels = ids.clone()
    labels[:2] = -100
    return {"input_ids": ids, "labels": labels, "loss_weights": torch.ones(len(ids))}
