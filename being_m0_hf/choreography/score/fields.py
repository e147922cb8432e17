"""Readers of the values in a score file: each checks one kind of value and says in one line what is wrong with it."""

import difflib
import math
from collections.abc import Callable, Iterable
from dataclasses import MISSING, field, fields
from typing import Any, TypeVar

from ...motion import MotionError

Triple = tuple[float, float, float]
Reader = Callable[[object, str], Any]
Record = TypeVar("Record")

#: What the words of a direction mean, as (out, up, forward); "out" is to the limb's own side.
WORDS: dict[str, Triple] = {
    "out": (1, 0, 0), "in": (-1, 0, 0), "up": (0, 1, 0), "down": (0, -1, 0), "forward": (0, 0, 1), "back": (0, 0, -1),
}  # fmt: skip


def read(reader: Reader, default: Any = MISSING, called: str = "") -> Any:
    """A dataclass field that a score may give: how it is read, what holds without it, and its name in the file where
    that is a word of Python.
    """
    return field(default=default, metadata={"read": reader, "called": called})


def record(cls: type[Record], value: object, where: str) -> Record:
    """A mapping as one of the score's dataclasses.

    Raises:
        MotionError: no mapping, an unknown or a missing key, or a value that its field refuses.
    """
    if not isinstance(value, dict):
        raise MotionError(f"{where}: expected names with values, got {_shown(value)}")
    readable = [each for each in fields(cls) if "read" in each.metadata]  # type: ignore[arg-type]
    known = {each.metadata["called"] or each.name: each for each in readable}
    for key in value:
        if key not in known:
            raise MotionError(f"{where}: unknown key {key!r}; {nearest(str(key), known)}")
    for name, each in known.items():
        if name not in value and each.default is MISSING and each.default_factory is MISSING:
            raise MotionError(f"{where}: {name!r} is missing")
    return cls(
        **{known[key].name: known[key].metadata["read"](given, f"{where}, {key}") for key, given in value.items()}
    )


def nearest(name: str, known: Iterable[str]) -> str:
    """What to write instead of an unknown name."""
    known = sorted(known)
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return f"did you mean {close[0]!r}?" if close else f"known are {', '.join(known)}"


def number(value: object, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise MotionError(f"{where}: expected a number, got {_shown(value)}")
    return float(value)


def between(least: float, most: float) -> Reader:
    """A number in a range."""

    def read_between(value: object, where: str) -> float:
        found = number(value, where)
        if not least <= found <= most:
            raise MotionError(f"{where} is {found:g}, expected {least:g} to {most:g}")
        return found

    return read_between


def truth(value: object, where: str) -> bool:
    if not isinstance(value, bool):
        raise MotionError(f"{where}: expected true or false, got {_shown(value)}")
    return value


def text(value: object, where: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise MotionError(f"{where}: expected words, got {_shown(value)}")
    return " ".join(value.split())


def texts(value: object, where: str) -> tuple[str, ...]:
    return listed(text)([value] if isinstance(value, str) else value, where)


def triple(value: object, where: str) -> Triple:
    if not isinstance(value, list) or len(value) != 3:
        raise MotionError(f"{where}: expected three numbers [out, up, forward], got {_shown(value)}")
    first, second, third = (number(each, where) for each in value)
    return first, second, third


def span(value: object, where: str) -> tuple[float, float]:
    if not isinstance(value, list) or len(value) != 2:
        raise MotionError(f"{where}: expected [least, most], got {_shown(value)}")
    least, most = (number(each, where) for each in value)
    if least > most:
        raise MotionError(f"{where}: [{least:g}, {most:g}] has the larger number first")
    return least, most


def span_between(lowest: float, highest: float) -> Reader:
    """[least, most], both in a range."""

    def read_span(value: object, where: str) -> tuple[float, float]:
        least, most = span(value, where)
        if not lowest <= least <= most <= highest:
            raise MotionError(f"{where} is [{least:g}, {most:g}], expected numbers from {lowest:g} to {highest:g}")
        return least, most

    return read_span


def direction(value: object, where: str) -> Triple:
    """``in+0.5*up`` or [out, up, forward] as a unit vector (out, up, forward)."""
    if isinstance(value, list):
        total = triple(value, where)
    elif isinstance(value, str):
        total = (0.0, 0.0, 0.0)
        for part in value.replace(" ", "").split("+"):
            share, _, word = part.rpartition("*")
            if word not in WORDS:
                raise MotionError(f"{where}: unknown direction {word!r} in {value!r}; {nearest(word, WORDS)}")
            try:
                weight = float(share or 1)
            except ValueError:
                raise MotionError(f"{where}: {share!r} in {value!r} is no number") from None
            x, y, z = (old + weight * step for old, step in zip(total, WORDS[word], strict=True))
            total = (x, y, z)
    else:
        raise MotionError(f"{where}: expected a direction such as in+0.5*up, got {_shown(value)}")
    length = math.hypot(*total)
    if length < 1e-6:
        raise MotionError(f"{where}: {value!r} points nowhere")
    return total[0] / length, total[1] / length, total[2] / length


def vector(value: object, where: str) -> Triple:
    """[out, up, forward] as it stands, or a direction in words as a unit vector."""
    return triple(value, where) if isinstance(value, list) else direction(value, where)


def choice(*names: str) -> Reader:
    """One of some names."""

    def read_choice(value: object, where: str) -> str:
        if value not in names:
            raise MotionError(f"{where}: unknown {value!r}; {nearest(str(value), names)}")
        return str(value)

    return read_choice


def of(cls: type[Record]) -> Reader:
    """A mapping as a dataclass."""
    return lambda value, where: record(cls, value, where)


def listed(reader: Reader) -> Reader:
    """A list of values of one kind, as a tuple; one mapping alone stands for a list of one."""

    def read_list(value: object, where: str) -> tuple:
        values = [value] if isinstance(value, dict) else value
        if not isinstance(values, list):
            raise MotionError(f"{where}: expected a list, got {_shown(value)}")
        return tuple(reader(each, f"{where} {number_}") for number_, each in enumerate(values, 1))

    return read_list


def timed(cls: type[Record]) -> Reader:
    """A list of keys, in the order of their times."""

    def read_keys(value: object, where: str) -> tuple:
        keys = listed(of(cls))(value, where)
        for before, after in zip(keys, keys[1:], strict=False):
            if after.t <= before.t:
                raise MotionError(f"{where}: t {after.t:g} comes after t {before.t:g}; put the keys in order of time")
        return keys

    return read_keys


def named(reader: Reader) -> Reader:
    """A mapping of free names to values of one kind."""

    def read_named(value: object, where: str) -> dict:
        if not isinstance(value, dict):
            raise MotionError(f"{where}: expected names with values, got {_shown(value)}")
        return {str(name): reader(each, f"{where}, {name}") for name, each in value.items()}

    return read_named


def _shown(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= 40 else shown[:37] + "..."
