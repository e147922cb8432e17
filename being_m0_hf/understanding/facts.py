"""What a sentence says that is read by rule, since vectors of meaning do not tell it: sides, counts, speed, order,
negation."""

import re
from dataclasses import dataclass

from ..text.mirror import side_words

_NUMBERS = {
    "once": 1, "twice": 2, "thrice": 3, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
    "eight": 8, "nine": 9, "ten": 10,
}  # fmt: skip
_COUNT = re.compile(rf"\b(?P<once>once|twice|thrice)\b|\b(?P<times>\d{{1,3}}|{'|'.join(_NUMBERS)}) times\b", re.I)
_SLOW = re.compile(r"\b(slow|slowly|slower|leisurely|unhurried(ly)?|sluggish(ly)?|in slow motion)\b", re.I)
_FAST = re.compile(
    r"\b(fast|faster|quick|quickly|quicker|rapid(ly)?|briskly?|swift(ly)?|hurried(ly)?|full speed)\b", re.I
)
_BOTH = re.compile(r"\bboth\b|\bleft and (the )?right\b|\bright and (the )?left\b", re.I)
#: "Do not move" asks for something that can be done.
_STILL = re.compile(r"\b(?:do not|don'?t|doesn'?t|does not|without|not|never) (?:mov(?:e|ing)|stir(?:ring)?)\b", re.I)
#: What somebody says or thinks is not what they leave undone: "shrugs, as if they don't know".
_THOUGHT = re.compile(r"\b(?:do not|don'?t|doesn'?t|does not|didn'?t) (?:know|care|mind|understand)\b", re.I)
_NOT = re.compile(
    r"\b(not|never|doesn'?t|don'?t|isn'?t|didn'?t|won'?t|can'?t|cannot|aren'?t|wasn'?t|stops? \w+ing)\b", re.I
)
#: "without jumping": what follows is not done, the rest is.
_WITHOUT = re.compile(r"[, ]*\bwithout (\w+ing\b[^,.;]*)", re.I)

_THEN = re.compile(
    r"\s*[.;,]?\s*\b(?:and then|, then|then|after that|afterwards|followed by|finally|next,)\s+|\s*[.;]\s+"
    r"|\s+before\s+",
    re.I,
)
_WHILE = re.compile(r"\s*,?\s*\b(?:while|whilst|at the same time(?: as)?|meanwhile)\s+", re.I)
_FIRST_AFTER = re.compile(r"^\s*after\s+(?P<first>[^,]+),\s*(?P<second>.+)$", re.I)
_AFTER = re.compile(r"^(?P<second>.+?)\s+after\s+(?P<first>\w+ing\b.*)$", re.I)
_FIRST_WHILE = re.compile(r"^\s*(?:while|before)\s+(?P<rest>[^,]+),\s*(?P<main>.+)$", re.I)


@dataclass(frozen=True)
class Facts:
    """What the words of one action say beside the action.

    Args:
        side: "left", "right", "both", or "".
        count: how often; None where it is not said.
        speed: "slow", "fast", or "".
        negated: whether it shall not be done.
    """

    side: str = ""
    count: int | None = None
    speed: str = ""
    negated: bool = False


def read_facts(text: str) -> Facts:
    """The facts in the words of one action."""
    sides = set(side_words(text))
    side = "both" if _BOTH.search(text) or len(sides) == 2 else next(iter(sides), "")
    match = _COUNT.search(text)
    word = (match["once"] or match["times"]).lower() if match else ""
    count = int(word) if word.isdigit() else _NUMBERS.get(word)
    speed = "slow" if _SLOW.search(text) else "fast" if _FAST.search(text) else ""
    return Facts(side, count, speed, bool(_NOT.search(_THOUGHT.sub("", _STILL.sub("", text)))))


def split_clauses(text: str) -> tuple[list[str], str, list[str]]:
    """A sentence as its actions, in the order in which they are done.

    Returns:
        the actions' words; how they follow each other: "then", "while", or "" for a single one; and what shall be left
        out ("without jumping").
    """
    left_out = [match[1] for match in _WITHOUT.finditer(text) if not _STILL.search(match[0])]
    text = _WITHOUT.sub(" ", text).strip(" ,") if left_out else text
    if match := _FIRST_AFTER.match(text) or _AFTER.match(text):
        parts, order = [match["first"], match["second"]], "then"
    elif match := _FIRST_WHILE.match(text):
        swap = text.lower().lstrip().startswith("before")
        parts = [match["main"], match["rest"]] if swap else [match["rest"], match["main"]]
        order = "then" if swap else "while"
    elif len(parts := _WHILE.split(text)) > 1:
        order = "while"
    else:
        parts, order = _THEN.split(text), "then"
    parts = [part.strip(" ,.;") for part in parts]
    parts = [part for part in parts if re.search(r"\w", part)]
    return parts, order if len(parts) > 1 else "", left_out
