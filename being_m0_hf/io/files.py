"""``save_motion`` and ``load_motion``: the suffix chooses the format; a file is whole or not there."""

import os
from pathlib import Path

from ..bodies import Body, default_body
from ..motion import Motion, MotionError
from ..utils.atomic_files import check_replaceable, write_whole
from .formats.amass import motion_from_amass, motion_to_amass
from .formats.bvh import motion_from_bvh, motion_to_bvh
from .formats.glb import body_to_glb
from .formats.motion_json import motion_from_json, motion_to_json

_WRITERS = {".npz": motion_to_amass, ".json": motion_to_json, ".bvh": motion_to_bvh}
_READERS = {".npz": motion_from_amass, ".json": motion_from_json, ".bvh": motion_from_bvh}
SAVE_SUFFIXES: tuple[str, ...] = (".glb", *_WRITERS)
LOAD_SUFFIXES: tuple[str, ...] = tuple(_READERS)


def save_motion(motion: Motion, path: str | os.PathLike, body: Body | None = None) -> Path:
    """Write a motion: .glb (skin and animation), .bvh, .npz (AMASS layout) or .json.

    Args:
        motion: what to write.
        path: where; the suffix chooses the format. An existing file is replaced in one step.
        body: for .glb only; the default body when None.

    Returns:
        The path written.

    Raises:
        MotionError: unknown suffix, a folder that is missing or cannot be written, or a full disk.
    """
    path = Path(path)
    check_save_path(path)
    if path.suffix.lower() == ".glb":
        data = body_to_glb(body or default_body(), motion)
    else:
        data = _WRITERS[path.suffix.lower()](motion)
    try:
        write_whole(path, data)
    except OSError as error:
        raise MotionError(f"{path}: cannot be written ({error.strerror})") from None
    return path


def check_save_path(path: str | os.PathLike) -> None:
    """Raise ``MotionError`` when ``save_motion`` could not write there; ask before a long generation, not after it."""
    path = Path(path)
    if path.suffix.lower() not in SAVE_SUFFIXES:
        raise MotionError(f"{path}: unknown suffix {path.suffix!r}; use one of {', '.join(SAVE_SUFFIXES)}")
    if not path.parent.is_dir():
        raise MotionError(f"{path}: the folder {path.parent} does not exist; create it first")
    if os.path.isdir(path) or not os.access(path.parent, os.W_OK):
        raise MotionError(f"{path}: cannot be written there; choose another folder or name")
    try:
        check_replaceable(path)
    except OSError as error:
        raise MotionError(f"{path}: cannot be written ({error.strerror})") from None


def load_motion(path: str | os.PathLike) -> Motion:
    """Read a motion from our .json, an AMASS-style .npz, or a .bvh that ``save_motion`` wrote.

    Raises:
        MotionError: unknown suffix, missing or foreign file, damaged content; one line that names the file.
    """
    path = Path(path)
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise MotionError(f"{path}: unknown suffix {path.suffix!r}; motions are read from {', '.join(_READERS)}")
    try:
        data = path.read_bytes()
    except OSError as error:
        raise MotionError(f"{path}: cannot be read ({error.strerror})") from None
    try:
        return reader(data)
    except MotionError as error:
        raise MotionError(f"{path}: {error}") from None
