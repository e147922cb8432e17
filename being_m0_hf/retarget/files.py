"""``import_motion``: any motion file that people have, as a ``Motion`` on the canonical skeleton."""

import contextlib
import math
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from ..io.formats.amass import read_amass
from ..io.formats.bvh import motion_from_bvh
from ..io.formats.glb import motion_from_own_glb
from ..io.formats.joint_arrays import joints_from_array
from ..io.formats.motion_json import motion_from_json
from ..io.formats.motion_x import COLUMNS, FPS, motion_from_columns
from ..io.rigs.rig import RigAnimation
from ..motion import CANONICAL_SKELETON, Motion, MotionError
from ..utils.safe_npz import read_plain_array
from ..utils.user_files import UserFileError, read_user_bytes
from .amass_axes import stood_up
from .foreign_skeletons import GLTF_SUFFIXES, MAX_FILE_BYTES, RIG_SUFFIXES, Take, all_takes, open_gltf, read_take
from .from_joints import motion_from_joints
from .import_summary import Understanding
from .joint_map import JointMap
from .plausible import checked, on_floor
from .retarget import retarget_and_tell

_BY_BLENDER = "open it in Blender (free) with File > Import, then File > Export > glTF 2.0 or BVH"
_PICKLE = "pickles can run code and are never loaded; save poses, trans and mocap_framerate with numpy.savez"
#: Suffixes of motion files that are not read -> the free way to one that is.
CONVERT_FIRST: dict[str, str] = {
    ".fbx": f"FBX is a closed format: {_BY_BLENDER}",
    ".dae": _BY_BLENDER,
    ".usd": _BY_BLENDER,
    ".usda": _BY_BLENDER,
    ".usdc": _BY_BLENDER,
    ".usdz": _BY_BLENDER,
    ".blend": "open it in Blender (free), then File > Export > glTF 2.0 or BVH",
    ".bip": "export FBX from 3ds Max, open that in Blender (free), then File > Export > glTF 2.0 or BVH",
    ".mvnx": "MVN writes BVH too: File > Export > BVH",
    ".c3d": "C3D holds markers without a skeleton: solve them in Blender or Mokka (both free) and export as BVH",
    ".trc": "TRC holds markers without a skeleton: solve them in OpenSim (free) and export as BVH from Blender",
    ".pkl": _PICKLE,
    ".pt": _PICKLE,
}


@dataclass(frozen=True, eq=False)
class Imported:
    """A motion, and what was understood of its file; ``name`` tells it from others of that file."""

    motion: Motion
    understanding: Understanding
    name: str = ""


def import_motion(
    path: str | os.PathLike,
    joint_map: JointMap | None = None,
    fps: float | None = None,
    person: str | None = None,
    animation: str | None = None,
) -> Motion:
    """The motion in a file: .bvh, .glb, .gltf, .vrm, .vrma, .amc (with its .asf), .npz, .npy (joints), .json.

    Args:
        path: the file.
        joint_map: which joint of the file moves which of ours; found by names, then by shape, when None. Formats of
            SMPL's joints (.npz, .npy, .json) need none.
        fps: the frame rate, where the file's own is wrong (CMU's BVH files always say 120) or not given (.amc, .npy);
            keys of glTF have times, there it says how often to sample them.
        person: who is meant where the file holds several: a name, or a number from 1 on; the largest when None.
        animation: which of several of a glTF: a name, or a number from 1 on; the longest that moves when None.

    Returns:
        The motion, y up in metres, feet on the floor; on the canonical skeleton unless the file holds our own.

    Raises:
        MotionError: an unknown, damaged, empty or implausible file, or no person; one line that names the file.
    """
    return import_file(path, joint_map, fps, person, animation).motion


def import_file(
    path: str | os.PathLike,
    joint_map: JointMap | None = None,
    fps: float | None = None,
    person: str | None = None,
    animation: str | None = None,
) -> Imported:
    """``import_motion``, and what was understood of the file."""
    path = Path(path)
    with _errors_naming(path):
        _check_file(path, fps)
        reader = _MOTION_READERS.get(path.suffix.lower())
        if reader is not None:
            if animation is not None or (person is not None and path.suffix.lower() != ".npy"):
                raise MotionError("holds one person in one animation; leave out --person and --animation")
            return reader(path, fps, person)
        own = _own_file(path, fps) if joint_map is None and person is None and animation is None else None
        if own:
            return own
        found = _retargeted(read_take(path, fps, person, animation), joint_map)
        asked = [name for name, value in (("person", person), ("animation", animation)) if value is not None]
        return replace(found, understanding=replace(found.understanding, asked=tuple(asked)))


def import_all(path: str | os.PathLike, joint_map: JointMap | None = None) -> Iterator[Imported | MotionError]:
    """Every person in every animation of a file: what a data set is to hold.

    What cannot be read is an error in its place.

    Raises:
        MotionError: the file as a whole cannot be read; one line that names it.
    """
    path = Path(path)
    if path.suffix.lower() not in RIG_SUFFIXES:
        yield import_file(path)
        return
    with _errors_naming(path):
        _check_file(path, None)
        own = _own_file(path, None) if joint_map is None else None
        if own is not None:
            yield own
            return
        for name, take in all_takes(path):
            try:
                if isinstance(take, MotionError):
                    raise take
                found = _retargeted(take, joint_map)
                yield Imported(found.motion, found.understanding, name)
            except MotionError as error:
                yield MotionError(f"{path}: {name + ': ' if name else ''}{error}")


