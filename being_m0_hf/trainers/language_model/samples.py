"""Samples of a language model's training: tokens of a motion with one of its texts, changed as the settings say."""

import torch

from ...models import BeingM0Processor
from ...models.being_m0 import TokenLayout
from ...training_data.feature_cache import MotionCache, draw_caption
from ...training_data.part_mixing import compose, may_lend, pick_taken, some_parts
from ...training_data.token_cache import TokenCache
from ..word_dropout import drop_words
from .settings import LanguageModelSettings
from .tasks import TaskSamples, pick_task


class SampleSource:
    """Draws training samples by weight, with one of their captions and one of their codings."""

    def __init__(
        self, cache: MotionCache, tokens: TokenCache, processor: BeingM0Processor, settings: LanguageModelSettings
    ):
        self.rows = cache.rows
        self.tokens = tokens
        self.processor = processor
        self.settings = settings
        self.weights = torch.tensor([row["weight"] for row in self.rows], dtype=torch.double)
        self.tasks = TaskSamples(self.rows, tokens, processor, self.draw, settings.length_known)

    def sample(self, index: int, generator: torch.Generator) -> dict[str, torch.Tensor]:
        """A training sample of a task by `task_shares`, out of the motion of that index."""
        task = pick_task(self.settings.task_shares, generator) if self.settings.task_shares else None
        chance = torch.rand(5, generator=generator).tolist()
        codes = self.tokens.get(index, pick(len(self.tokens.shifts), generator))[: self.settings.max_steps]
        sample = self.tasks.sample(task, index, codes, generator) if task else None
        if sample is None:
            sample = self._text_to_motion(self.rows[index], codes, chance, generator)
        if self.settings.corruption:
            share = float(self.settings.corruption * torch.rand((), generator=generator))
            said = sample["labels"] != -100  # what is given is right
            noisy = corrupted(sample["input_ids"], share, self.processor.layout, generator)
            sample["input_ids"] = torch.where(said, noisy, sample["input_ids"])
        return sample

    def _text_to_motion(
        self, row: dict, codes: torch.Tensor, chance: list[float], generator: torch.Generator
    ) -> dict[str, torch.Tensor]:
        settings = self.settings
        text, parts = "", None
        if chance[0] >= settings.no_text:
            text = draw_caption(row, generator)
            if settings.word_dropout:
                text = drop_words(text, settings.word_dropout, generator)
            if row["parts"] and chance[1] < settings.part_text:
                parts = some_parts(row["parts"][pick(len(row["parts"]), generator)], generator)
                text = text if chance[3] < 0.75 else ""
            if row["parts"] and chance[4] < settings.composed:
                codes, parts = self._composed(row, codes, parts or {}, generator)
        return self.processor.training_sample(
            text,
            codes,
            parts=parts,
            length_known=chance[2] < settings.length_known,
            text_weight=settings.text_weight,
            mask_description=settings.mask_description,
        )

    def _composed(
        self, row: dict, codes: torch.Tensor, parts: dict[str, str], generator: torch.Generator
    ) -> tuple[torch.Tensor, dict[str, str]]:
        """The codes with parts of another sample, and the texts of parts that are true of them then."""
        taken = pick_taken(row["category"], generator)
        others = [
            each
            for each in self.draw(8, generator)
            if may_lend(self.tokens.num_steps(each), len(codes)) and self.rows[each]["parts"]
        ]
        if not others:
            return codes, parts
        texts = self.rows[others[0]]["parts"]
        other = self.tokens.get(others[0], pick(len(self.tokens.shifts), generator))
        told = texts[pick(len(texts), generator)]
        made = compose(codes, other, told, taken, self.processor.part_names, generator)
        return made.codes, {name: text for name, text in parts.items() if name not in taken} | made.parts

    def keep(self, kept: torch.Tensor) -> None:
        """Draw only these samples from now on: (samples,) bool."""
        self.weights = torch.where(kept, self.weights, 0.0)

    def draw(self, count: int, generator: torch.Generator) -> list[int]:
        if count == 0:
            return []  # which torch.multinomial refuses
        return torch.multinomial(self.weights, count, replacement=True, generator=generator).tolist()


def corrupted(ids: torch.Tensor, share: float, layout: TokenLayout, generator: torch.Generator) -> torch.Tensor:
    """The sequence (length,) with a share of its motion codes replaced by random ones of the same part."""
    codes = ids - layout.code_offset
    chosen = (codes >= 0) & (torch.rand(ids.shape, generator=generator) < share)
    noise = torch.randint(layout.codebook_size, ids.shape, generator=generator)
    return torch.where(chosen, layout.code_offset + codes // layout.codebook_size * layout.codebook_size + noise, ids)


def pick(count: int, generator: torch.Generator) -> int:
    return int(torch.randint(count, (1,), generator=generator))
