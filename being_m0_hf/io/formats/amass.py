"""``.npz`` in AMASS's layout (SMPL+H): what motion-capture tools around SMPL read.

| array           | content                                                                           |
|-----------------|-----------------------------------------------------------------------------------|
| poses           | (T, 156) axis-angle: root, 21 body joints, then 30 finger joints (zero)           |
| trans           | (T, 3) metres                                                                     |
| betas           | (16,) zero: shape travels as ``rest_offsets``                                     |
| dmpls           | (T, 8) zero                                                                       |
| gender          | "neutral"                                                                         |
| mocap_framerate | frames per second                                                                 |
| text, skeleton, rest_offsets | ours: the text, the skeleton's name and its (22, 3) T-pose offsets   |

AMASS is z-up and its people face -y at rest; we are y-up facing +z, so the root is turned by 90 degrees about x on
the way out and back on the way in. ``trans`` is the pelvis itself. SMPL adds the pelvis of its own template (from
licensed files, which we do not have) to ``trans``; there a body stands a constant 2 to 3 dm aside, feet within 3 cm.
All arrays are plain numbers or text: nothing is pickled, and pickles are refused when reading.
"""

import io
import math

import numpy as np
import roma
import torch

from ...motion import CANONICAL_SKELETON, NUM_JOINTS, Motion, MotionError, Skeleton
from ...utils.bounded_json import is_writable
from ...utils.safe_npz import MAX_MOTION_BYTES, read_plain_arrays
from .smpl_arrays import KEYS, SmplPoses, smpl_poses

SMPLH_JOINTS, SMPLX_JOINTS = 52, 55
LAYOUTS = ("amass", "smplx")
_OURS = ("rest_offsets", "skeleton", "text")
_Z_UP = torch.tensor([math.sin(math.pi / 4), 0.0, 0.0, math.cos(math.pi / 4)], dtype=torch.float64)


def motion_to_amass(motion: Motion, layout: str = "amass") -> bytes:
    """The motion as a compressed npz: "amass" is SMPL+H as above, "smplx" what the SMPL-X add-on of Blender reads.

    "smplx" has 55 joints in ``poses`` (T, 165) and ``mocap_frame_rate``. The add-on refuses less than its target rate,
    which is 30: resample to that first.

    Raises:
        MotionError: an unknown layout.
    """
    if layout not in LAYOUTS:
        raise MotionError(f"layout {layout!r} is unknown; use one of {', '.join(LAYOUTS)}")
    frames, is_smplx = motion.num_frames, layout == "smplx"
    rotations = motion.rotations.double()
    rotations[:, 0] = roma.quat_product(_Z_UP.expand(frames, 4), rotations[:, 0])
    poses = torch.zeros(frames, SMPLX_JOINTS if is_smplx else SMPLH_JOINTS, 3, dtype=torch.float64)
    poses[:, :NUM_JOINTS] = roma.unitquat_to_rotvec(rotations)
    arrays = {
        "poses": poses.flatten(1).numpy(),
        "trans": roma.quat_action(_Z_UP.expand(frames, 4), motion.translation.double()).numpy(),
        "betas": np.zeros(16),
        "gender": np.array("neutral"),
        "mocap_frame_rate" if is_smplx else "mocap_framerate": np.array(motion.fps),
        "rest_offsets": motion.skeleton.offsets.numpy(),
        "skeleton": np.array(motion.skeleton.name),
    }
    arrays |= {"surface_model_type": np.array("smplx")} if is_smplx else {"dmpls": np.zeros((frames, 8))}
    if motion.text is not None:
        arrays["text"] = np.array(motion.text)
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


def motion_from_amass(data: bytes, fps: float | None = None) -> Motion:
    """The motion in an npz of SMPL, SMPL+H or SMPL-X poses, in any layout of ``smpl_arrays``; fingers are dropped.

    Files without our ``rest_offsets`` get the canonical skeleton.

    Args:
        data: the file's bytes.
        fps: the frame rate, where the file's own is missing or wrong.

    Raises:
        MotionError: not an npz, pickled content, or arrays missing or malformed.
    """
    return read_amass(data, fps)[0]


def read_amass(data: bytes, fps: float | None = None) -> tuple[Motion, SmplPoses]:
    """``motion_from_amass``, and what the file held."""
    # other arrays of AMASS releases (labels, markers) may be pickled; they are not read
    arrays = read_plain_arrays(io.BytesIO(data), (*KEYS, *_OURS), MAX_MOTION_BYTES)
    poses = smpl_poses(arrays)
    fps = fps or poses.fps
    if fps is None:
        raise MotionError(
            '"mocap_framerate" is missing or not a number above 0: add the frames per second to the file, '
            "or give them with --fps N"
        )
    rotations, translation = poses.rotations, poses.translation
    if poses.up != "y":
        y_up = roma.quat_conjugation(_Z_UP).expand(len(rotations), 4)
        rotations = torch.cat((roma.quat_product(y_up, rotations[:, 0])[:, None], rotations[:, 1:]), dim=1)
        translation = roma.quat_action(y_up, translation)
    return Motion(rotations, translation, fps, _skeleton(arrays), _string(arrays, "text")), poses


def _skeleton(arrays: dict[str, np.ndarray]) -> Skeleton:
    if "rest_offsets" not in arrays:
        return CANONICAL_SKELETON
    try:
        return Skeleton(
            torch.from_numpy(arrays["rest_offsets"].astype(np.float64)), _string(arrays, "skeleton") or "custom"
        )
    except ValueError as error:
        raise MotionError(str(error)) from None


def _string(arrays: dict[str, np.ndarray], name: str) -> str | None:
    array = arrays.get(name)
    if array is None or array.dtype.kind != "U" or array.ndim:
        return None
    if not is_writable(str(array)):
        raise MotionError(f'"{name}" holds half a character (a lone surrogate); write it as UTF-8 again')
    return str(array)
