"""The CMU and Bandai recordings as they come packed: arrays of all clips, one jsonl line each, captions beside them."""

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from ...training_data.action_labels import CaptionedRange, human_captions
from ..schema import ClipRecord, TimedCaption
from .recordings import SOURCES, Clip, Recording, list_recordings, usable
from .source import SourceOptions

_LICENCES = {
    "cmu": "CMU mocap: free for all uses, no direct resale",
    "bandai": "CC BY-NC 4.0 (c) 2022 Bandai Namco Research Inc.",
}


class PackedSource:
    """A folder with ``cmu/``, ``bandai/`` or both. Splits, captions and labels are the sources' own."""

    def __init__(self, options: SourceOptions):
        self.folder = Path(options.folder)
        self.sources = tuple(source for source in SOURCES if (self.folder / source / "clips.jsonl").is_file())

    @staticmethod
    def fits(folder: Path) -> bool:
        return any((folder / source / "clips.jsonl").is_file() for source in SOURCES)

    @cached_property
    def _recordings(self) -> dict[str, Recording]:
        return {recording.id: recording for recording in list_recordings(self.folder, self.sources)}

    @cached_property
    def _people(self) -> dict[str, list[CaptionedRange]]:
        return human_captions(self.folder) if "cmu" in self.sources else {}

    def units(self) -> list[str]:
        return list(self._recordings)

    def read(self, unit: str) -> Iterator[ClipRecord]:
        yield clip_to_record(usable(self._recordings[unit].read()), self._people.get(unit, []))


def clip_to_record(clip: Clip, people: list[CaptionedRange]) -> ClipRecord:
    """A clip of the packed sources as a record; times of captions become those of the clip itself."""
    timed = tuple(
        TimedCaption(text, max(0.0, said.start - clip.skipped), said.end - clip.skipped, said.kind)
        for said in people
        for text in said.texts
    )
    labels = {"description": clip.description, "content": clip.content, "style": clip.style}
    return ClipRecord(
        id=clip.id,
        motion=clip.motion,
        source=clip.source,
        licence=_LICENCES[clip.source],
        split=clip.split,
        subject=clip.subject,
        timed=timed,
        labels={name: value for name, value in labels.items() if value},
        flags=clip.flags,
        origin=clip.id,
        origin_start=clip.skipped,
        made_by="retargeted to 22 SMPL joints, on the canonical skeleton, feet on the floor",
    )
