"""Sentences whose meaning is settled, as vectors: those of the known actions, and those of what is foreign."""

import math
import random
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

import torch
from torch import Tensor
from torch.nn.functional import normalize

from being_m0_hf.utils.package_data import read_package_yaml

from ..text import action_words
from ..text.english import VerbForm, realise
from ..text.mirror import without_sides
from .actions import KnownAction, known_actions
from .encoder import SentenceEncoder
from .reasons import verb_of, words_of
from .same_actions import same_as

#: Sentences for what lists lack, and their groups. What is in none is an action all the same.
FOREIGN_FILES = ("foreign.yaml", "foreign_near.yaml", "foreign_verbs.yaml")
GROUPS = ("actions", "no_action", "several", "impossible", "things")

#: Words whose stems are kept: the package's own sentences have some thousand different ones.
KEPT_WORDS = 8192

_PEOPLE = "person man woman guy lady girl boy kid child human figure character"
_IDLE = (
    f"{_PEOPLE} a an the someone somebody he she it they i"
    " is are his her their your my its with and of on in at to by for from as like do does one who that very"
    " left right hand both just some"
)


@dataclass(frozen=True)
class Anchors:
    """Vectors of known and foreign sentences.

    Args:
        actions: the known actions.
        vectors: (sentences, width) of known sentences.
        owners: (sentences,) which action each means.
        centres: (actions, width) the mean direction of each action's sentences.
        titles: (actions, width) of each action's plain sentence.
        foreign: (sentences, width) of what is not known.
        groups: of each foreign sentence.
        own: the telling words of a sentence -> the actions that have just these.
        done: stems of what somebody does in these sentences, known and foreign.
        rarity: stem of the known sentences -> 0 (every action has it) to almost 1 (one alone).
    """

    actions: tuple[KnownAction, ...]
    vectors: Tensor
    owners: Tensor
    centres: Tensor
    titles: Tensor
    foreign: Tensor
    groups: tuple[str, ...]
    own: Mapping[tuple[str, ...], tuple[int, ...]]
    done: frozenset[str]
    rarity: Mapping[str, float]


def make_anchors(
    actions: Sequence[KnownAction], encoder: SentenceEncoder, left_out: Callable[[str], bool] = lambda text: False
) -> Anchors:
    """Anchors of a list of actions; what other checkpoints may know and this one doesn't is foreign to it.

    Args:
        left_out: tells foreign sentences that shall not be among the anchors.
    """
    texts = [text for action in actions for text in action.wordings]
    said = plain(texts)
    owners = torch.tensor([index for index, action in enumerate(actions) for _ in action.wordings])
    vectors = encoder(said)
    own = _own_words(said, owners)
    strange = _foreign_to(actions, own, left_out)
    centres = normalize(torch.zeros(len(actions), vectors.shape[1]).index_add(0, owners, vectors), dim=-1)
    done = _done([*texts, *(text for text, group in strange.items() if group == "actions")])
    return Anchors(
        actions=tuple(actions),
        vectors=vectors.T.contiguous().T,  # number by number: a sentence is held against them in a third of the time
        owners=owners,
        centres=centres,
        titles=encoder(plain([action.title for action in actions])),
        foreign=encoder(plain(list(strange))),
        groups=tuple(strange.values()),
        own=own,
        done=done,
        rarity=_rarity(actions),
    )


def strange_sentences(
    actions: Sequence[KnownAction], left_out: Callable[[str], bool] = lambda text: False
) -> list[str]:
    """Sentences that a list of actions has no answer to, as far as none of its own says the same."""
    own = {telling_words(text) for action in actions for text in action.wordings}
    return list(_foreign_to(actions, own, left_out))


def _foreign_to(
    actions: Sequence[KnownAction], own: Collection[tuple[str, ...]], left_out: Callable[[str], bool]
) -> dict[str, str]:
    """What is foreign to a list of actions -> its group, as far as it isn't said in words of their `own`."""
    names = [action.name for action in actions]
    foreign = foreign_sentences(names) | unlisted_sentences(names)
    return {text: group for text, group in foreign.items() if telling_words(text) not in own and not left_out(text)}


