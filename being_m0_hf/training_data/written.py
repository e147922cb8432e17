"""Training samples of actions that are written, not recorded: performances of scores, with their sentences."""

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from ..choreography.bases import Bases
from ..choreography.performances import performances
from ..choreography.score.score import Score
from ..motion import Motion
from ..text.english import YOU, VerbForm, realise
from .action_labels import Labelled
from .samples import MAX_SECONDS, MIN_SECONDS, Caption, TrainingSample, with_texts

#: Name of the source in training data; the bases are CMU's.
SOURCE = "written"
#: Performances of one score, before mirroring.
TAKES = 24
#: Every so many-th wording of a score measures and never trains.
_KEPT_OUT = 6
_HELD_OUT_SENTENCES = 8


def trained_and_held_out(score: Score) -> tuple[Score, tuple[str, ...]]:
    """The score with the wordings that training may use, and the others."""
    kept_out = score.wordings[_KEPT_OUT - 1 :: _KEPT_OUT]
    trained = tuple(words for words in score.wordings if words not in kept_out)
    return replace(score, wordings=trained), tuple(kept_out)


def written_samples(
    score: Score, bases: Bases, rng: random.Random, takes: Iterable[int] = range(TAKES)
) -> Iterator[TrainingSample]:
    """Performances of a score as samples, not mirrored, with sentences of the wordings that train."""
    trained, _ = trained_and_held_out(score)
    for made in performances(trained, bases, takes):
        if not made.mirrored and MIN_SECONDS <= made.motion.seconds <= MAX_SECONDS:
            yield with_texts(written_sample(made.id, made.score, made.motion, made.parts, made.texts), rng)


def held_out_sample(score: Score, sample: TrainingSample) -> TrainingSample | None:
    """A sample with the score's held-out sentences instead of its own; None where the score has too few wordings."""
    _, kept_out = trained_and_held_out(score)
    rng = random.Random(score.name)
    drawn = [realise(words, VerbForm.BASE, YOU.possessive, rng) for words in kept_out for _ in range(2)]
    texts = list(dict.fromkeys(drawn))[:_HELD_OUT_SENTENCES]
    if not texts:
        return None
    captions = tuple(Caption(text, "held out", 1 / len(texts)) for text in texts)
    return replace(sample, kind="wording", texts=captions, made_from="written")


def written_sample(
    name: str, score: str, motion: Motion, parts: Mapping[str, Sequence[str]], texts: Sequence[str]
) -> TrainingSample:
    """A motion of a score, with sentences about it, each as likely as any other; see `with_texts` for those of parts.

    Args:
        name: the sample's id.
        score: its name.
        parts: part -> what is said of it.
    """
    return TrainingSample(
        id=name,
        source=SOURCE,
        split="train",
        kind="written",
        motion=motion.replace(text=None),
        label=Labelled(score),
        said_parts={part: tuple((text, SOURCE) for text in said) for part, said in parts.items()},
        texts=tuple(Caption(text, "written", 1 / len(texts)) for text in texts),
    )
