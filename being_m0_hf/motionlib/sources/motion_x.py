"""A user's own Motion-X: npy files of 322 SMPL-X columns, and sentences in text files of the same name."""

import os
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from ...io.formats.motion_x import motion_from_columns
from ...motion import MotionError
from ...utils.safe_npz import read_plain_array
from ..schema import Clip
from .folders import walk_folder
from .source import FileCaptions, SourceOptions, with_captions
from .text_lines import read_text_file

_FOLDERS = ("motion_data/smplx_322", "smplx_322", "motion_data")
_TEXTS = ("texts/semantic_labels", "semantic_labels", "texts")


class MotionXSource:
    """``motion_data/smplx_322/**/NAME.npy`` and ``texts/semantic_labels/**/NAME.txt``."""

    def __init__(self, options: SourceOptions):
        self.options = options
        self.folder = Path(options.folder)
        self.motions = next(self.folder / name for name in _FOLDERS if (self.folder / name).is_dir())
        self.texts = next((self.folder / name for name in _TEXTS if (self.folder / name).is_dir()), None)

    @staticmethod
    def fits(folder: Path) -> bool:
        return any(next((folder / name).rglob("*.npy"), None) for name in _FOLDERS if (folder / name).is_dir())

    @cached_property
    def _found(self) -> tuple[list[str], dict[str, str]]:
        return walk_folder(self.motions)

    def units(self) -> list[str]:
        names, closed = self._found
        return sorted((*(name.removesuffix(".npy") for name in names if name.endswith(".npy")), *closed))

    def read(self, unit: str) -> Iterator[Clip]:
        if unit in self._found[1]:
            raise MotionError(self._found[1][unit])
        path = self.motions / f"{unit}.npy"
        clip = Clip(
            id=f"motion-x/{unit}",
            motion=motion_from_columns(read_plain_array(path)),
            source=self.options.name or "motion-x",
            licence=self.options.licence,
            subject=Path(unit).parent.as_posix().removeprefix("."),
            origin=path.relative_to(self.folder).as_posix(),
            made_by="SMPL-X rotations on the canonical skeleton",
        )
        texts = self.texts / f"{unit}.txt" if self.texts else None
        said = tuple(read_text_file(texts)) if texts and os.path.lexists(texts) else ()
        yield with_captions(clip, FileCaptions(said), "motion-x")
