"""A recipe as the lines of a timeline, so that the board below the stage tells what is on it."""

from collections.abc import Iterable

from being_m0_hf.pipelines.streaming.timeline import TimelineEntry

from ..requests import PageRequest
from .recipe import Continued, Recipe
from .timelines import MOST_LINES, MOST_SECONDS, TimelineRequest

#: Seconds; what an edit leaves of a line may be shorter than anybody would say.
_SHORTEST = 0.4


def timeline_lines(recipe: Recipe, seconds: float) -> str:
    """Lines ``text # start # end # parts``; "" where they are not known, or too many.

    Args:
        seconds: how long its motion became.
    """
    entries, end = _entries(recipe, seconds)
    if len(entries) > MOST_LINES or end > MOST_SECONDS:
        return ""
    return "\n".join(_line(entry) for entry in sorted(entries, key=lambda entry: (entry.start, len(entry.parts))))


def body_texts(recipe: Recipe, seconds: float) -> list[TimelineEntry]:
    """What the whole body is told, in the order of time; [] where that is not known. ``seconds`` as above."""
    return sorted((entry for entry in _entries(recipe, seconds)[0] if not entry.parts), key=lambda entry: entry.start)


def _entries(recipe: Recipe, seconds: float) -> tuple[list[TimelineEntry], float]:
    """What happens when, and the motion's end, seconds."""
    start = recipe.start
    if isinstance(start, str) or any(each.at is None for each in getattr(start, "said", ())):
        return [], 0.0
    if isinstance(start, TimelineRequest):
        entries, end = list(start.entries), start.seconds
    else:
        added = sum(edit.seconds for edit in recipe.edits if isinstance(edit, Continued))
        end = start.end if start.live or start.seconds is not None else seconds - added
        entries = _told(start, end)
    for edit in recipe.edits:
        if isinstance(edit, Continued):
            first, last, parts = end, end + edit.seconds, ()
            end = last
        else:
            first, last, parts = edit.start, min(edit.end, end), edit.parts
        entries = [piece for entry in entries for piece in _left_of(entry, first, last, parts)]
        if edit.text and last - first >= _SHORTEST:
            entries.append(TimelineEntry(edit.text, first, last, parts))
    return entries, end


def _told(asked: PageRequest, whole: float) -> list[TimelineEntry]:
    """Of a request with a motion of so many seconds: its text and what was said on the way, in turn; texts of parts."""
    texts = [(0.0, asked.text), *((each.at or 0.0, each.text) for each in asked.said)]
    ends = [*(start for start, _ in texts[1:]), whole]
    spans = [(text, start, min(end, whole)) for (start, text), end in zip(texts, ends, strict=True)]
    entries = [TimelineEntry(*span) for span in spans if span[0] and span[2] - span[1] >= _SHORTEST]
    held = min(end for _, _, end in spans)  # texts of parts hold until something is said
    return entries + [TimelineEntry(text, 0, held, (part,)) for part, text in asked.parts.items() if held >= _SHORTEST]


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
