"""Reading ``.npz`` files of strangers: plain arrays only, never a pickle, and one line for whatever is wrong."""

import math
import warnings
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

import numpy as np

from .errors import MotionError

#: What the arrays of one file may take: SMPL-X's own body files stay below it.
MAX_ARRAY_BYTES = 1_000_000_000
#: What the arrays of one motion may take as the float64 that they become: an hour at 60 fps of SMPL-X.
MAX_MOTION_BYTES = 320_000_000


def read_plain_arrays(
    source: Path | BinaryIO, names: Iterable[str], most_as_float: int = MAX_ARRAY_BYTES
) -> dict[str, np.ndarray]:
    """The named arrays that the archive holds; other entries are never opened, so they may be anything.

    Args:
        source: the archive.
        names: of arrays.
        most_as_float: bytes that their numbers may take as float64, whatever smaller type the file holds.

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
            _check_sizes(archive.zip, names, most_as_float)
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


def _check_sizes(archive: zipfile.ZipFile, names: list[str], most_as_float: int) -> None:
    """A small archive can hold more zeros than the memory; entries say how many before they are unpacked."""
    wanted = {f"{name}.npy" for name in names}
    entries = [entry for entry in archive.infolist() if entry.filename in wanted]
    size = sum(entry.file_size for entry in entries)
    numbers = sum(_count(archive, entry) for entry in entries)
    if size > MAX_ARRAY_BYTES or 8 * numbers > most_as_float:
        most = MAX_ARRAY_BYTES if size > MAX_ARRAY_BYTES else most_as_float
        raise MotionError(
            f"unpacks to {max(size, 8 * numbers) / 1e6:.0f} MB, more than {most / 1e6:.0f}; cut it into parts"
        )


def _count(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> int:
    """How many numbers the array of an entry has, as its header says."""
    with archive.open(entry) as file:
        version = np.lib.format.read_magic(file)
        read = np.lib.format.read_array_header_1_0 if version[0] == 1 else np.lib.format.read_array_header_2_0
        shape, _, dtype = read(file)
    return math.prod(shape) if dtype.kind in "biufc" else 0


def read_plain_array(path: Path) -> np.ndarray:
    """The array in an ``.npy`` file.

    Raises:
        MotionError: no npy file, a damaged one, a pickled one, or a header that promises more than the file holds.
    """
    try:
        if not path.is_file():  # a pipe would wait for a writer
            raise OSError(None, "not a file")
        # mapped, not read: a header that lies about the size is found out before any memory is taken
        with np.errstate(all="ignore"), warnings.catch_warnings(action="ignore"):
            array = np.load(path, mmap_mode="r", allow_pickle=False)
        if 8 * array.size > MAX_ARRAY_BYTES:
            raise OSError(None, f"{array.size:,} numbers are too many; cut it into shorter clips")
        return np.array(array)
    except OSError as error:
        raise MotionError(f"{path}: cannot be read ({error.strerror or error})") from None
    except Exception as error:
        if "object" in str(error).lower():
            raise MotionError(f"{path}: holds pickled Python objects, which are never loaded") from None
        raise MotionError(f"{path}: not an npy file, or a damaged one ({type(error).__name__})") from None
