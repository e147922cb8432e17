"""A folder of motion files as a source: BVH, GLB, npz, AMC and whatever else `import_motion` reads."""

import os
import unicodedata
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from ...motion import MotionError
from ...retarget import CONVERT_FIRST, IMPORT_SUFFIXES, Imported, JointMap, import_all, read_joint_map
from ..schema import LABELLED_SOURCES, Clip
from .folders import walk_folder
from .source import FileCaptions, SourceOptions, read_captions, with_captions
from .text_lines import read_text_file

_ARCHIVES = (".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".zst", ".7z", ".rar")
_UNPACK = "is an archive; unpack it first"


class MotionFilesSource:
    """Every motion file below a folder. Captions come from the CSV, or from ``walk.txt`` beside ``walk.bvh``.

    What is not read is a unit too, so that the report names it: other formats (FBX, C3D, ...) with the way to convert
    them, archives, pipes, links to nothing or to folders, folders that cannot be opened.
    """

    def __init__(self, options: SourceOptions):
        self.options = options
        self.folder = Path(options.folder)
        folder_name = self.folder.resolve().name
        # somebody's folder "cmu" holds files of CMU's, but neither its ids nor its labels
        self.name = options.name or (f"{folder_name}-files" if folder_name in LABELLED_SOURCES else folder_name)

    @cached_property
    def captions(self) -> dict[str, list[FileCaptions]]:
        """What the CSV says of each file.

        Raises:
            MotionError: a name in the CSV is that of no file, or of several.
        """
        if not self.options.captions:
            return {}
        called = _files_by_name(self._files)
        found: dict[str, list[FileCaptions]] = {}
        unknown = []
        for name, said in read_captions(Path(self.options.captions)).items():
            files = called.get(_plain(name), ())
            if len(files) > 1:
                raise MotionError(f"{self.options.captions}: {name!r} may be {files[0]} or {files[1]}; give its path")
            unknown += [name] * (not files)
            for file in files:
                found.setdefault(file, []).append(said)
        if unknown:
            raise MotionError(
                f"{self.options.captions}: no motion file is called {unknown[0]!r}"
                + (f" (and {len(unknown) - 1} more)" if len(unknown) > 1 else "")
                + f"; names are relative to {self.folder}"
            )
        return found

    @cached_property
    def joint_map(self) -> JointMap | None:
        return read_joint_map(self.options.joint_map) if self.options.joint_map else None

    @cached_property
    def _found(self) -> tuple[list[str], dict[str, str]]:
        names, closed = walk_folder(self.folder)
        packed = {name: _UNPACK for name in names if Path(name).suffix.lower() in _ARCHIVES}
        known = (*IMPORT_SUFFIXES, *CONVERT_FIRST)
        return [name for name in names if Path(name).suffix.lower() in known], closed | packed

    @property
    def _files(self) -> list[str]:
        return self._found[0]

    def units(self) -> list[str]:
        found, closed = self._found
        if not any(Path(unit).suffix.lower() in IMPORT_SUFFIXES for unit in found):
            other = next(((name, CONVERT_FIRST[Path(name).suffix.lower()]) for name in found), None)
            other = other or next(iter(closed.items()), None)
            only = f"; {other[0]}: {other[1]}" if other else ""
            raise MotionError(
                f"{self.folder}: holds no motion files of a known suffix ({', '.join(IMPORT_SUFFIXES)}){only}"
            )
        _ = self.joint_map, self.captions  # wrong ones shall stop the build, not every file
        return sorted((*found, *closed))

    def read(self, unit: str) -> Iterator[Clip]:
        path = self.folder / unit
        if unit in self._found[1]:
            raise MotionError(self._found[1][unit])
        if not path.is_file():  # a pipe would wait for somebody who writes to it
            raise MotionError("is no regular file, or a link to nothing")
        errors = []
        try:
            for found in import_all(path, self.joint_map):
                if isinstance(found, MotionError):
                    errors.append(found)
                else:
                    yield self._clip(unit, found)
        except MotionError as error:
            errors.append(error)
        if errors:
            # the report names the file, and is published: it does not say where the folder lies
            raise MotionError("; ".join(str(error).removeprefix(f"{path}: ") for error in errors)) from None

    def _clip(self, unit: str, found: Imported) -> Clip:
        """One clip; a file with several people or animations gives several, and their names are in the id."""
        path = self.folder / unit
        clip = Clip(
            id=f"{self.name}/{unit}" + (f"/{found.name}" if found.name else ""),
            motion=found.motion,
            source=self.name,
            licence=self.options.licence,
            # files of one folder are neighbours more often than not
            subject=Path(unit).parent.as_posix().removeprefix("."),
            origin=unit,
            made_by=f"read from {path.suffix.lower()}",
        )
        if clip.motion.text:
            clip = clip.with_body([clip.motion.text], "file")
        beside = path.with_suffix(".txt")
        if os.path.lexists(beside):
            clip = with_captions(clip, FileCaptions(tuple(read_text_file(beside))), beside.name)
        for said in self.captions.get(unit, ()):
            clip = with_captions(clip, said, Path(self.options.captions).name)
        return clip


def _files_by_name(files: list[str]) -> dict[str, list[str]]:
    """Whatever a captions file may call a motion file -> files of that name: path or file name, with suffix or not."""
    called: dict[str, list[str]] = {}
    for file in files:
        path = Path(file)
        for name in {path.name, path.with_suffix("").as_posix(), path.stem}:
            called.setdefault(_plain(name), []).append(file)
    return called | {_plain(file): [file] for file in files}  # a whole path is never a short name


def _plain(name: str) -> str:
    """Names as all systems write them: Windows has other strokes, macOS takes accents apart."""
    return unicodedata.normalize("NFC", name.replace("\\", "/"))