def read_rig(
    path: str | os.PathLike, fps: float | None = None, person: str | None = None, animation: str | None = None
) -> RigAnimation:
    """The animated skeleton of a foreign file in its own names; ``find_joint_map`` says who is who.

    Raises:
        MotionError: another suffix, or an unknown, damaged or empty file; one line that names the file.
    """
    path = Path(path)
    with _errors_naming(path):
        _check_file(path, fps)
        if path.suffix.lower() not in RIG_SUFFIXES:
            raise MotionError(f"holds SMPL's joints; foreign skeletons are in {', '.join(RIG_SUFFIXES)}")
        return read_take(path, fps, person, animation).rig


@contextlib.contextmanager
def _errors_naming(path: Path) -> Iterator[None]:
    try:
        yield
    except (MotionError, UserFileError) as error:
        text = " ".join(str(error).split())
        raise MotionError(text if text.startswith(str(path)) else f"{path}: {text}") from None
    except OSError as error:
        raise MotionError(f"{path}: cannot be read ({error.strerror or type(error).__name__})") from None
    except MemoryError:
        raise MotionError(f"{path}: too large for this machine's memory; cut it into shorter clips") from None


def _check_file(path: Path, fps: float | None) -> None:
    suffix = path.suffix.lower()
    if fps is not None and not (math.isfinite(fps) and 1 <= fps <= 1000):
        raise MotionError(f"fps is {fps}, expected 1 to 1000 frames per second")
    if suffix in CONVERT_FIRST:
        raise MotionError(f"is not read: {CONVERT_FIRST[suffix]}")
    if suffix not in IMPORT_SUFFIXES:
        raise MotionError(f"unknown suffix {path.suffix!r}; motions are read from {', '.join(IMPORT_SUFFIXES)}")
    size = path.stat().st_size
    if not path.is_file() or size == 0:
        raise MotionError("an empty file" if path.is_file() else "not a file")
    if size > MAX_FILE_BYTES:
        raise MotionError(f"has {size / 1e6:.0f} MB, more than {MAX_FILE_BYTES / 1e6:.0f}; cut it into shorter clips")


def _retargeted(take: Take, joint_map: JointMap | None) -> Imported:
    motion, understood = retarget_and_tell(take.rig, joint_map)
    understood = replace(
        understood,
        person=take.person,
        other_people=take.other_people,
        animation=take.rig.animation,
        other_animations=take.rig.other_animations,
    )
    return Imported(motion, understood)


def _own_file(path: Path, fps: float | None) -> Imported | None:
    """A file that this package wrote holds an exact Motion on its own bones; nothing is to be fitted there."""
    if path.suffix.lower() == ".bvh":
        # another program's file, or a damaged one, of which the reader of those says more
        with contextlib.suppress(MotionError):
            return Imported(checked(_at(motion_from_bvh(read_user_bytes(path, MAX_FILE_BYTES)), fps)), _OURS)
    elif path.suffix.lower() in GLTF_SUFFIXES:
        gltf = open_gltf(path)
        if gltf.is_ours and (motion := motion_from_own_glb(gltf.rig(None, fps), gltf.extras)) is not None:
            return Imported(checked(motion), _OURS)
    return None


_OURS = Understanding(joints="our own naming")


def _at(motion: Motion, fps: float | None) -> Motion:
    return motion if fps is None else motion.replace(fps=fps)


def _read_npz(path: Path, fps: float | None, person: str | None) -> Imported:
    motion, poses = read_amass(read_user_bytes(path, MAX_FILE_BYTES), fps)
    understood = Understanding(notes=poses.notes)
    # our own files hold an exact Motion; others get our bones, whose legs are not as long as theirs
    if motion.skeleton is not CANONICAL_SKELETON:
        return Imported(checked(motion), understood)
    motion, up = stood_up(motion, sure=poses.up is not None)
    return Imported(checked(on_floor(motion)), Understanding(up=_file_axis(up, poses.up), notes=poses.notes))


def _file_axis(up: str, said: str | None) -> str:
    """The axis of the file that became our y: files that are not y-up were read as z-up."""
    if said == "y":
        return up
    return {"y": "z", "z": "-y", "-z": "y", "-y": "-z"}.get(up, up)


def _read_npy(path: Path, fps: float | None, person: str | None) -> Imported:
    array = read_plain_array(path)
    if array.ndim == 3 and len(array) == 1 and array.shape[2] == COLUMNS:
        array = array[0]
    if array.ndim == 2 and array.shape[1] == COLUMNS:
        motion, up = stood_up(motion_from_columns(array, fps or FPS))
        return Imported(checked(on_floor(motion)), Understanding(joints="Motion-X", up=up))
    found = joints_from_array(array, person)
    motion = motion_from_joints(found.joints, fps or found.fps)
    return Imported(checked(motion), Understanding(joints="SMPL's positions", units="any", notes=found.notes))


def _read_json(path: Path, fps: float | None, person: str | None) -> Imported:
    return Imported(checked(_at(motion_from_json(read_user_bytes(path, MAX_FILE_BYTES)), fps)), _OURS)


_MOTION_READERS: dict[str, Callable[[Path, float | None, str | None], Imported]] = {
    ".npz": _read_npz,
    ".npy": _read_npy,
    ".json": _read_json,
}
IMPORT_SUFFIXES: tuple[str, ...] = (*RIG_SUFFIXES, *_MOTION_READERS)
