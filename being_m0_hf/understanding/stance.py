"""Which side of an action is meant where its sides differ: "on the right leg" and "the left foot up" are the same, and
so are "bends to the left" and "the right arm over the head"."""

import re
from functools import cache

from ..text.mirror import mirror_text, side_words
from .actions import KnownAction

STANDS_ON = re.compile(
    r"\b(?:stand|stood|balanc|pois|pos|rest|perch)\w*\b(?: \w+){0,2}? on (?:the |his |her |their |your )?(left|right)"
    r" (?:leg|foot)\b",
    re.I,
)
_ON = re.compile(r"\bon (?:the |his |her |their |your |its |my )?(left|right) (?:leg|foot)\b", re.I)
_LIFTED = re.compile(r"\b(left|right) (?:leg|foot|knee|heel|ankle|thigh|shin|sole|one)\b", re.I)
_SIDED = re.compile(
    r"\b(left|right)\b(?: (hand|arm|elbow|fist|palm|shoulder|ear|leg|foot|knee|ankle|heel|hip|eye|shoe|sleeve)\b)?",
    re.I,
)


def is_mirrored(title: str, text: str) -> bool | None:
    """Whether a text says an action on the other side than its title, by what both call left or right: "the left hand"
    beside "the right hand", "to the left" beside "to the right"; None where they name nothing in common.
    """
    sides = {part: side for side, part in _SIDED.findall(title.lower())}
    return next((side != sides[part] for side, part in _SIDED.findall(text.lower()) if part in sides), None)


def standing_leg(text: str) -> str:
    """The side that somebody stands on by a sentence about one leg; "" where it doesn't say."""
    if match := _ON.search(text):
        return match[1].lower()
    match = _LIFTED.search(text)
    return mirror_text(match[1].lower()) if match else ""


@cache
def own_standing_leg(action: KnownAction) -> str:
    """The side that an action stands on as its own sentences say; "" where it is not on one leg, or hops on it."""
    said = (STANDS_ON.search(text) for text in action.wordings if "hop" not in text)
    return next((match[1].lower() for match in said if match), "")


def side_as_named(action: KnownAction, standing: str) -> str:
    """The side of an action whose standing leg is said, as the action names its sides: those of its name or its title
    or, where these say none or both, that of the leg which is lifted.
    """
    own = own_standing_leg(action)
    named = side_words(action.name.replace("_", " ")) or sorted(set(side_words(action.title)))
    side = named[0] if len(named) == 1 else mirror_text(own)
    return side if standing == own else mirror_text(side)
