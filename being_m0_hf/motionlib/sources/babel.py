"""A user's own BABEL: json files whose entries name AMASS files and say what happens when."""

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from ...io import load_motion
from ...motion import MotionError
from ...utils.user_files import read_user_json
from ..schema import Clip, TimedCaption
from .source import SourceOptions

_SPLIT_FILES = {"train.json": "train", "val.json": "val", "test.json": "test"}


class BabelSource:
    """``train.json``, ``val.json`` beside the AMASS folders that their ``feat_p`` names."""

    def __init__(self, options: SourceOptions):
        self.options = options
        self.folder = Path(options.folder)

    @staticmethod
    def fits(folder: Path) -> bool:
        return any((folder / name).is_file() for name in _SPLIT_FILES)

    @cached_property
    def _entries(self) -> dict[str, tuple[str, dict]]:
        found: dict[str, tuple[str, dict]] = {}
        for name, split in _SPLIT_FILES.items():
            path = self.folder / name
            if not path.is_file():
                continue
            try:
                entries = read_user_json(path)
                # the name may be empty, which the report tells; an entry without one is no BABEL's
                found |= {key: (split, entry | {"feat_p": entry["feat_p"]}) for key, entry in entries.items()}
            except (KeyError, TypeError, AttributeError) as error:
                raise MotionError(f"{path}: not a BABEL file ({type(error).__name__}: {error})") from None
        return found

    def units(self) -> list[str]:
        return sorted(self._entries)

    def read(self, unit: str) -> Iterator[Clip]:
        split, entry = self._entries[unit]
        if not entry["feat_p"]:
            raise MotionError("names no motion (feat_p is empty)")
        clip = Clip(
            id=f"babel/{unit}",
            motion=load_motion(self._motion_path(entry["feat_p"])),
            source=self.options.name or "babel",
            licence=self.options.licence,
            split=split,
            subject="/".join(Path(entry["feat_p"]).parts[:-1]),
            timed=tuple(
                TimedCaption(label["raw_label"], float(label["start_t"]), float(label["end_t"]), "babel")
                for label in _labels(entry, "frame_ann")
            ),
            origin=entry["feat_p"],
            made_by="AMASS rotations on the canonical skeleton",
        )
        yield clip.with_body((label["raw_label"] for label in _labels(entry, "seq_ann")), "babel")

    def _motion_path(self, name: str) -> Path:
        """BABEL repeats a collection's name ("BMLmovi/BMLmovi/Subject_1/..."), AMASS archives do so once or twice."""
        for parts in (Path(name).parts, Path(name).parts[1:]):
            path = self.folder.joinpath(*parts)
            if path.is_file() and self.folder.resolve() in path.resolve().parents:
                return path
        raise MotionError(f"{self.folder / name}: is not there; unpack the AMASS collection beside the json files")


def _labels(entry: dict, kind: str) -> list[dict]:
    """Annotations of an entry that name an action; BABEL has entries with frames unlabelled."""
    annotation = entry.get(kind) or {}
    return [label for label in annotation.get("labels") or () if label.get("raw_label")]