def _own_words(texts: Sequence[str], owners: Tensor) -> dict[tuple[str, ...], tuple[int, ...]]:
    meant: dict[tuple[str, ...], set[int]] = {}
    for text, owner in zip(texts, owners.tolist(), strict=True):
        meant.setdefault(_telling(text), set()).add(owner)
    return {words: tuple(sorted(indices)) for words, indices in meant.items() if words}


def _done(texts: Sequence[str]) -> frozenset[str]:
    """Stems of what somebody does. Foreign sentences name nobody and begin with the verb: "paddles a canoe"."""
    first = {words[0] for text in texts if (words := words_of(text))}
    verbs = {verb_of(text) for text in texts} | {word for word in first if word.endswith("s")}
    return frozenset(stems(" ".join(verbs)))


def _rarity(actions: Sequence[KnownAction]) -> dict[str, float]:
    having = Counter(stem for action in actions for stem in stems_of(action))
    most = math.log(len(actions) + 1)
    return {stem: 1 - math.log(count + 1) / most for stem, count in having.items()}


@cache
def stems_of(action: KnownAction) -> frozenset[str]:
    """The words that an action's sentences use, cut to their stems."""
    return frozenset(stems(" ".join(action.wordings)))


def plain(texts: Sequence[str]) -> list[str]:
    """Texts as the encoder reads them: in lower case, without sides."""
    return [without_sides(text.lower()) for text in texts]


@cache
def _foreign() -> dict[str, dict[str, list[str]]]:
    """Group -> sentence -> the actions that it means, of any list; [] where nobody has them."""
    found: dict[str, dict[str, list[str]]] = {group: {} for group in GROUPS}
    for file in FOREIGN_FILES:
        for group, rows in read_package_yaml(__package__, file).items():
            found[group] |= rows if isinstance(rows, dict) else dict.fromkeys(rows, [])
    return found


def foreign_meanings() -> dict[str, list[str]]:
    """Foreign sentences -> the actions that they mean, of any list; [] where nobody has them."""
    return {text: meant for rows in _foreign().values() for text, meant in rows.items()}


def foreign_sentences(names: Sequence[str]) -> dict[str, str]:
    """Sentences of `FOREIGN_FILES` that mean no action of a list -> their group."""
    listed = {same for name in names for same in same_as(name)}
    found: dict[str, str] = {}
    for group, rows in _foreign().items():
        for text, meant in rows.items():
            if listed.intersection(meant):
                continue
            rng = random.Random(text)
            for _ in range(4 if "(" in text else 1):
                found[realise(text, VerbForm.THIRD, "their", rng)] = group
    return found


def unlisted_sentences(names: Sequence[str]) -> dict[str, str]:
    """Sentences of the actions of ``text/actions`` that a list lacks -> their group."""
    listed = {same for name in names for same in same_as(name)}
    also = {other for name in listed for other in _also_said(name)}
    others: dict[str, dict] = {name: {} for name in action_words.actions() if name not in listed | also}
    return {text: "actions" for action in known_actions(others) for text in action.wordings}


def _also_said(name: str) -> tuple[str, ...]:
    known = action_words.action_words()
    return known[name].also_said if name in known else ()


def telling_words(text: str) -> tuple[str, ...]:
    """What of a sentence tells the action, as stems: not who does it, nor on which side.

    Somebody who ends it, right behind what is done, belongs to the action's name: "the running man" is a dance, while
    "a man running" runs.
    """
    return _telling(plain([text])[0])


def _telling(text: str) -> tuple[str, ...]:
    said = stems(text)
    told = tuple(stem for stem in said if stem not in idle_stems())
    named = len(said) > 1 and said[-1] in _people_stems() and said[-2] not in idle_stems()
    return (*told, said[-1]) if named else told


@cache
def _people_stems() -> frozenset[str]:
    return frozenset(stems(_PEOPLE))


@cache
def idle_stems() -> frozenset[str]:
    """Words that say who moves, not what is done."""
    return frozenset(stems(_IDLE))


def stems(text: str) -> list[str]:
    """The words of a text without their endings, roughly: "waves", "waving" and "waved" are "wav"."""
    return [_stem(word) for word in words_of(text)]


@lru_cache(maxsize=KEPT_WORDS)
def _stem(word: str) -> str:
    for ending in ("ing", "ies", "ed", "es", "ly", "s", "e"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word[: -len(ending)]
            break
    return word[:-1] if len(word) > 3 and word[-1] == word[-2] else word
