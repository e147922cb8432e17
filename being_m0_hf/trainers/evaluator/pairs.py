"""Batches of motions and texts, of which some pairs belong together and all others do not."""

from pathlib import Path

import torch
from transformers import PreTrainedTokenizerBase

from ...text.mirror import mirror_text
from ...training_data.feature_cache import MotionCache, draw_caption
from ..run.allowed_values import SettingsError
from ..run.batches import Batch, Draw
from ..word_dropout import drop_words
from .meaning import Meaning

#: A batch is cut from this many batches sorted by length: less padding, and length alone gives no pair away.
LENGTH_CHOICE = 4


class HardNegatives:
    """Generated motions of the captions of a cache's samples (`training/draw_hard_negatives.py`)."""

    def __init__(self, folder: str | Path, split: str):
        if not (Path(folder) / f"{split}_hard_negatives.jsonl").is_file():
            raise SettingsError(
                f"cache_dir {folder} holds no hard negatives; "
                f"run training/draw_hard_negatives.py output_dir={folder} first"
            )
        self.cache = MotionCache(Path(folder), f"{split}_hard_negatives")
        self.of_sample: dict[int, list[int]] = {}
        for index, row in enumerate(self.cache.rows):
            self.of_sample.setdefault(row["sample"], []).append(index)

    def __call__(self, samples: list[int]) -> list[torch.Tensor]:
        """Features (frames, 135) of all hard negatives of some samples."""
        return [self.cache[index] for sample in samples for index in self.of_sample.get(sample, [])]


class PairSource:
    """Batches of motions, each with one of its captions, and the mirrored captions as texts that fit none.

    A caption with left and right exchanged is the hardest negative there is, and the one that matters: without it a
    model of this size reads "left hand" as "hand".
    """

    def __init__(
        self,
        cache: MotionCache,
        tokenizer: PreTrainedTokenizerBase,
        batch_size: int,
        word_dropout: float = 0.0,
        hard_negatives: HardNegatives | None = None,
    ):
        self.cache = cache
        self.hard_negatives = hard_negatives
        self.tokenizer = tokenizer
        self.batch_size = batch_size
        self.word_dropout = word_dropout
        self.weights = torch.tensor([row["weight"] for row in cache.rows], dtype=torch.double)

    def __call__(self, draw: Draw) -> Batch:
        """A process's share of the batch; what fits no text is looked for in this share alone."""
        generator, rows = draw.generator(), draw.rows(self.batch_size)
        together = self.batch_size * draw.shares
        count = min(together * LENGTH_CHOICE, int((self.weights > 0).sum()))
        drawn = torch.multinomial(self.weights, count, generator=generator)
        drawn = sorted(drawn.tolist(), key=lambda index: self.cache.rows[index]["frames"])
        start = int(torch.rand((), generator=generator) * (max(0, count - together) + 1))
        picks = drawn[start : start + together][rows.start : rows.stop]
        return self.batch(picks, draw.row_generator(rows.start))

    def batch(self, picks: list[int], generator: torch.Generator) -> Batch:
        texts = [draw_caption(self.cache.rows[index], generator) for index in picks]
        meanings = [Meaning.of(self.cache.rows[index], text) for index, text in zip(picks, texts, strict=True)]
        if self.word_dropout:
            texts = [drop_words(text, self.word_dropout, generator) for text in texts]
        sided = [(mirror_text(text), own) for text, own in zip(texts, meanings, strict=True)]
        sided = [(mirrored, own) for (mirrored, own), text in zip(sided, texts, strict=True) if mirrored != text]
        tokens = self.tokenizer(texts + [mirrored for mirrored, _ in sided], padding=True, return_tensors="pt")
        columns = meanings + [own.mirrored(mirrored) for mirrored, own in sided]
        same = [[meaning.same_as(column) for column in columns] for meaning in meanings]
        features, num_frames = padded([self.cache[index] for index in picks])
        batch = {
            "features": features,
            "num_frames": num_frames,
            "input_ids": tokens["input_ids"],
            "attention_mask": tokens["attention_mask"],
            "not_negative": torch.tensor(same),
        }
        if self.hard_negatives:
            batch["hard_negative_features"], batch["hard_negative_frames"] = padded(self.hard_negatives(picks))
        return batch


def padded(motions: list[torch.Tensor]) -> tuple[torch.Tensor, torch.Tensor]:
    """(motions, frames, 135) and how many frames of each are real."""
    frames = torch.tensor([len(motion) for motion in motions])
    return torch.nn.utils.rnn.pad_sequence(motions, batch_first=True), frames
