"""What values a setting may have: said where its field is declared, checked before anything is done with it."""

import dataclasses
import math
import reprlib
from dataclasses import dataclass, field
from typing import Any, get_args, get_origin

#: Of anything that is counted.
MOST = 10**9
HIGHEST_SEED = 2**32 - 1
MOST_FLOAT = 1e30


class SettingsError(ValueError):
    """Settings that do not fit the data, or that nothing can be done with; one line."""


@dataclass(frozen=True)
class Allowed:
    """The values of a field; of each item, where the field is a list.

    Args:
        lowest, highest: of a number, both included.
        above: instead of ``lowest``, itself not included.
        choices: of a text; any text without them.
        filled: a text or list must not be empty.
        share: the number says which part of a whole, which a message should tell.
    """

    lowest: float = -math.inf
    highest: float = math.inf
    above: float = -math.inf
    choices: tuple[str, ...] = ()
    filled: bool = False
    share: bool = False

    def holds(self, value: Any) -> bool:
        """Whether a value of the field's type is allowed."""
        if isinstance(value, bool):
            return True
        if isinstance(value, int | float):
            # comparisons with nan are false; infinity, and what floats have no room for, is of no use
            return abs(value) < MOST_FLOAT and self.lowest <= value <= self.highest and value > self.above
        if isinstance(value, str):
            return value in self.choices if self.choices else value.isprintable() and (bool(value) or not self.filled)
        if isinstance(value, list):
            return (bool(value) or not self.filled) and all(self.holds(item) for item in value)
        return True

    def __str__(self) -> str:
        if self.choices:
            return (
                " or ".join(map(repr, self.choices)) if len(self.choices) < 3 else f"one of {', '.join(self.choices)}"
            )
        if self.share:
            return "a share, 0 to 1"
        highest = "" if math.isinf(self.highest) else f"{self.highest:,.12g}"
        if not math.isinf(self.above):
            return f"above {self.above:g}" + (f" and at most {highest}" if highest else "")
        if not math.isinf(self.lowest):
            return f"{self.lowest:g} or more" + (f", at most {highest}" if highest else "")
        return "a text that is not empty" if self.filled else "printable text or a finite number"


def whole(default: int, lowest: int = 1, highest: int = MOST) -> Any:
    """A field that counts something."""
    return field(default=default, metadata={"allowed": Allowed(lowest, highest)})


def seed(default: int = 0) -> Any:
    """A field that starts random draws."""
    return whole(default, 0, HIGHEST_SEED)


def amount(default: float, lowest: float = 0.0, highest: float = math.inf) -> Any:
    """A field that measures something, 0 or more by default."""
    return field(default=default, metadata={"allowed": Allowed(lowest, highest)})


def positive(default: float, highest: float = math.inf) -> Any:
    """A field that measures something, more than 0."""
    return field(default=default, metadata={"allowed": Allowed(above=0.0, highest=highest)})


def share(default: float) -> Any:
    """A field that says which part of a whole."""
    return field(default=default, metadata={"allowed": Allowed(0.0, 1.0, share=True)})


def choice(default: str, *others: str) -> Any:
    """A field with one of a few texts, the default among them."""
    return field(default=default, metadata={"allowed": Allowed(choices=(default, *others))})


def text(default: str) -> Any:
    """A field with a text that must not be empty: a folder, a name."""
    return field(default=default, metadata={"allowed": Allowed(filled=True)})


def several(default: list, lowest: int = 1, highest: int = MOST, filled: bool = True) -> Any:
    """A field with a list of numbers, each between the bounds, or of texts."""
    return field(default_factory=lambda: list(default), metadata={"allowed": Allowed(lowest, highest, filled=filled)})


@dataclass
class CheckedSettings:
    """The base of all settings: each field has the type it declares and an allowed value, or the settings do not exist.

    A kind of settings that gives a field another default keeps what is allowed. Numbers without a range must be finite,
    texts printable.

    Raises:
        SettingsError: a value is neither.
    """

    def __post_init__(self) -> None:
        for each in dataclasses.fields(self):
            value = getattr(self, each.name)
            if not _has_type(value, each.type):
                raise SettingsError(f"{each.name} is {_shown(value)}, expected {_type_name(each.type)}")
            allowed = _allowed(type(self), each.name)
            if not allowed.holds(value):
                raise SettingsError(f"{each.name} is {_shown(value)}, expected {allowed}")


def _allowed(kind: type, name: str) -> Allowed:
    """What the kind says of a field, or else the kinds that it builds on."""
    for base in kind.__mro__:
        declared = base.__dict__.get("__dataclass_fields__", {}).get(name)
        if declared is not None and "allowed" in declared.metadata:
            return declared.metadata["allowed"]
    return Allowed()


def _has_type(value: object, declared: type) -> bool:
    kind, items = get_origin(declared) or declared, get_args(declared)
    if isinstance(value, bool) and kind is not bool:
        return False
    if kind is float:
        return isinstance(value, int | float)
    return isinstance(value, kind) and not (kind is list and not all(_has_type(item, items[0]) for item in value))


def _type_name(declared: type) -> str:
    return f"a list of {get_args(declared)[0].__name__}" if get_origin(declared) is list else declared.__name__


def _shown(value: object) -> str:
    if isinstance(value, float) or (isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**15):
        return f"{value:g}" if isinstance(value, float) else str(value)
    return reprlib.repr(value)  # which cuts what is long
