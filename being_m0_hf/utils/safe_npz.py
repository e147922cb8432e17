"""Reading ``.npz`` files of strangers: plain arrays only, never a pickle, and one line for whatever is wrong."""

import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

import numpy as np

from .errors import MotionError

#: What the arrays of one file may take: SMPL-X's own body files stay below it.
MAX_ARRAY_BYTES = 1_000_000_000


def read_plain_arrays(source: Path | BinaryIO, names: Iterable[str]) -> dict[str, np.ndarray]:
    """The named arrays that the archive holds; other entries are never opened, so they may be anything.

    Raises:
        MotionError: not an npz archive, a damaged one, a named array that is pickled, or more numbers than fit.
    """
    if not zipfile.is_zipfile(source):
        raise MotionError("not an npz archive, or cut short")
    if not isinstance(source, Path):
        source.seek(0)
    try:
        names = list(names)
        with np.load(source, allow_pickle=False) as archive:
            _check_sizes(archive.zip, names)
            arrays = {name: archive[name] for name in names if name in archive.files}
    except MotionError:
        raise
    # damaged bytes surface as nearly any error inside zipfile, zlib, tokenize and numpy
    except Exception as error:
        if "allow_pickle" in str(error):
            raise MotionError(
                "holds pickled Python objects, which are never loaded; save plain numpy arrays instead"
            ) from None
        raise MotionError(f"a damaged npz archive ({type(error).__name__})") from None
    # an entry that is no array comes back as bytes
    return {name: array for name, array in arrays.items() if isinstance(array, np.ndarray)}


def _check_sizes(archive: zipfile.ZipFile, names: list[str]) -> None:
    """A small archive can hold more zeros than the memory; an entry says how many before it is opened."""
    wanted = {f"{name}.npy" for name in names}
    size = sum(entry.file_size for entry in archive.infolist() if entry.filename in wanted)
    if size > MAX_ARRAY_BYTES:
        raise MotionError(f"unpacks to {size / 1e6:.0f} MB, more than {MAX_ARRAY_BYTES / 1e6:.0f}; cut it into parts")


def read_plain_array(path: Path) -> np.ndarray:
    """The array in an ``.npy`` file.

    Raises:
        MotionError: no npy file, a damaged one, a pickled one, or a header that promises more than the file holds.
    """
    try:
        # mapped, not read: a header that lies about the size is found out before any memory is taken
        return np.array(np.load(path, mmap_mode="r", allow_pickle=False))
    except OSError as error:
        raise MotionError(f"{path}: cannot be read ({error.strerror or error})") from None
    except Exception as error:
        if "object" in str(error).lower():
            raise MotionError(f"{path}: holds pickled Python objects, which are never loaded") from None
        raise MotionError(f"{path}: not an npy file, or a damaged one ({type(error).__name__})") from None
