"""Several prompts in time and by body part, in the form of STMC (Petrovich et al. 2024), or as Python.

    walks forward      # 0 # 6
    waves              # 2 # 4 # left arm
    sits down          # 6 # 9 # legs # spine

A line is a text, its start and end in seconds, and the parts that it tells, all of them where none is named.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ...motion.body_parts import PART_NAMES, part_name
from ..requests import NO_TEXT, part_clause

#: STMC's names of parts, and those that it takes as well, as parts of ours.
GROUPS: dict[str, tuple[str, ...]] = {
    "legs": ("left_leg", "right_leg"),
    "arms": ("left_arm", "right_arm"),
    "spine": ("torso",),
    "head": ("torso",),
    "neck": ("torso",),
    "left_hand": ("left_arm",),
    "right_hand": ("right_arm",),
}
#: Lines that tell one of these lead the body where no line tells the whole of it.
LEADING = ("root", "left_leg", "right_leg")
#: The longest timeline, seconds.
MOST_SECONDS = 600
#: Entries of one timeline.
MOST_ENTRIES = 1000


@dataclass(frozen=True)
class TimelineEntry:
    """A prompt for a time.

    Args:
        text: what happens.
        start, end: seconds.
        parts: that the text tells, ``("left arm",)`` or STMC's "legs", "spine", "head"; all of the body by default.

    Raises:
        ValueError: no text, no time, or no such part.
    """

    text: str
    start: float
    end: float
    parts: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.text.strip():
            raise ValueError(NO_TEXT)
        if not 0 <= self.start < self.end <= MOST_SECONDS:  # NaN fails as well
            raise ValueError(f"{self.start:g} to {self.end:g} s is no time from 0 to {MOST_SECONDS} s")
        given = (self.parts,) if isinstance(self.parts, str) else self.parts
        object.__setattr__(self, "parts", tuple(dict.fromkeys(part for name in given for part in _parts(name))))

    @property
    def leads(self) -> bool:
        """Whether the whole body follows it."""
        return not self.parts or any(part in LEADING for part in self.parts)


def parse_timeline(text: str, source: str = "timeline") -> list[TimelineEntry]:
    """Read lines ``text # start # end # parts``.

    Args:
        source: what errors call it.

    Raises:
        ValueError: a line that cannot be read, in one line with its number.
    """
    entries: list[TimelineEntry] = []
    numbers: list[int] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        if numbers and numbers[-1] < number - 1:
            raise ValueError(f"{source}, line {number}: another timeline begins here; give it a file of its own")
        try:
            entries.append(_entry(line))
        except ValueError as error:
            raise ValueError(f"{source}, line {number}: {error}") from None
        numbers.append(number)
    if not entries:
        raise ValueError(f"{source} is empty; write lines like: a person walks # 0 # 4")
    if len(entries) > MOST_ENTRIES:
        raise ValueError(f"{source} has {len(entries):,} lines, at most {MOST_ENTRIES:,}")
    clash = find_clash(entries)
    if clash is not None:
        first, second, told = clash
        raise ValueError(
            f"{source}, line {numbers[second]}: tells {told}, as line {numbers[first]} does at the same time"
        )
    return entries


def timeline_sentence(entries: Iterable[TimelineEntry]) -> str:
    """What happens: the whole body in the order of time, then its parts: "walks, then sits, the left arm waves"."""
    listed = sorted(entries, key=lambda entry: entry.start)
    body = ", then ".join(entry.text for entry in listed if not entry.parts)
    clauses = dict.fromkeys(part_clause(entry.parts, entry.text) for entry in listed if entry.parts)
    return ", ".join(filter(None, (body, *clauses)))


def check_timeline(entries: Iterable[TimelineEntry]) -> list[TimelineEntry]:
    """The entries as a list.

    Raises:
        ValueError: none, or two that tell the same at the same time.
    """
    listed = list(entries)
    if not listed or not all(isinstance(entry, TimelineEntry) for entry in listed):
        raise ValueError('a timeline is a list of TimelineEntry("a person walks", 0, 4), one or more')
    if len(listed) > MOST_ENTRIES:
        raise ValueError(f"the timeline has {len(listed):,} entries, at most {MOST_ENTRIES:,}")
    clash = find_clash(listed)
    if clash is not None:
        first, second, told = clash
        raise ValueError(f"{listed[first]} and {listed[second]} tell {told} at the same time")
    return listed


def find_clash(entries: Sequence[TimelineEntry]) -> tuple[int, int, str] | None:
    """Two entries that tell the same part, or the whole body, at the same time; and what they tell."""
    for second, late in enumerate(entries):
        for first, early in enumerate(entries[:second]):
            apart = early.end <= late.start or late.end <= early.start
            shared = [part for part in early.parts if part in late.parts]
            if not apart and (shared or not (early.parts or late.parts)):
                return first, second, f"the {shared[0].replace('_', ' ')}" if shared else "the whole body"
    return None


def _entry(line: str) -> TimelineEntry:
    words = [word.strip() for word in line.split("#")]
    if len(words) < 3:
        raise ValueError("expected text # start # end, and parts behind it if wanted: waves # 0 # 2 # left arm")
    return TimelineEntry(words[0], _seconds(words[1]), _seconds(words[2]), tuple(words[3:]))


def _seconds(word: str) -> float:
    try:
        seconds = float(word)
    except ValueError:
        raise ValueError(f"{word[:40]!r} is no time in seconds") from None
    if not math.isfinite(seconds):
        raise ValueError(f"{word!r} is no time in seconds")
    return seconds


def _parts(name: str) -> tuple[str, ...]:
    key = "_".join(name.lower().replace("_", " ").split())
    if key in GROUPS:
        return GROUPS[key]
    part = part_name(name)
    if part is None:
        known = (*PART_NAMES, *GROUPS)
        raise ValueError(
            f"no body part {name[:40]!r}; the parts are {', '.join(part.replace('_', ' ') for part in known)}"
        )
    return (part,)


__all__ = ["TimelineEntry", "check_timeline", "parse_timeline"]
