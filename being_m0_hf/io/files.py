"""``save_motion`` and ``load_motion``: the suffix chooses the format; a file is whole or not there."""

import os
from collections.abc import Callable
from pathlib import Path

from ..bodies import Body, default_body
from ..motion import Motion, MotionError
from ..rendering.animation import PICTURE_SUFFIXES, moving_picture
from ..utils.atomic_files import check_replaceable, write_whole
from ..utils.user_files import UserFileError, read_user_bytes
from .formats.amass import motion_from_amass, motion_to_amass
from .formats.bvh import motion_from_bvh, motion_to_bvh
from .formats.fbx import motion_to_fbx
from .formats.glb import body_to_glb
from .formats.motion_json import motion_from_json, motion_to_json
from .formats.usd import USD_SUFFIXES, motion_to_usd
from .formats.vrma import motion_to_vrma
from .save_options import SaveOptions

_READERS: dict[str, Callable[[bytes], Motion]] = {
    ".npz": motion_from_amass,
    ".json": motion_from_json,
    ".bvh": motion_from_bvh,
}
#: Suffix -> the file's bytes, of a motion, a body, what was asked for, the unit of lengths and the suffix.
_WRITERS: dict[str, Callable[[Motion, Body, SaveOptions, str, str], bytes]] = {
    ".glb": lambda motion, body, asked, unit, suffix: body_to_glb(body, motion, asked.names, asked.skin),
    ".fbx": lambda motion, body, asked, unit, suffix: motion_to_fbx(motion, body, asked.names, unit, asked.skin),
    ".bvh": lambda motion, body, asked, unit, suffix: motion_to_bvh(motion, asked.names, unit),
    ".vrma": lambda motion, body, asked, unit, suffix: motion_to_vrma(motion, body),
    ".npz": lambda motion, body, asked, unit, suffix: motion_to_amass(motion, asked.layout),
    ".json": lambda motion, body, asked, unit, suffix: motion_to_json(motion),
    **dict.fromkeys(
        USD_SUFFIXES,
        lambda motion, body, asked, unit, suffix: motion_to_usd(motion, body, suffix, asked.names, unit, asked.skin),
    ),
    **dict.fromkeys(
        PICTURE_SUFFIXES, lambda motion, body, asked, unit, suffix: moving_picture(motion, suffix, motion.fps)
    ),
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
    """Write a motion: .glb, .fbx, .usd (skin and animation), .bvh, .vrma, .npz (AMASS layout), .json, .gif or .mp4.

    Args:
        motion: what to write.
        path: where; the suffix chooses the format. An existing file is replaced in one step.
        body: for .glb, .fbx, .usd and .vrma; the default body when None.
        names, fps, layout, units, in_place, loop, skin: see ``SaveOptions``.

    Returns:
        The path written.

    Raises:
        MotionError: unknown suffix or options, a motion too short to loop, a folder that is missing or cannot be
            written, or a full disk.
    """
    path, options = Path(path), SaveOptions(names, fps, layout, units, in_place, loop, skin)
    check_save_path(path, options)
    suffix = path.suffix.lower()
    motion = options.prepared(motion, suffix)
    data = _WRITERS[suffix](motion, body or default_body(), options, options.unit_of(path), suffix)
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
