"""A recipe as the lines of a timeline, so that the board below the stage tells what is on it."""

from collections.abc import Iterable

from being_m0_hf.pipelines.streaming.timeline import TimelineEntry

from .recipe import Continued, Recipe
from .timelines import MOST_LINES, MOST_SECONDS, TimelineRequest

#: Seconds; what an edit leaves of a line may be shorter than anybody would say.
_SHORTEST = 0.4


def timeline_lines(recipe: Recipe) -> str:
    """Lines ``text # start # end # parts``; "" where they are not known, or too many."""
    start = recipe.start
    if isinstance(start, str) or getattr(start, "said", ()):  # when a live sentence began is not kept
        return ""
    if isinstance(start, TimelineRequest):
        entries = list(start.entries)
    else:
        entries = [TimelineEntry(start.text, 0, start.seconds)] if start.text else []
        entries += [TimelineEntry(text, 0, start.seconds, (part,)) for part, text in start.parts.items()]
    end = start.seconds
    for edit in recipe.edits:
        if isinstance(edit, Continued):
            first, last, parts = end, end + edit.seconds, ()
            end = last
        else:
            first, last, parts = edit.start, min(edit.end, end), edit.parts
        entries = [piece for entry in entries for piece in _left_of(entry, first, last, parts)]
        if edit.text and last - first >= _SHORTEST:
            entries.append(TimelineEntry(edit.text, first, last, parts))
    if len(entries) > MOST_LINES or end > MOST_SECONDS:
        return ""
    return "\n".join(_line(entry) for entry in sorted(entries, key=lambda entry: (entry.start, len(entry.parts))))


def _left_of(entry: TimelineEntry, first: float, last: float, parts: tuple[str, ...]) -> Iterable[TimelineEntry]:
    """What an edit of some parts, or of the whole body, leaves of a line."""
    touched = tuple(part for part in entry.parts if not parts or part in parts)
    if entry.end <= first or last <= entry.start or (parts and not touched):
        return [entry]
    rest = tuple(part for part in entry.parts if part not in touched)
    left = [TimelineEntry(entry.text, entry.start, entry.end, rest)] if rest else []
    for begin, end in ((entry.start, min(entry.end, first)), (max(entry.start, last), entry.end)):
        if end - begin >= _SHORTEST:
            left.append(TimelineEntry(entry.text, begin, end, touched))
    return left


def _line(entry: TimelineEntry) -> str:
    text = " ".join(entry.text.replace("#", " ").split())
    parts = ("hips" if part == "root" else part.replace("_", " ") for part in entry.parts)
    return " # ".join((text, f"{entry.start:g}", f"{entry.end:g}", *parts))
