"""Batches of a fine-tuning: the user's clips, and motions of the base model beside them."""

import torch

from ...models import BeingM0ForConditionalGeneration, BeingM0Processor
from ...training_data.feature_cache import MotionCache
from ...training_data.token_cache import TokenCache
from ..language_model import LanguageModelSettings, SampleSource
from ..run.batches import Batch, Draw
from .replay import Replay
from .settings import FinetuneSettings

#: Every clip is coded from each frame of a time step: the same movement in four other words.
SHIFTS = (0, 1, 2, 3)


def open_samples(
    settings: FinetuneSettings, model: BeingM0ForConditionalGeneration, processor: BeingM0Processor, split: str
) -> SampleSource:
    """The clips of ``train`` or ``val`` that `recordings.write_samples` wrote, coded."""
    cache = MotionCache(settings.work / "samples", f"{split}_samples")
    tokens = TokenCache(cache, settings.work / f"{split}_codes.safetensors", model.motion_tokenizer, SHIFTS)
    # every sample has its text: without one, the style would become what the model does unasked; texts of parts may
    # stand alone, without the words of the style
    drawn = LanguageModelSettings(
        max_steps=processor.max_steps, no_text=0.0, part_text=0.0, length_known=0.85, text_weight=0.2,
        batch_size=settings.batch_size,
    )  # fmt: skip
    return SampleSource(cache, tokens, processor, drawn)


class MixedBatches:
    """Batches of the user's samples, a share of them the base model's."""

    def __init__(self, own: SampleSource, replay: Replay | None, settings: FinetuneSettings):
        self.own, self.replay = own, replay
        self.replayed = round(settings.replay * settings.batch_size) if replay else 0
        self.drawn = max(1, settings.batch_size - self.replayed)

    def __call__(self, draw: Draw) -> Batch:
        rows = []
        for row in draw.rows(self.replayed + self.drawn):
            generator = draw.row_generator(row)
            if row % (self.replayed + self.drawn) < self.replayed:
                rows.append(self.replay.sample(generator))
            else:
                rows.append(self.own.sample(*self.own.draw(1, generator), generator))
        return self.own.processor.collate(rows)


@torch.no_grad()
def loss_on(model: torch.nn.Module, source: SampleSource, rounds: int = 4) -> float:
    """Mean loss of motion codes, every clip so many times, each time in another coding; the same draws every time."""
    generator = torch.Generator().manual_seed(0)
    order = sorted(range(len(source.rows)), key=source.tokens.num_steps)
    total, count, size = 0.0, 0, source.settings.batch_size
    for _ in range(rounds):
        for start in range(0, len(order), size):
            batch = [source.sample(index, generator) for index in order[start : start + size]]
            inputs = {name: tensor.to(model.device) for name, tensor in source.processor.collate(batch).items()}
            total += float(model(**inputs).motion_loss) * len(batch)
            count += len(batch)
    return total / count
