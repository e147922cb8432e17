"""Reading ``.npz`` files of strangers: plain arrays only, never a pickle, and one line for whatever is wrong."""

import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

import numpy as np

from ..motion import MotionError


def read_plain_arrays(source: Path | BinaryIO, names: Iterable[str]) -> dict[str, np.ndarray]:
    """The named arrays that the archive holds; other entries are never opened, so they may be anything.

    Raises:
        MotionError: not an npz archive, a damaged one, or a named array that is pickled.
    """
    if not zipfile.is_zipfile(source):
        raise MotionError("not an npz archive, or cut short")
    if not isinstance(source, Path):
        source.seek(0)
    try:
        with np.load(source, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in names if name in archive.files}
    # damaged bytes surface as nearly any error inside zipfile, zlib, tokenize and numpy
    except Exception as error:
        if "allow_pickle" in str(error):
            raise MotionError(
                "holds pickled Python objects, which are never loaded; save plain numpy arrays instead"
            ) from None
        raise MotionError(f"a damaged npz archive ({type(error).__name__})") from None
    # an entry that is no array comes back as bytes
    return {name: array for name, array in arrays.items() if isinstance(array, np.ndarray)}
