"""What is said about a motion, before any word is chosen."""

from dataclasses import dataclass, replace

BODY = "body"
_OTHER_SIDE = {"left": "right", "right": "left"}


@dataclass(frozen=True)
class Quantity:
    """A measured number with its unit, e.g. ``Quantity("angle", 92.0, "degrees")``."""

    name: str
    value: float
    unit: str


@dataclass(frozen=True)
class Statement:
    """One fact about one part of the body during a stretch of time.

    Args:
        part: one of ``PART_NAMES`` or ``body``.
        kind: what happens, e.g. ``walk``, ``raise``, ``twist``; ``phrases.yaml`` lists all of them.
        start: seconds from the clip's beginning.
        end: seconds from the clip's beginning.
        direction: in the body's own frame, e.g. ``forward`` or ``left``; an arm's ``side`` is away from the body.
        side: left or right, where the kind needs one (the side of a turn, the leg that is stood on).
        form: a variety of the kind: the posture, the shape of a path, what a hand is at.
        pace: ``slow`` or ``fast``; empty is neither, or not clear.
        count: how often; 0 means "several times" where the kind repeats, and nothing elsewhere.
        quantities: numbers with their units.
    """

    part: str
    kind: str
    start: float
    end: float
    direction: str = ""
    side: str = ""
    form: str = ""
    pace: str = ""
    count: int = 0
    quantities: tuple[Quantity, ...] = ()

    @property
    def seconds(self) -> float:
        return self.end - self.start

    def number(self, name: str) -> float | None:
        """The value of a quantity, or None where it is not stated."""
        return next((quantity.value for quantity in self.quantities if quantity.name == name), None)

    def mirrored(self) -> "Statement":
        """The same fact about the body seen in a mirror."""
        return replace(
            self,
            part=_swap(self.part, "_"),
            direction=_swap(self.direction, "-"),
            side=_swap(self.side, "-"),
        )

    def as_dict(self) -> dict:
        """The statement for JSON: empty fields are left out."""
        fields = {"part": self.part, "kind": self.kind, "start": round(self.start, 2), "end": round(self.end, 2)}
        optional = {name: getattr(self, name) for name in ("direction", "side", "form", "pace", "count")}
        fields |= {name: value for name, value in optional.items() if value}
        return fields | {quantity.name: f"{quantity.value:g} {quantity.unit}" for quantity in self.quantities}


def _swap(text: str, separator: str) -> str:
    return separator.join(_OTHER_SIDE.get(word, word) for word in text.split(separator))
