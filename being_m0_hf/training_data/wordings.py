"""Validation of words: training motions with wordings that training never sees."""

from collections.abc import Iterable
from dataclasses import replace

from ..text import action_words
from .samples import Caption, TrainingSample


def held_out_wordings(samples: Iterable[TrainingSample]) -> list[TrainingSample]:
    """One sample of each action and side that has held-out sentences, with all of them."""
    found: dict[str, TrainingSample] = {}
    for sample in samples:
        if sample.label and sample.kind in ("clip", "window"):
            found.setdefault(sample.label.action, sample)
    return [
        replace(
            sample,
            kind="wording",
            texts=tuple(Caption(text, "held out", 1 / len(texts)) for text in texts),
            weight=1.0,
            made_from=sample.kind,
        )
        for action, sample in sorted(found.items())
        if (texts := action_words.held_out(action))
    ]
