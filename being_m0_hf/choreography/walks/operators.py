"""The operators by name, and their use in order."""

import inspect
from collections.abc import Callable, Sequence
from typing import Any

from ...motion import MotionError
from ..engine.body import Body
from ..engine.timing import stream
from ..score.fields import between, choice, nearest
from . import gaits, manners

OPERATORS: dict[str, Callable[..., Body]] = {
    each.__name__: each
    for each in (
        gaits.crouch, gaits.tiptoe, gaits.march, gaits.limp, gaits.stagger, gaits.stride, gaits.drag, gaits.waddle,
        gaits.wade, gaits.straight_legs, manners.tempo, manners.reverse, manners.lean, manners.sway, manners.swagger,
        manners.tremble, manners.stiff, manners.head_turns, manners.bounce, manners.arms, manners.cane,
    )
}  # fmt: skip


#: Arguments that are words, or that are divided by; all others are metres, degrees and shares.
_READERS = {
    "side": choice("right", "left"), "parts": choice(*manners.STIFF_PARTS),
    "factor": between(0.1, 10), "hz": between(0.1, 10),
}  # fmt: skip
_NUMBER = between(-1000, 1000)


def check_operators(operators: Sequence[tuple[str, dict[str, Any]]], where: str) -> None:
    """Raises MotionError for an operator or an argument that there is not, or a value that it cannot have."""
    for name, arguments in operators:
        if name not in OPERATORS:
            raise MotionError(f"{where}: unknown operator {name!r}; {nearest(name, OPERATORS)}")
        parameters = inspect.signature(OPERATORS[name]).parameters
        known = [each for each in parameters if each not in ("walk", "rng")]
        for argument, value in arguments.items():
            if argument not in known:
                raise MotionError(f"{where}: operator {name} has no {argument!r}; {nearest(argument, known)}")
            _READERS.get(argument, _NUMBER)(value, f"{where}, operator {name}, {argument}")


def apply_operators(walk: Body, operators: Sequence[tuple[str, dict[str, Any]]], seed: int) -> Body:
    """The walk changed by operators, in their order."""
    rng = stream(seed, "operators")
    for name, arguments in operators:
        walk = OPERATORS[name](walk, rng, **arguments)
    return walk
