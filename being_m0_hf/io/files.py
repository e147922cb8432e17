"""``save_motion`` and ``load_motion``: the suffix chooses the format; a file is whole or not there."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ..bodies import Body, default_body
from ..motion import Motion, MotionError
from ..motion.motion import MAX_FPS, MIN_FPS
from ..utils.atomic_files import check_replaceable, write_whole
from ..utils.user_files import UserFileError, read_user_bytes
from .formats.amass import LAYOUTS, motion_from_amass, motion_to_amass
from .formats.bvh import motion_from_bvh, motion_to_bvh
from .formats.glb import body_to_glb
from .formats.joint_names import joint_names
from .formats.motion_json import motion_from_json, motion_to_json

_READERS: dict[str, Callable[[bytes], Motion]] = {
    ".npz": motion_from_amass,
    ".json": motion_from_json,
    ".bvh": motion_from_bvh,
}
SAVE_SUFFIXES: tuple[str, ...] = (".glb", ".npz", ".json", ".bvh")
LOAD_SUFFIXES: tuple[str, ...] = tuple(_READERS)
#: Frames per second that the SMPL-X add-on of Blender asks for at least.
SMPLX_FPS = 30.0
_MAX_FILE_BYTES = 200_000_000


@dataclass(frozen=True)
class SaveOptions:
    """What ``save_motion`` writes beside the motion itself.

    Args:
        names: what the joints of a .bvh or .glb are called: one of ``NAMINGS`` (``formats/joint_names.py``).
        fps: frames per second of the file; the motion is resampled to it. Its own rate when None.
        layout: of a .npz: "amass" (SMPL+H) or "smplx", which Blender's SMPL-X add-on reads, at 30 fps unless ``fps``
            says otherwise.
    """

    names: str = "smpl"
    fps: float | None = None
    layout: str = "amass"

    def check(self, path: Path) -> None:
        """Raise ``MotionError`` for options that a file of that suffix does not have."""
        suffix = path.suffix.lower()
        joint_names(self.names)
        if self.names != "smpl" and suffix not in (".glb", ".bvh"):
            raise MotionError(f"{path}: joints have names in .glb and .bvh files only; leave out names {self.names!r}")
        if self.layout not in LAYOUTS:
            raise MotionError(f"layout {self.layout!r} is unknown; use one of {', '.join(LAYOUTS)}")
        if self.layout != "amass" and suffix != ".npz":
            raise MotionError(f"{path}: only .npz files have layouts; leave out layout {self.layout!r}")
        if self.fps is not None and not MIN_FPS <= self.fps <= MAX_FPS:
            raise MotionError(f"fps is {self.fps}, expected {MIN_FPS:g} to {MAX_FPS:g} frames per second")


def save_motion(
    motion: Motion,
    path: str | os.PathLike,
    body: Body | None = None,
    *,
    names: str = "smpl",
    fps: float | None = None,
    layout: str = "amass",
) -> Path:
    """Write a motion: .glb (skin and animation), .bvh, .npz (AMASS layout) or .json.

    Args:
        motion: what to write.
        path: where; the suffix chooses the format. An existing file is replaced in one step.
        body: for .glb only; the default body when None.
        names, fps, layout: see ``SaveOptions``.

    Returns:
        The path written.

    Raises:
        MotionError: unknown suffix or options, a folder that is missing or cannot be written, or a full disk.
    """
    path, options = Path(path), SaveOptions(names, fps, layout)
    check_save_path(path, options)
    fps = fps or (SMPLX_FPS if layout == "smplx" else motion.fps)
    motion = motion.resample(fps)
    suffix = path.suffix.lower()
    if suffix == ".glb":
        data = body_to_glb(body or default_body(), motion, names)
    elif suffix == ".bvh":
        data = motion_to_bvh(motion, names)
    else:
        data = motion_to_amass(motion, layout) if suffix == ".npz" else motion_to_json(motion)
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
