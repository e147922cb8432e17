"""How sure it is that a sentence means an action: a logistic regression over a few measures.

Its weights (``certainty.json``) are fitted by ``training/tools/fit_certainty.py`` on wordings that are left out of the
anchors and of what the encoder is taught, and on foreign ones; then they are set right on sentences that
nothing has seen.
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
from .same_actions import same_as
from .stance import own_standing_leg

#: Nearness from which a sentence is one of the action's own, and how sure that is at least.
SAME_WORDS, SURE = 0.999, 0.9
#: What an action loses that cannot be on the side that is said.
_OTHER_SIDE = 0.3
#: Where an action's sentences say none of so large a share of what a sentence tells, it is mostly a guess; what a guess
#: takes from a certainty.
MOSTLY_UNSAID, _GUESSED = 0.5, 0.7
#: In which direction each measure of a `Match` may speak.
SIGNS = (1, -1, -1, 1, 1, 1)
#: An action that is this far ahead of all others is ahead, however far: a short list leaves more room.
CLEAR = 0.3
#: Words of names that make no kind of an action.
_NO_KIND = {"any", "left", "right", "a", "the"}
#: So many actions are weighed against each other.
_CANDIDATES = 12


@dataclass(frozen=True)
class Match:
    """What comes nearest to the words of one action.

    Args:
        index: of the known action.
        measures: nearness to the nearest of its sentences and to the nearest foreign one; the share of the telling
            words that its sentences do not use; nearness to the mean of its sentences; how far behind the next action
            that looks different is, at most `CLEAR`; how much the telling words say that its sentences do use: each as
            much as it is rare.
        group: of the nearest foreign sentence.
        foreign_nearer: whether that is nearer than the known action.
    """

    index: int
    measures: tuple[float, ...]
    group: str
    foreign_nearer: bool


def match(vector: Tensor, near: Tensor, text: str, anchors: Anchors, encoder: SentenceEncoder, side: str = "") -> Match:
    """The nearest known action to the (width,) vector of a text without its sides.

    Args:
        near: (sentences,) how near it is to each known sentence; several texts share the time that reading these takes.
        side: "left", "right", "both", or "": what the text says, by rule.
    """
    nearest = torch.full((len(anchors.actions),), -1.0).scatter_reduce(0, anchors.owners, near, "amax")
    centre = anchors.centres @ vector
    best = (0.5 * (nearest + centre)).topk(min(_CANDIDATES, len(nearest)))
    scores = {
        row: value - _side_doubt(anchors.actions[row], side)
        for value, row in zip(best.values.tolist(), best.indices.tolist(), strict=True)
    }
    # the nearest sentence and the middle of all decide, and the side must fit; but where actions are said in these
    # very words, the general one of them is meant ("dance" before "dance_charleston"), or the one whose plain sentence
    # is nearest
    index, *others = sorted(scores, key=scores.__getitem__, reverse=True)
    same = same_as(anchors.actions[index].name)
    rivals = [scores[other] for other in others if anchors.actions[other].name not in same]
    ahead = min(scores[index] - rivals[0], CLEAR) if rivals else CLEAR
    own = {
        row: float(anchors.titles[row] @ vector) - doubt
        for row in anchors.own.get(telling_words(text), ())
        if (doubt := _side_doubt(anchors.actions[row], side)) < _OTHER_SIDE
    }
    general = [row for row in own if not any(_is_kind_of(anchors.actions[row], anchors.actions[each]) for each in own)]
    index = max(general, key=own.__getitem__) if own else index
    strange, row = (anchors.foreign @ vector).max(dim=0)
    words = stems_of(anchors.actions[index])
    unsaid = _unsaid(text, words, encoder)
    said = sum(anchors.rarity[stem] for stem in telling_words(text) if stem in words)
    near_one = 1.0 if own else float(nearest[index])
    measures = (near_one, float(strange), unsaid, float(centre[index]), ahead, said)
    return Match(index, measures, anchors.groups[int(row)], bool(strange > near_one))


def _is_kind_of(action: KnownAction, general: KnownAction) -> bool:
    """Whether one action's name says what another one's says and more: "kick_spin_left" is a kind of "kick_any"."""
    return set(general.name.split("_")) - _NO_KIND < set(action.name.split("_")) - _NO_KIND


def _side_doubt(action: KnownAction, side: str) -> float:
    """What an action loses where it does not fit the side that is said."""
    both = "both" in action.name
    if side in ("left", "right"):
        return _OTHER_SIDE if both else 0.0 if action.sides or own_standing_leg(action) else 0.04
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
    if measures[0] > SAME_WORDS:
        return max(sure, SURE)
    return sure * _GUESSED if measures[2] >= MOSTLY_UNSAID else sure
