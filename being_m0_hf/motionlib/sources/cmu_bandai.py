"""A folder with recordings that training knows: arrays of all clips, one jsonl line each, captions beside them."""

from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path

from ...motion import MotionError
from ..schema import LABELLED_SOURCES, Clip, TimedCaption
from .cmu_bandai_clips import clip_readers, read_jsonl, usable
from .source import SourceOptions


class CmuBandaiSource:
    """A folder with some of ``cmu/``, ``bandai/``, ``more/`` and ``more_nc/``. Splits, captions and labels are the
    sources' own.
    """

    def __init__(self, options: SourceOptions):
        self.folder = Path(options.folder)
        self.wanted = options.sources.split() or LABELLED_SOURCES
        self.sources = tuple(source for source in LABELLED_SOURCES if (self.folder / source / "clips.jsonl").is_file())

    @staticmethod
    def fits(folder: Path) -> bool:
        return any((folder / source / "clips.jsonl").is_file() for source in LABELLED_SOURCES)

    @cached_property
    def _readers(self) -> dict[str, Callable[[], Clip]]:
        return clip_readers(self.folder, self.sources)

    @cached_property
    def _captions(self) -> dict[str, list[TimedCaption]]:
        return cmu_captions(self.folder) if "cmu" in self.sources else {}

    def units(self) -> list[str]:
        units = [unit for unit in self._readers if unit.startswith(tuple(f"{name}/" for name in self.wanted))]
        if not units:
            raise MotionError(f"{self.folder}: holds no recordings of {', '.join(self.wanted)}; see --sources")
        return units

    def read(self, unit: str) -> Iterator[Clip]:
        clip = usable(self._readers[unit]())
        cut = clip.origin_start
        timed = (
            TimedCaption(said.text, max(0.0, said.start - cut), said.end - cut, said.origin)
            for said in self._captions.get(unit, ())
        )
        yield clip.replace(timed=tuple(timed))


def cmu_captions(data: Path) -> dict[str, list[TimedCaption]]:
    """Clip id -> what people wrote about ranges of its recording, from HumanML3D and KIT-ML, origin ``humanml3d`` or
    ``kit``; only clips whose motion is there.
    """
    found: dict[str, list[TimedCaption]] = {}
    for row in read_jsonl(Path(data) / "captions" / "humanml3d_cmu.jsonl"):
        if not row["have_motion"]:
            continue
        captions = found.setdefault(f"cmu/{row['clip']}", [])
        whole = [said for said in row["captions"] if "sub_s" not in said]
        captions += [TimedCaption(one_line(said["text"]), row["start_s"], row["end_s"], "humanml3d") for said in whole]
        for said in row["captions"]:
            if "sub_s" in said:
                start, end = (row["start_s"] + second for second in said["sub_s"])
                captions.append(TimedCaption(one_line(said["text"]), start, end, "humanml3d"))
    for row in read_jsonl(Path(data) / "captions" / "kitml_cmu.jsonl"):
        if row["have_motion"]:
            captions = found.setdefault(f"cmu/{row['clip']}", [])
            captions += [TimedCaption(one_line(text), 0.0, row["duration_s"], "kit") for text in row["captions"]]
    return found


def one_line(text: str) -> str:
    """The text on one line, with one space between words."""
    return " ".join(text.split())
