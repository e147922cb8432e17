"""The actions that a sentence names, by rule: verbs of a list, each with its way and its object or part of the body.

"a man walks backwards and lifts his left arm" names ``walk back`` and ``raise hand``. Words of ``caption_verbs.yaml``
that mean the same movement are one action. It counts captions; it is no parser, and knows no word that is not listed.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from being_m0_hf.utils.package_data import read_package_yaml

from .english import VerbForm, inflect

_WORD = re.compile(r"[a-z]+(?:[-'][a-z]+)*|[.,;:]")
#: Words behind a verb that may be about it.
_REACH = 6
#: Ways that change every verb; "up" and "around" do so for some only.
_ANY_WAY = ("back", "sideways", "stairs", "circle")
_UP_AND_DOWN = ("stand", "get", "pick", "jump", "run", "walk", "step", "climb", "look")
#: Words before a verb in the past, as against one that describes a noun.
_SUBJECTS = ("person", "man", "woman", "he", "she", "they", "figure", "someone", "and", "then", "")
_AROUND = ("turn", "look", "walk", "run")


@dataclass(frozen=True)
class VerbWords:
    """``caption_verbs.yaml``: its lists, and every form of a verb -> the verb that it counts as."""

    forms: dict[str, str]
    light: frozenset[str]
    action_nouns: dict[str, str]
    parts: dict[str, str]
    plurals: dict[str, str]
    ways: dict[str, str]
    determiners: frozenset[str]
    stops: frozenset[str]
    empty: frozenset[str]


@cache
def verb_words() -> VerbWords:
    """The word list, read once."""
    lists = read_package_yaml(__package__, "caption_verbs.yaml")
    forms: dict[str, str] = {}
    for verb, others in lists["verbs"].items():
        for word in (verb, *others):
            for form in (*_forms(word), *lists["irregular"].get(word, ())):
                forms.setdefault(form, verb)
    return VerbWords(
        forms,
        frozenset(lists["light"]),
        lists["action_nouns"],
        lists["parts"],
        lists["irregular_plurals"],
        lists["ways"],
        *(frozenset(lists[name]) for name in ("determiners", "stops", "empty")),
    )


def _forms(verb: str) -> Iterator[str]:
    third, ing = inflect(verb, VerbForm.THIRD), inflect(verb, VerbForm.ING)
    yield from (verb, third, ing)
    stem = ing.removesuffix("ing")
    yield verb + "d" if verb.endswith("e") else verb[:-1] + "ied" if third.endswith("ies") else stem + "ed"


def actions_in(sentence: str) -> tuple[str, ...]:
    """The actions of a sentence, in their order, each once: ``("walk", "pick ball")``."""
    words = _WORD.findall(sentence.lower())
    found: dict[str, None] = {}
    for place in range(len(words)):
        verb = _verb_at(words, place)
        if verb:
            action = _action(verb, _about(words, place))
            if action:
                found.setdefault(action)
    return tuple(found)


def _verb_at(words: list[str], place: int) -> str | None:
    """The verb that a word is a form of; None where it stands as a noun ("takes two steps", "in place")."""
    lists, word = verb_words(), words[place]
    verb = lists.forms.get(word)
    if verb is None:
        return None
    before = words[place - 1] if place else ""
    as_noun = before in lists.determiners or (before in ("in", "on") and not word.endswith("ing"))
    # "with bent knees", "a raised arm": a form that describes what follows
    of_a_part = place + 1 < len(words) and _single(words[place + 1]) in lists.parts
    if word.endswith(("ed", "ent")) and of_a_part and before not in _SUBJECTS:
        return None
    return None if as_noun and not (word.endswith("ing") and before in ("of", "both")) else verb


def _about(words: list[str], place: int) -> list[str]:
    """Words behind a verb until something else begins, in the singular."""
    lists, about = verb_words(), []
    for offset, word in enumerate(words[place + 1 : place + 1 + _REACH], place + 1):
        inside_circle = word == "in" and any(each.startswith("circle") for each in words[offset : offset + 4])
        if inside_circle:
            continue
        if not word.isalpha() and "-" not in word or word in lists.stops or _verb_at(words, offset):
            break
        about.append(_single(word))
    return about


def _single(word: str) -> str:
    plurals = verb_words().plurals
    if word in plurals or word.endswith(("ss", "us")):
        return plurals.get(word, word)
    return word.removesuffix("s") if len(word) > 3 else word


def _action(verb: str, about: list[str]) -> str | None:
    """A verb with what it is about as the name of an action."""
    lists = verb_words()
    if verb in lists.light:
        noun = next((lists.action_nouns[word] for word in about if word in lists.action_nouns), None)
        if noun:
            return noun
    if verb == "jump" and "jack" in about:
        return "jumping jacks"
    ways = [lists.ways[word] for word in about if word in lists.ways]
    way = next((each for each in ways if each in _ANY_WAY), None)
    way = way or next((each for each in ways if each in ("up", "down") and verb in _UP_AND_DOWN), None)
    way = way or next((each for each in ways if each == "around" and verb in _AROUND), None)
    part = next((lists.parts[word] for word in about if word in lists.parts), None)
    thing = part or _object(about)
    if verb in lists.light and not thing and not way:
        return None
    return " ".join(filter(None, (verb, way, thing)))


def _object(about: list[str]) -> str | None:
    """The noun of the first phrase with a determiner: "throws the red ball" is about a ball."""
    lists = verb_words()
    start = next((index for index, word in enumerate(about) if word in lists.determiners), None)
    if start is None:
        return None
    nouns = [word for word in about[start:] if word not in lists.determiners and word not in lists.ways]
    nouns = [word for word in nouns if word not in lists.empty and not word.endswith("ly")]
    return nouns[-1] if nouns else None
