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
from ...utils.safe_npz import read_plain_arrays

SMPLH_JOINTS = 52
_READ = ("poses", "trans", "mocap_framerate", "mocap_frame_rate", "rest_offsets", "skeleton", "text")
_Z_UP = torch.tensor([math.sin(math.pi / 4), 0.0, 0.0, math.cos(math.pi / 4)], dtype=torch.float64)


def motion_to_amass(motion: Motion) -> bytes:
    """The motion as an AMASS-style compressed npz."""
    frames = motion.num_frames
    rotations = motion.rotations.double()
    rotations[:, 0] = roma.quat_product(_Z_UP.expand(frames, 4), rotations[:, 0])
    poses = torch.zeros(frames, SMPLH_JOINTS, 3, dtype=torch.float64)
    poses[:, :NUM_JOINTS] = roma.unitquat_to_rotvec(rotations)
    arrays = {
        "poses": poses.flatten(1).numpy(),
        "trans": roma.quat_action(_Z_UP.expand(frames, 4), motion.translation.double()).numpy(),
        "betas": np.zeros(16),
        "dmpls": np.zeros((frames, 8)),
        "gender": np.array("neutral"),
        "mocap_framerate": np.array(motion.fps),
        "rest_offsets": motion.skeleton.offsets.numpy(),
        "skeleton": np.array(motion.skeleton.name),
    }
    if motion.text is not None:
        arrays["text"] = np.array(motion.text)
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


def motion_from_amass(data: bytes) -> Motion:
    """The motion in an AMASS-style npz: SMPL, SMPL+H or SMPL-X ``poses`` (T, 66 or more); fingers are dropped.

    Files without our ``rest_offsets`` get the canonical skeleton.

    Raises:
        MotionError: not an npz, pickled content, or arrays missing or malformed.
    """
    # other arrays of AMASS releases (labels, markers) may be pickled; they are not read
    arrays = read_plain_arrays(io.BytesIO(data), _READ)
    for name in ("poses", "trans"):
        if name not in arrays:
            raise MotionError(f'array "{name}" is missing: not an AMASS-style motion')
    # AMASS writes mocap_framerate, its SMPL-X release mocap_frame_rate
    rate = arrays.get("mocap_framerate", arrays.get("mocap_frame_rate"))
    if rate is None or rate.size != 1 or rate.dtype.kind not in "fiu":
        raise MotionError('"mocap_framerate" is missing or not a number: add the frames per second to the file')
    poses, translation = (_numbers(arrays, name) for name in ("poses", "trans"))
    if poses.ndim != 2 or poses.shape[1] < 3 * NUM_JOINTS or poses.shape[1] % 3:
        raise MotionError(f'"poses" has shape {tuple(poses.shape)}, expected (frames, 66 or more) axis-angle numbers')
    if translation.shape != (len(poses), 3):
        raise MotionError(f'"trans" has shape {tuple(translation.shape)}, expected ({len(poses)}, 3)')
    frames = len(poses)
    y_up = roma.quat_conjugation(_Z_UP).expand(frames, 4)
    rotations = roma.rotvec_to_unitquat(poses[:, : 3 * NUM_JOINTS].unflatten(1, (NUM_JOINTS, 3)))
    rotations[:, 0] = roma.quat_product(y_up, rotations[:, 0])
    translation = roma.quat_action(y_up, translation)
    return Motion(rotations, translation, float(rate.item()), _skeleton(arrays), _string(arrays, "text"))


def _numbers(arrays: dict[str, np.ndarray], name: str) -> torch.Tensor:
    if arrays[name].dtype.kind not in "fiu":
        raise MotionError(f'"{name}" holds {arrays[name].dtype}, not numbers')
    return torch.from_numpy(arrays[name].astype(np.float64))


def _skeleton(arrays: dict[str, np.ndarray]) -> Skeleton:
    if "rest_offsets" not in arrays:
        return CANONICAL_SKELETON
    try:
        return Skeleton(_numbers(arrays, "rest_offsets"), _string(arrays, "skeleton") or "custom")
    except ValueError as error:
        raise MotionError(str(error)) from None


def _string(arrays: dict[str, np.ndarray], name: str) -> str | None:
    array = arrays.get(name)
    return None if array is None or array.dtype.kind != "U" or array.ndim else str(array)
