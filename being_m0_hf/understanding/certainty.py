"""How sure it is that a sentence means an action: a logistic regression over a few measures.

Its weights (``certainty.json``) are fitted by ``training/tools/fit_certainty.py`` on wordings that are left out of the
anchors and on foreign ones, and then set right on sentences that neither has seen.
"""

import json
import math
from dataclasses import dataclass
from functools import cache
from importlib import resources

import torch
from torch import Tensor

from .actions import KnownAction
from .anchors import Anchors, idle_stems, stems, stems_of, telling_words
from .encoder import SentenceEncoder
from .reasons import words_of

#: Nearness from which a sentence says what one of the action's own says, and how sure that is at least.
SAME_WORDS, SURE = 0.97, 0.9
#: What an action loses that cannot be on the side that is said.
_OTHER_SIDE = 0.3
#: In which direction each measure of a `Match` may speak.
SIGNS = (1, 1, -1, -1, 1)


@dataclass(frozen=True)
class Match:
    """What comes nearest to the words of one action.

    Args:
        index: of the known action.
        measures: nearness to the nearest of its sentences, to the best three of them, and to the nearest foreign one;
            the share of the telling words that its sentences do not use; nearness to the mean of its sentences. None
            of them depends on how many actions there are.
        group: of the nearest foreign sentence.
        foreign_nearer: whether that is nearer than the known action.
    """

    index: int
    measures: tuple[float, ...]
    group: str
    foreign_nearer: bool


def match(vector: Tensor, text: str, anchors: Anchors, encoder: SentenceEncoder, side: str = "") -> Match:
    """The nearest known action to the (width,) vector of a text without its sides.

    Args:
        side: "left", "right", "both", or "": what the text says, by rule.
    """
    near = anchors.vectors @ vector
    best = near.topk(min(12, len(near)))
    votes: dict[int, list[float]] = {}
    for value, row in zip(best.values.tolist(), best.indices.tolist(), strict=True):
        votes.setdefault(int(anchors.owners[row]), []).append(value)
    # the nearest sentence decides, others of the same action that are near help it, and the side must fit; but where
    # one action alone is said in these very words, it is meant
    own = anchors.own.get(telling_words(text))
    index = max(
        votes,
        key=lambda owner: votes[owner][0] + 0.05 * sum(votes[owner][1:4]) - _side_doubt(anchors.actions[owner], side),
    )
    if own is not None and _side_doubt(anchors.actions[own], side) >= _OTHER_SIDE:
        own = None
    index = index if own is None else own
    top = near[anchors.owners == index].topk(min(3, int((anchors.owners == index).sum()))).values
    strange, row = (anchors.foreign @ vector).max(dim=0)
    unsaid = _unsaid(text, stems_of(anchors.actions[index]), encoder)
    centre = float(anchors.centres[index] @ vector)
    nearest = float(top[0]) if own is None else 1.0
    measures = (nearest, float(top.mean()), float(strange), unsaid, centre)
    return Match(index, measures, anchors.groups[int(row)], bool(strange > nearest))


def _side_doubt(action: KnownAction, side: str) -> float:
    """What an action loses where it does not fit the side that is said."""
    both = "both" in action.name
    if side in ("left", "right"):
        return _OTHER_SIDE if both else 0.0
    if side == "both":
        return _OTHER_SIDE if action.sides else 0.0
    return 0.03 if action.sides else 0.0


def _unsaid(text: str, words: frozenset[str], encoder: SentenceEncoder) -> float:
    """The share of the weight of a sentence's telling words that an action's sentences do not use."""
    total = missing = 0.0
    for stem, word in zip(stems(text), words_of(text), strict=True):
        if stem in idle_stems():
            continue
        weight = float(encoder.vectors_of(encoder.pieces(word)).sum(dim=0).norm())
        total += weight
        missing += weight * (stem not in words)
    return missing / total if total else 0.5


@cache
def _weights() -> dict:
    return json.loads(resources.files(__package__).joinpath("certainty.json").read_text(encoding="utf-8"))


def certainty(measures: tuple[float, ...]) -> float:
    """Probability that the action is meant, from the measures of a `Match`."""
    weights = _weights()
    score = sum(torch.tensor(measures, dtype=torch.float64) * torch.tensor(weights["weights"], dtype=torch.float64))
    sure = 1 / (1 + math.exp(-(float(score) + weights["offset"])))
    return max(sure, SURE) if measures[0] > SAME_WORDS else sure
