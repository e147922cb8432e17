"""A folder of motion files as a source: BVH, GLB, npz, AMC and whatever else `import_motion` reads."""

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from ..motion import MotionError
from ..retarget import CONVERT_FIRST, IMPORT_SUFFIXES, JointMap, import_motion, read_joint_map
from .schema import ClipRecord
from .source import FileCaptions, SourceOptions, read_captions, with_captions
from .text_lines import read_text_file


class MotionFilesSource:
    """Every motion file below a folder. Captions come from the CSV, or from ``walk.txt`` beside ``walk.bvh``.

    Formats that are not read (FBX, C3D, ...) are units too, so that the report says how to convert them.
    """

    def __init__(self, options: SourceOptions):
        self.options = options
        self.folder = Path(options.folder)
        self.name = options.name or self.folder.resolve().name

    @cached_property
    def captions(self) -> dict[str, FileCaptions]:
        return read_captions(Path(self.options.captions)) if self.options.captions else {}

    @cached_property
    def joint_map(self) -> JointMap | None:
        return read_joint_map(self.options.joint_map) if self.options.joint_map else None

    def units(self) -> list[str]:
        found = sorted(
            path.relative_to(self.folder).as_posix()
            for path in self.folder.rglob("*")
            if path.suffix.lower() in (*IMPORT_SUFFIXES, *CONVERT_FIRST) and path.is_file()
        )
        if not any(Path(unit).suffix.lower() in IMPORT_SUFFIXES for unit in found):
            only = f"; {found[0]}: {CONVERT_FIRST[Path(found[0]).suffix.lower()]}" if found else ""
            raise MotionError(
                f"{self.folder}: holds no motion files of a known suffix ({', '.join(IMPORT_SUFFIXES)}){only}"
            )
        _ = self.joint_map  # a wrong one shall stop the build, not every file
        names = {name for unit in found for name in _names(unit)}
        strangers = [name for name in self.captions if name not in names]
        if strangers:
            raise MotionError(
                f"{self.options.captions}: no motion file is called {strangers[0]!r}"
                + (f" (and {len(strangers) - 1} more)" if len(strangers) > 1 else "")
                + f"; names are relative to {self.folder}"
            )
        return found

    def read(self, unit: str) -> Iterator[ClipRecord]:
        path = self.folder / unit
        try:
            motion = import_motion(path, self.joint_map)
        except MotionError as error:
            # the report names the unit, and is published: where the folder lies is nobody's business
            raise MotionError(str(error).removeprefix(f"{path}: ")) from None
        record = ClipRecord(
            id=f"{self.name}/{unit}",
            motion=motion,
            source=self.name,
            licence=self.options.licence,
            # files of one folder are neighbours more often than not
            subject=Path(unit).parent.as_posix().removeprefix("."),
            origin=unit,
            made_by=f"read from {path.suffix.lower()}",
        )
        if record.motion.text:
            record = record.with_body([record.motion.text], "file")
        beside = path.with_suffix(".txt")
        if beside.is_file():
            record = with_captions(record, FileCaptions(tuple(read_text_file(beside))), beside.name)
        for name in _names(unit):
            if name in self.captions:
                record = with_captions(record, self.captions[name], Path(self.options.captions).name)
        yield record


def _names(unit: str) -> list[str]:
    """How a captions file may call a motion file; in the top folder some of them coincide."""
    path = Path(unit)
    return list(dict.fromkeys((unit, path.name, path.with_suffix("").as_posix(), path.stem)))
