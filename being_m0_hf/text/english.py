"""Sentences from templates: alternatives, verbs in three forms, and a subject that fits.

In a template ``(a|b|)`` picks one alternative, ``<raise|lift up>`` picks a verb phrase and inflects its first word,
and ``@their`` becomes the possessive of the subject ("their", "his", "her", or "your" in a command).
"""

import random
import re
from dataclasses import dataclass
from enum import Enum

_INNERMOST = re.compile(r"\(([^()<>]*)\)|<([^()<>]*)>")
_DOUBLED = frozenset(
    "run jog step hop spin sit put get stop grab squat drop dip nod clap chop skip trot plod cut hit jab tap bob strut"
    " spar drag bat dab mop scrub slip hug let begin pat shrug zip strip stir wrap stab flip snap rub"
    " whip".split()
)
_IRREGULAR_THIRD = {"have": "has", "be": "is", "do": "does", "go": "goes"}


class VerbForm(Enum):
    """How a sentence speaks: "raises", "raise", "raising"."""

    THIRD = "third"
    BASE = "base"
    ING = "ing"


@dataclass(frozen=True)
class Subject:
    """Who moves, and how later words refer to them."""

    text: str
    possessive: str = "their"


YOU = Subject("", "your")


def inflect(verb: str, form: VerbForm) -> str:
    """A verb phrase with its first word inflected: ``inflect("put up", THIRD)`` is "puts up"."""
    word, _, rest = verb.partition(" ")
    if form is VerbForm.THIRD:
        word = _third_person(word)
    elif form is VerbForm.ING:
        word = _present_participle(word)
    return f"{word} {rest}".strip()


def _third_person(word: str) -> str:
    if word in _IRREGULAR_THIRD:
        return _IRREGULAR_THIRD[word]
    if word.endswith(("s", "sh", "ch", "x", "z", "o")):
        return word + "es"
    if word.endswith("y") and word[-2] not in "aeiou":
        return word[:-1] + "ies"
    return word + "s"


def _present_participle(word: str) -> str:
    if word in _DOUBLED:
        return word + word[-1] + "ing"
    if word.endswith("ie"):
        return word[:-2] + "ying"
    if word.endswith("e") and not word.endswith(("ee", "oe", "ye")):
        return word[:-1] + "ing"
    return word + "ing"


def realise(template: str, form: VerbForm, possessive: str, rng: random.Random) -> str:
    """One sentence part from a template, with random choices from ``rng``."""

    def choose(match: re.Match) -> str:
        choice = rng.choice((match[1] if match[1] is not None else match[2]).split("|"))
        return choice if match[1] is not None else inflect(choice, form)

    text = template
    while _INNERMOST.search(text):
        text = _INNERMOST.sub(choose, text, count=1)
    return " ".join(text.replace("@their", possessive).split())
