"""A timeline as a visitor asks for it."""

from dataclasses import dataclass, field
from typing import Any, ClassVar

from being_m0_hf.pipelines.streaming.timeline import TimelineEntry, parse_timeline, timeline_sentence

from ..requests import HIGHEST_SEED, whole_number

#: Of one timeline: seconds, lines, and characters.
MOST_SECONDS, MOST_LINES, MOST_CHARACTERS = 30, 30, 4000


@dataclass(frozen=True)
class TimelineRequest:
    """What ``pipeline.timeline(lines, seed=)`` takes.

    Args:
        lines: ``text # start # end # parts``, one below the other.
        entries: what they say.
    """

    lines: str
    seed: int = 0
    entries: tuple[TimelineEntry, ...] = field(default=(), compare=False, repr=False)
    parts: ClassVar[dict[str, str]] = {}
    styles: ClassVar[tuple[tuple[str, float], ...]] = ()

    @classmethod
    def checked(cls, lines: Any, seed: Any = 0) -> "TimelineRequest":
        """From values of outside.

        Raises:
            ValueError: no text, too much of it, or lines that ``parse_timeline`` cannot read.
        """
        if not isinstance(lines, str):
            raise ValueError("The timeline is no text; write lines like: a person walks # 0 # 4")
        if len(lines) > MOST_CHARACTERS:
            raise ValueError(f"The timeline has {len(lines):,} characters; shorten it to {MOST_CHARACTERS:,} or fewer.")
        entries = parse_timeline(lines.strip())
        if len(entries) > MOST_LINES:
            raise ValueError(f"The timeline has {len(entries)} lines; at most {MOST_LINES} are made here.")
        last = max(entry.end for entry in entries)
        if last > MOST_SECONDS:
            raise ValueError(f"The timeline ends at {last:g} s; at most {MOST_SECONDS} s are made here.")
        tidy = "\n".join(line.strip() for line in lines.splitlines() if line.strip())
        return cls(tidy, whole_number(seed, "seed", HIGHEST_SEED), tuple(entries))

    @property
    def seconds(self) -> float:
        """How long the motion is."""
        return max(entry.end for entry in self.entries)

    @property
    def in_order(self) -> list[TimelineEntry]:
        """The entries, in the order of time."""
        return sorted(self.entries, key=lambda entry: entry.start)

    @property
    def text(self) -> str:
        """What happens, see `timeline_sentence`."""
        return timeline_sentence(self.entries)

    @property
    def sentence(self) -> str:
        return self.text
