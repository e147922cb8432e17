"""What a MotionLib data set is built from: the protocol of a source, and the captions that a user brings."""

import csv
import io
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ...motion import PART_NAMES, MotionError
from ...utils.user_files import read_user_text
from ..schema import LABELLED_SOURCES, SPLITS, Clip, TimedCaption

COLUMNS = ("file", "text", "start", "end", "part", "split", "subject")


class ClipSource(Protocol):
    """A folder of recordings. `units` names what can be read by itself, so that many processes can share the work."""

    def units(self) -> list[str]: ...

    def read(self, unit: str) -> Iterator[Clip]:
        """The recordings of one unit, whole. Raises MotionError or OSError with one line that says what is wrong."""
        ...


@dataclass(frozen=True)
class SourceOptions:
    """What the user says about a folder of recordings.

    Args:
        folder: the recordings, in any layout of ``layouts``.
        captions: a CSV file of captions, or empty.
        name: of the collection; the folder's name by default. Not that of one of `LABELLED_SOURCES`.
        licence: of the recordings, as it shall stand in every row and on the card.
        joint_map: a file that ``read_joint_map`` reads, where the joints are not found by themselves, or empty.
        sources: which of `LABELLED_SOURCES` to read of a folder that holds several, with spaces between; all if empty.
    """

    folder: str
    captions: str = ""
    name: str = ""
    licence: str = ""
    joint_map: str = ""
    sources: str = ""

    def __post_init__(self) -> None:
        unknown = [name for name in self.sources.split() if name not in LABELLED_SOURCES]
        if unknown:
            raise MotionError(f"--sources {unknown[0]} is unknown; use some of {', '.join(LABELLED_SOURCES)}")
        if self.name in LABELLED_SOURCES:
            raise MotionError(
                f"--name {self.name} is kept for the recordings whose labels training knows; give another name"
            )


@dataclass(frozen=True)
class FileCaption:
    """A row of a captions file: a sentence about a recording or about a range of it, of the body or of one part."""

    text: str
    start: float | None = None
    end: float | None = None
    part: str = ""


@dataclass(frozen=True)
class FileCaptions:
    """What a captions file says of one recording."""

    captions: tuple[FileCaption, ...] = ()
    split: str = ""
    subject: str = ""


def read_captions(path: Path) -> dict[str, FileCaptions]:
    """A captions CSV: file name (or name without suffix) -> its captions.

    Columns ``file`` and ``text``; optionally ``start`` and ``end`` (seconds), ``part``, ``split``, ``subject``. Several
    rows may name the same file.

    Raises:
        UserFileError: no file that can be read as text.
        MotionError: missing columns, or a value that cannot be; the message names the line.
    """
    found: dict[str, FileCaptions] = {}
    for where, row in _csv_rows(path):
        name, caption = _caption_row(row, where)
        known = found.get(name, FileCaptions())
        found[name] = FileCaptions(
            known.captions + ((caption,) if caption.text else ()),
            _value(row, "split") or known.split,
            _value(row, "subject") or known.subject,
        )
    return found


def _csv_rows(path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """The rows of a captions file, each with the place where it begins.

    An open quote would swallow the rows behind it, as text. Where a text goes on over several lines, a comma in the
    others says that they may be rows: then nobody can tell, and the line is named.
    """
    lines = io.StringIO(read_user_text(path), newline="")
    reader = csv.reader(lines, strict=True)
    columns: list[str] = []
    line = 1
    while True:
        where = f"{path}, line {line}"
        try:
            values = next(reader)
        except StopIteration:
            if not columns:
                _check_columns([], path)
            return
        except csv.Error as error:
            raise MotionError(
                f"{where}: not CSV ({error}); a quote must be closed, and stand twice inside a quoted text"
            ) from None
        line = reader.line_num + 1
        if not columns:
            columns = [name.strip() for name in values]
            _check_columns(columns, path)
            continue
        if any("," in further for value in values for further in value.splitlines()[1:]):
            raise MotionError(
                f"{where}: the quoted text goes on to line {reader.line_num}, which looks like a row of its own; "
                "close the quote, or write the text in one line"
            )
        if any(values[len(columns) :]):
            raise MotionError(f"{where}: more values than columns; a text with commas needs quotes around it")
        if any(values):
            yield where, dict(zip(columns, values, strict=False))


def _check_columns(columns: list[str], path: Path) -> None:
    missing = {"file", "text"} - set(columns)
    if missing:
        raise MotionError(f"{path}: column {' and '.join(sorted(missing))} is missing; needed: file, text")
    twice = [name for name in columns if columns.count(name) > 1 and name]
    if twice:
        raise MotionError(f"{path}: column {twice[0]} is there twice")
    nearly = [name for name in columns if name not in COLUMNS and name.lower() in COLUMNS]
    if nearly:
        raise MotionError(f"{path}: unknown column {nearly[0]!r}; write {nearly[0].lower()}")


def _caption_row(row: dict[str, str], where: str) -> tuple[str, FileCaption]:
    name, part, split = _value(row, "file"), _value(row, "part").replace(" ", "_"), _value(row, "split")
    if not name:
        raise MotionError(f"{where}: the file's name is empty")
    if part and part not in PART_NAMES:
        raise MotionError(f"{where}: unknown part {part!r}; use one of {', '.join(PART_NAMES)}")
    if split and split not in SPLITS:
        raise MotionError(f"{where}: unknown split {split!r}; use one of {', '.join(SPLITS)}")
    try:
        start, end = (float(value) if (value := _value(row, column)) else None for column in ("start", "end"))
    except ValueError as error:
        raise MotionError(f"{where}: start and end are seconds ({error})") from None
    if not 0 <= (start or 0.0) < (math.inf if end is None else end):  # also for nan
        until = "the end" if end is None else f"{end:g}"
        raise MotionError(f"{where}: {start or 0:g} to {until} is no range of seconds; end must come after start")
    return name, FileCaption(" ".join(_value(row, "text").split()), start, end, part)


def _value(row: dict[str, str], column: str) -> str:
    return (row.get(column) or "").strip()


def with_captions(clip: Clip, said: FileCaptions, origin: str) -> Clip:
    """The clip with the captions of a file, of all of it or of ranges, of the body or of parts.

    A caption that begins behind the recording's end belongs to something else: it is left out, and the clip flagged.
    """
    seconds = clip.motion.seconds
    whole = [c for c in said.captions if c.start is None and c.end is None]
    ranges = [c for c in said.captions if not (c.start is None and c.end is None)]
    inside = [c for c in ranges if (c.start or 0.0) < seconds]
    timed = tuple(
        TimedCaption(c.text, c.start or 0.0, seconds if c.end is None else min(c.end, seconds), origin, c.part)
        for c in inside
    )
    parts: dict[str, list[str]] = {}
    for caption in whole:
        if caption.part:
            parts.setdefault(caption.part, []).append(caption.text)
    clip = clip.with_body((c.text for c in whole if not c.part), origin).with_parts(parts, origin)
    return clip.replace(
        timed=clip.timed + timed,
        flags=clip.flags + ("caption after the end",) * (len(inside) < len(ranges)),
        split=said.split or clip.split,
        subject=said.subject or clip.subject,
    )
