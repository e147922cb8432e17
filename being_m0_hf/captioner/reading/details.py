"""What a clause says beside what happens: how often, how far, which way, which side, how fast."""

import re
from collections.abc import Iterator
from dataclasses import replace

from being_m0_hf.text.mirror import side_words

from ..statements import BODY, Quantity, Statement

SIDES = ("left", "right")
_COUNTS = {
    "once": 1, "twice": 2, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10,
}  # fmt: skip
_COUNT = re.compile(rf"\b(?:(once|twice)|({'|'.join(_COUNTS)}|\d+) (?:times|steps?))\b", re.I)
_SEVERAL = re.compile(r"\bseveral (?:times|steps)\b", re.I)
_DEGREES = re.compile(r"(\d+) degrees|\b(quarter|half a|full) turn", re.I)
_TURNS = {"quarter": 90.0, "half a": 180.0, "full": 360.0}
_METRES = re.compile(r"([\d.]+) (metres?|centimetres)", re.I)
_SLOW = re.compile(r"\bslow(?:ly)?\b", re.I)
_FAST = re.compile(r"\b(?:quick|quickly|fast|rapidly)\b", re.I)
_CURVE = re.compile(r"\bin a curve to the (left|right)\b", re.I)
#: Name of a length in the statements of each kind.
_LENGTHS = {
    "walk": "distance", "run": "distance", "move": "distance", "lower": "distance", "rise": "distance",
    "squat": "distance", "jump": "height", "lift": "height", "kick": "height", "swing": "reach", "shift": "reach",
}  # fmt: skip
_PACED = frozenset(("walk", "run", "move", "turn", "raise", "lower", "bend", "stretch"))
_ANGLED = frozenset(("raise", "lower", "bend", "stretch", "pump", "lean", "twist", "turn", "sway"))
#: Kinds of which a number is always measured; where none is said, any will do.
_COUNTED = frozenset(("jump", "twist", "lift", "kick"))
_COUNTABLE = _COUNTED | {"squat", "swing", "pump", "touch", "lean", "invert", "step", "bend", "walk", "run"}
#: "Lifted to shoulder height": the arm comes up at least so far, degrees from hanging; see `verification/arms.py`.
_LIFTED = (80.0, 95.0, 110.0, 130.0, 150.0, 170.0)
_DIRECTIONS = {
    "arm": (("up", r"overhead|above (?:the|their|his|her) head|raised high|as high as"), ("across", r"across the body"),
            ("forward", r"to the front|forward(?!_)"), ("side", r"to the sides?\b|sideways(?!_)"),
            ("backward", r"to the back\b|backward"), ("down", r"until (?:it|they) hangs?")),
    "swing": (("side to side", r"side to side|sideways_and_back"), ("up and down", r"up_and_down"),
              ("forward and back", r"forward_and_back|back_and_forth")),
    "leg": (("forward", r"forward|to the front"), ("backward", r"backward|to the back\b"), ("side", r"to the side\b")),
    "torso": (("forward", r"forward|to the front"), ("backward", r"backward|to the back\b"), ("left", r"to the left"),
              ("right", r"to the right")),
    "root": (("forward-left", r"forward to the left"), ("forward-right", r"forward to the right"),
             ("backward-left", r"backward to the left"), ("backward-right", r"backward to the right"),
             ("left", r"(?:sideways|sidestep\w*)(?: to the)? left"),
             ("right", r"(?:sideways|sidestep\w*)(?: to the)? right"),
             ("forward", r"forwards?\b|ahead"), ("backward", r"backwards?\b|\bback$")),
}  # fmt: skip
_ALL_WAYS = ("forward", "left", "backward", "right")
_DIRECTED = {"raise": "arm", "hold": "arm", "swing": "swing", "lift": "leg", "kick": "leg", "lean": "torso",
             "walk": "root", "run": "root", "move": "root"}  # fmt: skip
_SIDED = frozenset(("turn", "twist", "balance"))


def options(clause: str, group: str, part: str, kind: str) -> Iterator[Statement]:
    """Statements of a kind with what else the clause says; several where it leaves something open."""
    kind, _, form = kind.partition("/")
    if kind == "lifted":
        high = _direction(clause, "arm") == "up"
        for until in _LIFTED[3:] if high else _LIFTED:
            yield _statement(part, "raise", quantities=(Quantity("until", until, "degrees"),))
        return
    whole_body = ("posture", "still", "balance", "jump")
    one = _statement(BODY if group == "root" and kind in whole_body else part, kind, form=form)
    one = replace(one, quantities=tuple(_quantities(clause, kind)))
    if kind in _PACED:
        one = replace(one, pace="slow" if _SLOW.search(clause) else "fast" if _FAST.search(clause) else "")
    if kind == "hold":
        bent, straight = "elbow bent" in clause, re.search(r"\bstraight\b", clause)
        one = replace(one, form="bent" if bent else "straight" if straight else "")
    curve = _CURVE.search(clause)
    if curve and kind in ("walk", "run", "move"):
        one = replace(one, form="curve", side=curve[1].lower())
    if kind in _DIRECTED:
        one = replace(one, direction=_direction(clause, _DIRECTED[kind]))
    if kind == "lower" and group == "arm":
        one = replace(one, direction="down" if re.search(r"until (?:it|they) hangs?", clause) else "")
    for sided in _with_sides(one, clause):
        for directed in [replace(sided, direction=way) for way in _ALL_WAYS] if _needs_way(sided) else [sided]:
            for count in _counts(clause, kind):
                yield replace(directed, count=count)


def _needs_way(one: Statement) -> bool:
    return one.kind == "lean" and not one.direction


def _with_sides(one: Statement, clause: str) -> list[Statement]:
    if one.kind not in _SIDED:
        return [one]
    said = [side for side in dict.fromkeys(side_words(clause))]
    return [replace(one, side=side) for side in said or SIDES]


def _direction(clause: str, group: str) -> str:
    return next((name for name, words in _DIRECTIONS[group] if re.search(words, clause, re.I)), "")


def _counts(clause: str, kind: str) -> tuple[int, ...]:
    if kind not in _COUNTABLE:
        return (0,)
    match = _COUNT.search(clause)
    if match:
        word = (match[1] or match[2]).lower()
        return (int(word) if word.isdigit() else _COUNTS[word],)
    if kind in _COUNTED:
        return tuple(range(2 if _SEVERAL.search(clause) else 1, 13))
    return (0,)


def _quantities(clause: str, kind: str) -> Iterator[Quantity]:
    degrees = _DEGREES.search(clause)
    if degrees and kind in _ANGLED:
        yield Quantity("angle", float(degrees[1]) if degrees[1] else _TURNS[degrees[2].lower()], "degrees")
    metres = _METRES.search(clause)
    if metres and kind in _LENGTHS:
        scale = 0.01 if metres[2].lower().startswith("c") else 1.0
        yield Quantity(_LENGTHS[kind], scale * float(metres[1]), "m")


def _statement(part: str, kind: str, **fields) -> Statement:
    return Statement(part, kind, 0.0, 0.0, **fields)


__all__ = ["SIDES", "options"]
