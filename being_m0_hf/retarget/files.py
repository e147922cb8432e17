"""``import_motion``: any motion file that people have, as a ``Motion`` on the canonical skeleton."""

import contextlib
import math
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from ..io.formats.amass import motion_from_amass
from ..io.formats.bvh import ForeignBvhError, motion_from_bvh
from ..io.formats.humanml3d import joints_from_humanml3d
from ..io.formats.motion_json import motion_from_json
from ..io.rigs.asf_amc import AMC_FPS, rig_from_asf_amc
from ..io.rigs.bvh import rig_from_bvh
from ..io.rigs.gltf import rig_from_gltf
from ..io.rigs.rig import RigAnimation
from ..motion import CANONICAL_SKELETON, Motion, MotionError
from ..utils.safe_npz import read_plain_array
from .amass_axes import stood_up
from .from_joints import motion_from_joints
from .joint_map import JointMap
from .plausible import checked, on_floor
from .retarget import retarget

#: Larger files are no single clip; reading them would take longer than anyone waits.
MAX_FILE_BYTES = 200_000_000
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


def import_motion(path: str | os.PathLike, joint_map: JointMap | None = None, fps: float | None = None) -> Motion:
    """The motion in a file: .bvh, .glb, .gltf, .amc (with its .asf beside it), .npz (AMASS), .npy (HumanML3D), .json.

    Args:
        path: the file.
        joint_map: which joint of the file moves which of ours; found by names, then by shape, when None. Formats of
            SMPL's joints (.npz, .npy, .json) need none.
        fps: the frame rate, where the file's own is wrong (CMU's BVH files always say 120) or not given (.amc, .npy);
            keys of glTF have times, there it says how often to sample them.

    Returns:
        The motion, y up in metres, feet on the floor; on the canonical skeleton unless the file holds our own.

    Raises:
        MotionError: an unknown, damaged, empty or implausible file, or no person; one line that names the file.
    """
    path = Path(path)
    with _errors_naming(path):
        _check_file(path, fps)
        if path.suffix.lower() in _MOTION_READERS:
            return checked(_MOTION_READERS[path.suffix.lower()](path, fps))
        motion = _own_bvh(path, fps) if joint_map is None else None
        return checked(motion or retarget(read_rig(path, fps), joint_map))


def read_rig(path: str | os.PathLike, fps: float | None = None) -> RigAnimation:
    """The animated skeleton of a .bvh, .glb, .gltf or .amc in its own names; ``find_joint_map`` says who is who.

    Raises:
        MotionError: another suffix, or an unknown, damaged or empty file; one line that names the file.
    """
    path = Path(path)
    with _errors_naming(path):
        _check_file(path, fps)
        reader = _RIG_READERS.get(path.suffix.lower())
        if reader is None:
            raise MotionError(f"holds SMPL's joints; foreign skeletons are in {', '.join(_RIG_READERS)}")
        return reader(path, fps)


@contextlib.contextmanager
def _errors_naming(path: Path) -> Iterator[None]:
    try:
        yield
    except MotionError as error:
        text = str(error)
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
    _check_size(path)


def _check_size(path: Path) -> None:
    size = path.stat().st_size
    if not path.is_file() or size == 0:
        raise MotionError("an empty file" if path.is_file() else "not a file")
    if size > MAX_FILE_BYTES:
        raise MotionError(f"has {size / 1e6:.0f} MB, more than {MAX_FILE_BYTES / 1e6:.0f}; cut it into shorter clips")


def _own_bvh(path: Path, fps: float | None) -> Motion | None:
    """A BVH that this package wrote holds an exact Motion on its own bones; nothing is to be fitted there."""
    if path.suffix.lower() != ".bvh" or b"ROOT pelvis\n" not in (data := path.read_bytes())[:100]:
        return None
    with contextlib.suppress(ForeignBvhError):
        return _at(motion_from_bvh(data), fps)


def _at(motion: Motion, fps: float | None) -> Motion:
    return motion if fps is None else motion.replace(fps=fps)


def _read_npz(path: Path, fps: float | None) -> Motion:
    motion = _at(motion_from_amass(path.read_bytes()), fps)
    # our own files hold an exact Motion; others get our bones, whose legs are not as long as theirs
    return on_floor(stood_up(motion)) if motion.skeleton is CANONICAL_SKELETON else motion


def _read_npy(path: Path, fps: float | None) -> Motion:
    joints, own_fps = joints_from_humanml3d(read_plain_array(path))
    return motion_from_joints(joints, fps or own_fps)


def _read_json(path: Path, fps: float | None) -> Motion:
    return _at(motion_from_json(path.read_bytes()), fps)


def _read_bvh(path: Path, fps: float | None) -> RigAnimation:
    rig = rig_from_bvh(path.read_bytes())
    return rig if fps is None else replace(rig, fps=fps)


def _read_gltf(path: Path, fps: float | None) -> RigAnimation:
    return rig_from_gltf(path.read_bytes(), fps)


def _read_amc(path: Path, fps: float | None) -> RigAnimation:
    skeleton = _skeleton_beside(path)
    _check_size(skeleton)
    return rig_from_asf_amc(skeleton.read_bytes(), path.read_bytes(), fps or AMC_FPS)


def _skeleton_beside(path: Path) -> Path:
    """``cmu_02.asf`` for ``cmu_02_01.amc``; else the only skeleton of the folder is meant."""
    found = sorted(other for other in path.parent.iterdir() if other.suffix.lower() == ".asf")
    matching = [other for other in found if f"{path.stem}_".startswith(f"{other.stem}_")]
    if matching:
        return max(matching, key=lambda other: len(other.stem))
    if len(found) == 1:
        return found[0]
    raise MotionError("needs its skeleton beside it: the .asf file of the same subject")


_RIG_READERS: dict[str, Callable[[Path, float | None], RigAnimation]] = {
    ".bvh": _read_bvh,
    ".glb": _read_gltf,
    ".gltf": _read_gltf,
    ".amc": _read_amc,
}
_MOTION_READERS: dict[str, Callable[[Path, float | None], Motion]] = {
    ".npz": _read_npz,
    ".npy": _read_npy,
    ".json": _read_json,
}
IMPORT_SUFFIXES: tuple[str, ...] = (*_RIG_READERS, *_MOTION_READERS)
