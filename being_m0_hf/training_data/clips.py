"""Clips of a data set for the makers of training samples (``data.samples``)."""

from collections.abc import Iterator
from pathlib import Path

from ..motion import MODEL_FPS
from ..motionlib.records import read_records
from ..motionlib.schema import ClipRecord
from ..motionlib.sources.recordings import Clip
from .action_labels import CaptionedRange


def read_clips(dataset: str | Path, sources: tuple[str, ...] = ()) -> Iterator[tuple[Clip, list[CaptionedRange]]]:
    """Every clip of a data set at 20 fps, with its captioned ranges; of some sources only, if named.

    Raises:
        FileNotFoundError: there is no such data set.
    """
    for record in read_records(dataset):
        if not sources or record.source in sources:
            yield record_to_clip(record)


def record_to_clip(record: ClipRecord) -> tuple[Clip, list[CaptionedRange]]:
    """The clip and its captioned ranges; times count from the recording's start, as in ``data``.

    Sentences by rules are used only where the source says nothing: labels and people's captions say more.
    """
    clip = Clip(
        id=record.id,
        source=record.source,
        subject=record.subject,
        motion=record.motion.resample(MODEL_FPS),
        description=record.labels.get("description", ""),
        content=record.labels.get("content", ""),
        style=record.labels.get("style", ""),
        flags=record.flags,
        split=record.split,
        skipped=record.origin_start,
    )
    ranges: dict[tuple[float, float, str], list[str]] = {}
    for said in record.timed:
        ranges.setdefault((said.start + clip.skipped, said.end + clip.skipped, said.origin), []).append(said.text)
    silent = not (clip.description or clip.content or record.timed or set(record.body_origin) - {"rules"})
    whole = (clip.skipped, clip.skipped + clip.motion.seconds)
    for text, origin in zip(record.body, record.body_origin, strict=True):
        if silent or origin != "rules":
            ranges.setdefault((*whole, origin), []).append(text)
    return clip, [CaptionedRange(start, end, tuple(texts), kind) for (start, end, kind), texts in ranges.items()]
