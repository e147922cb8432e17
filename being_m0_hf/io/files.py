"""``save_motion`` and ``load_motion``: the suffix chooses the format; a file is whole or not there."""

import os
from collections.abc import Callable
from pathlib import Path

from ..bodies import Body, default_body
from ..motion import Motion, MotionError
from ..utils.atomic_files import check_replaceable, write_whole
from ..utils.user_files import UserFileError, read_user_bytes
from .formats.amass import motion_from_amass, motion_to_amass
from .formats.bvh import motion_from_bvh, motion_to_bvh
from .formats.fbx import motion_to_fbx
from .formats.glb import body_to_glb
from .formats.motion_json import motion_from_json, motion_to_json
from .save_options import SaveOptions

_READERS: dict[str, Callable[[bytes], Motion]] = {
    ".npz": motion_from_amass,
    ".json": motion_from_json,
    ".bvh": motion_from_bvh,
}
#: Suffix -> the file's bytes, of a motion, a body, what was asked for and the unit of lengths.
_WRITERS: dict[str, Callable[[Motion, Body, SaveOptions, str], bytes]] = {
    ".glb": lambda motion, body, asked, unit: body_to_glb(body, motion, asked.names, asked.skin),
    ".fbx": lambda motion, body, asked, unit: motion_to_fbx(motion, body, asked.names, unit, asked.skin),
    ".npz": lambda motion, body, asked, unit: motion_to_amass(motion, asked.layout),
    ".json": lambda motion, body, asked, unit: motion_to_json(motion),
    ".bvh": lambda motion, body, asked, unit: motion_to_bvh(motion, asked.names, unit),
}
SAVE_SUFFIXES: tuple[str, ...] = tuple(_WRITERS)
LOAD_SUFFIXES: tuple[str, ...] = tuple(_READERS)
_MAX_FILE_BYTES = 200_000_000


def save_motion(
    motion: Motion,
    path: str | os.PathLike,
    body: Body | None = None,
    *,
    names: str = "smpl",
    fps: float | None = None,
    layout: str = "amass",
    units: str | None = None,
    in_place: bool = False,
    loop: bool = False,
    skin: bool = True,
) -> Path:
    """Write a motion: .glb or .fbx (skin and animation), .bvh, .npz (AMASS layout) or .json.

    Args:
        motion: what to write.
        path: where; the suffix chooses the format. An existing file is replaced in one step.
        body: for .glb and .fbx only; the default body when None.
        names, fps, layout, units, in_place, loop, skin: see ``SaveOptions``.

    Returns:
        The path written.

    Raises:
        MotionError: unknown suffix or options, a motion too short to loop, a folder that is missing or cannot be
            written, or a full disk.
    """
    path, options = Path(path), SaveOptions(names, fps, layout, units, in_place, loop, skin)
    check_save_path(path, options)
    data = _WRITERS[path.suffix.lower()](
        options.prepared(motion), body or default_body(), options, options.unit_of(path)
    )
    try:
        write_whole(path, data)
    except OSError as error:
        raise MotionError(f"{path}: cannot be written ({error.strerror})") from None
    return path


def check_save_path(path: str | os.PathLike, options: SaveOptions | None = None) -> None:
    """Raise ``MotionError`` when ``save_motion`` could not write there; ask before a long generation, not after it."""
    path = Path(path)
    if path.suffix.lower() not in SAVE_SUFFIXES:
        raise MotionError(f"{path}: unknown suffix {path.suffix!r}; use one of {', '.join(SAVE_SUFFIXES)}")
    (options or SaveOptions()).check(path)
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
        data = read_user_bytes(path, _MAX_FILE_BYTES)
    except UserFileError as error:
        raise MotionError(str(error)) from None
    try:
        return reader(data)
    except MotionError as error:
        raise MotionError(f"{path}: {' '.join(str(error).split())}") from None
    except MemoryError:
        raise MotionError(f"{path}: too large for this machine's memory; cut it into shorter clips") from None
