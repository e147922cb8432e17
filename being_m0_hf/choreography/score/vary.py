"""Another performance of a score: its tempo, sizes, places and elbows a little different."""

from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

import numpy as np

from .keys import Contact, HandKey, Hop, Key, Osc, Step, Stroke
from .places import FREE
from .score import Score

#: Spread of free places, metres, and of elbows, degrees.
_PLACE_SPREAD, _ELBOW_SPREAD = 0.02, 8.0
#: A hold may get shorter; longer, it would run into the next key.
_HOLD = (0.85, 1.0)
#: Arguments of operators are multiplied by a number in this range, the tempo by one in the other.
_OPERATOR, _TEMPO = (0.75, 1.3), (0.88, 1.14)
#: Seconds, which a faster tempo makes shorter.
_TIMES = {
    Key: ("t", "move"), Contact: ("t", "hold", "every"), Stroke: ("t", "back"), Step: ("t", "pace"), Hop: ("t",),
}  # fmt: skip
Node = TypeVar("Node")


def varied(score: Score, seed: int) -> tuple[Score, float]:
    """The score as performance number ``seed`` has it, and its gain. Number 0 is the score as written."""
    if seed == 0:
        return score, 1.0
    rng = np.random.default_rng((seed, 17))
    tempo, gain = rng.uniform(*score.vary.tempo), rng.uniform(*score.vary.gain)
    operators: tuple[tuple[str, dict[str, Any]], ...] = tuple(
        (name, {key: _jogged(value, rng) for key, value in given.items()}) for name, given in score.operators
    )
    changed = _changed(score, tempo, score.vary.spread, rng)
    if score.seconds:
        changed = changed.replace(seconds=score.seconds / tempo if score.still else score.seconds)
    if not score.still:
        operators += (("tempo", {"factor": float(rng.uniform(*_TEMPO))}),)
    return changed.replace(operators=operators), float(gain)


def _jogged(value: Any, rng: np.random.Generator) -> Any:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return value * float(rng.uniform(*_OPERATOR)) if number else value


def _changed(node: Node, tempo: float, spread: float, rng: np.random.Generator) -> Node:
    """A part of a score with other times, and places and elbows spread."""
    if isinstance(node, tuple):
        return tuple(_changed(each, tempo, spread, rng) for each in node)  # type: ignore[return-value]
    if not is_dataclass(node) or isinstance(node, type):
        return node
    changes: dict[str, Any] = {}
    for each in fields(node):
        value = getattr(node, each.name)
        if is_dataclass(value) or isinstance(value, tuple) and value and is_dataclass(value[0]):
            changes[each.name] = _changed(value, tempo, spread, rng)
    for kind, names in _TIMES.items():
        if isinstance(node, kind):
            changes |= {name: getattr(node, name) / tempo for name in names if getattr(node, name) is not None}
    if isinstance(node, Key):
        changes["hold"] = node.hold / tempo * rng.uniform(*_HOLD)
    if isinstance(node, Osc):
        changes["hz"] = node.hz * tempo
    if isinstance(node, HandKey):
        if node.at in FREE:
            changes["by"] = tuple(x + spread * rng.normal() * _PLACE_SPREAD for x in node.by)
        if node.elbow is not None:
            changes["elbow"] = node.elbow + spread * rng.normal() * _ELBOW_SPREAD
    return replace(node, **changes)
