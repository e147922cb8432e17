"""Written actions to measure by: their performances, sentences that ask for them, and the nearest training sentence."""

import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ...choreography.score.score import Score
from ...choreography.score.wordings import drawn
from ...text.english import YOU, VerbForm, realise
from ...text.mirror import side_words, without_sides
from ...training_data.feature_cache import MotionCache
from ...training_data.written import trained_and_held_out
from ...understanding.encoder import SentenceEncoder

#: Sentences that are compared at once.
_AT_ONCE = 64


def performances_of(caches: Sequence[MotionCache]) -> Callable[[str], list[Tensor]]:
    """What gives the performances (frames, 135) of a score, not mirrored, of the last cache that has them."""
    rows: dict[str, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
    for number, cache in enumerate(caches):
        for index, row in enumerate(cache.rows):
            if not row["mirrored"]:
                rows[row["action"]][number].append(index)

    def performances(name: str) -> list[Tensor]:
        number = max(rows[name], default=0)
        return [caches[number][index] for index in rows[name][number]]

    return performances


def asked_sentences(score: Score, count: int, held_out: bool = False) -> list[str]:
    """Sentences that ask for a score: those of training, its plain text first, or those that training never saw."""
    trained, kept = trained_and_held_out(score)
    if not held_out:
        return list(drawn(trained, 0, count))
    rng = random.Random(score.name)
    said = [realise(words, VerbForm.BASE, YOU.possessive, rng) for words in kept for _ in range(count)]
    return list(dict.fromkeys(said))[:count]


@dataclass(frozen=True)
class TrainingSentences:
    """Every sentence of training, to find the one that comes nearest to another.

    Args:
        texts: in lower case, each once.
        rows: of each, a sample that has it, as (cache, number).
        vectors: (sentences, width).
        sides: what each says of sides.
    """

    texts: tuple[str, ...]
    rows: tuple[tuple[int, int], ...]
    vectors: Tensor
    sides: tuple[tuple[str, ...], ...]

    @classmethod
    def of(cls, caches: Sequence[MotionCache], encoder: SentenceEncoder) -> "TrainingSentences":
        found: dict[str, tuple[int, int]] = {}
        for number, cache in enumerate(caches):
            for index, row in enumerate(cache.rows):
                for caption in row["captions"]:
                    found.setdefault(caption["text"].lower(), (number, index))
        texts = tuple(found)
        vectors = encoder([without_sides(text) for text in texts])
        return cls(texts, tuple(found.values()), vectors, tuple(tuple(side_words(text)) for text in texts))

    def nearest(self, asked: Sequence[str], encoder: SentenceEncoder) -> list[int]:
        """For each sentence the nearest other one that says the same sides."""
        best: list[int] = []
        codes = {sides: code for code, sides in enumerate(dict.fromkeys(self.sides))}
        own = torch.tensor([codes[sides] for sides in self.sides])
        places = {text: index for index, text in enumerate(self.texts)}
        for start in range(0, len(asked), _AT_ONCE):
            texts = [text.lower() for text in asked[start : start + _AT_ONCE]]
            near = encoder([without_sides(text) for text in texts]) @ self.vectors.T
            for text, row in zip(texts, near, strict=True):
                row[own != codes.get(tuple(side_words(text)), -1)] -= 1.0
                if text in places:
                    row[places[text]] = -2.0
                best.append(int(row.argmax()))
        return best
