"""A user's own Motion-X: npy files of 322 SMPL-X columns, and sentences in text files of the same name."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import roma
import torch

from ...motion import NUM_JOINTS, Motion, MotionError
from ...utils.safe_npz import read_plain_array
from ..schema import Clip
from .source import FileCaptions, SourceOptions, with_captions
from .text_lines import read_text_file

_FOLDERS = ("motion_data/smplx_322", "smplx_322", "motion_data")
_TEXTS = ("texts/semantic_labels", "semantic_labels", "texts")
COLUMNS = 322
FPS = 30.0
_BODY = slice(0, 3 * NUM_JOINTS)  # root and 21 body joints, axis-angle; hands, jaw and face follow
_TRANSLATION = slice(309, 312)


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

    def units(self) -> list[str]:
        return sorted(path.relative_to(self.motions).with_suffix("").as_posix() for path in self.motions.rglob("*.npy"))

    def read(self, unit: str) -> Iterator[Clip]:
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
        said = tuple(read_text_file(texts)) if texts and texts.is_file() else ()
        yield with_captions(clip, FileCaptions(said), "motion-x")


def motion_from_columns(columns: np.ndarray) -> Motion:
    """The motion in (frames, 322) columns of Motion-X: y up, metres, 30 fps.

    Raises:
        MotionError: other columns, or numbers that are no motion.
    """
    if columns.ndim != 2 or columns.shape[1] != COLUMNS or columns.dtype.kind not in "fiu":
        raise MotionError(f"an array of {columns.dtype} {columns.shape}, expected (frames, {COLUMNS}) numbers")
    numbers = torch.from_numpy(columns.astype(np.float64))
    rotations = roma.rotvec_to_unitquat(numbers[:, _BODY].unflatten(1, (NUM_JOINTS, 3)))
    return Motion(rotations, numbers[:, _TRANSLATION], FPS)
