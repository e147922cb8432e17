"""The sentences of a score, of one side and of the other."""

import random

from ...text.english import YOU, VerbForm, realise
from .score import Score

#: Sentences that one wording gives at most.
_MOST_FROM_ONE = 24


def sentences(wording: str, rng: random.Random, most: int = _MOST_FROM_ONE) -> list[str]:
    """Different sentences that a wording with ``(a|b)`` alternatives gives."""
    found: dict[str, None] = {}
    for _ in range(3 * most):
        found.setdefault(realise(wording, VerbForm.BASE, YOU.possessive, rng))
        if len(found) == most:
            break
    return list(found)


def drawn(score: Score, seed: int, count: int) -> tuple[str, ...]:
    """``count`` sentences about the score: its text, and one of each of its wordings in turn."""
    rng = random.Random(f"{score.name} {seed}")
    wordings = list(score.wordings)
    rng.shuffle(wordings)
    found = {score.text: None}
    for number in range(4 * count):
        if len(found) >= count or not wordings:
            break
        found.setdefault(realise(wordings[number % len(wordings)], VerbForm.BASE, YOU.possessive, rng))
    return tuple(found)


def drawn_parts(score: Score, seed: int) -> dict[str, tuple[str, ...]]:
    """What each part does, in all its wordings, alternatives drawn."""
    rng = random.Random(f"{score.name} parts {seed}")
    return {
        part: tuple(dict.fromkeys(realise(text, VerbForm.BASE, YOU.possessive, rng) for text in texts))
        for part, texts in score.parts.items()
    }
