"""A user's own HumanML3D (or KIT-ML in its form): joints or features beside ``texts/`` and lists of splits."""

import os
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from ...motion import MotionError
from ...retarget.files import import_motion
from ...utils.user_files import read_user_text
from ..schema import SPLITS, Clip
from .source import FileCaptions, SourceOptions, with_captions
from .text_lines import read_text_file

_MOTION_FOLDERS = ("new_joints", "new_joint_vecs")


class HumanML3DSource:
    """``new_joints/ID.npy`` (frames, 22, 3) or ``new_joint_vecs/ID.npy`` (frames, 263), ``texts/ID.txt``, splits.

    Mirrored copies (``M000001``) are left out: mirroring is an augmentation here.
    """

    def __init__(self, options: SourceOptions):
        self.options = options
        self.folder = Path(options.folder)
        self.motions = next(self.folder / name for name in _MOTION_FOLDERS if (self.folder / name).is_dir())

    @staticmethod
    def fits(folder: Path) -> bool:
        return (folder / "texts").is_dir() and any((folder / name).is_dir() for name in _MOTION_FOLDERS)

    @cached_property
    def splits(self) -> dict[str, str]:
        return {
            name: split
            for split in SPLITS
            if (self.folder / f"{split}.txt").is_file()
            for name in read_user_text(self.folder / f"{split}.txt").split()
        }

    def units(self) -> list[str]:
        names = sorted(os.listdir(self.motions))  # which says so where the folder cannot be read
        found = [Path(name).stem for name in names if name.endswith(".npy") and name[0] not in "M."]
        if not found:
            raise MotionError(f"{self.motions}: holds no npy files; run HumanML3D's own preparation first")
        return found

    def read(self, unit: str) -> Iterator[Clip]:
        clip = Clip(
            id=f"humanml3d/{unit}",
            motion=import_motion(self.motions / f"{unit}.npy"),
            source=self.options.name or "humanml3d",
            licence=self.options.licence,
            split=self.splits.get(unit, ""),
            subject=unit,
            origin=f"{self.motions.name}/{unit}.npy",
            made_by="rotations solved from joint positions",
        )
        texts = self.folder / "texts" / f"{unit}.txt"
        said = FileCaptions(tuple(read_text_file(texts)) if os.path.lexists(texts) else ())
        yield with_captions(clip, said, "humanml3d")
