"""Motions in few bytes: about 35 a frame, within a few millimetres, for what ships with a checkpoint.

Places and rotation vectors are rounded, and only how they change from frame to frame is kept: movement is smooth, so
that these numbers are small, and zlib makes little of them.
"""

import zlib

import numpy as np
import roma
import torch
from torch import Tensor

from ...motion import Motion
from ...motion.skeleton import NUM_JOINTS
from ...utils.errors import MotionError

#: What places (metres) and the numbers of a rotation vector (radians) are rounded to.
PLACE_STEP, ROTATION_STEP = 0.001, 0.0025
#: Frames of a motion that is unpacked, at most: a damaged file shall not fill the memory.
MOST_FRAMES = 2000
_NUMBERS = 3 + 3 * NUM_JOINTS


def pack(motion: Motion) -> Tensor:
    """(bytes,) uint8 that `unpack` makes the motion of, but for its texts, skeleton and frame rate.

    Raises:
        MotionError: it goes further than 30 m from the origin, or is longer than 2,000 frames.
    """
    if motion.num_frames > MOST_FRAMES:
        raise MotionError(f"the motion has {motion.num_frames} frames, at most {MOST_FRAMES} can be packed; cut it")
    turns = roma.unitquat_to_rotvec(motion.rotations).flatten(1) / ROTATION_STEP
    rounded = torch.cat((motion.translation / PLACE_STEP, turns), dim=1).round().numpy().astype(np.int64)
    changes = np.diff(rounded, n=2, axis=0, prepend=np.zeros((2, _NUMBERS), np.int64))
    if np.abs(changes).max() > np.iinfo(np.int16).max:
        raise MotionError("the motion goes too far from the origin to be packed; move it there")
    small = np.ascontiguousarray(changes.T.astype("<i2"))  # number by number; first all low bytes, then all high ones
    planes = small.view(np.uint8).reshape(-1, 2).T.tobytes()
    return torch.frombuffer(bytearray(zlib.compress(planes, 9)), dtype=torch.uint8)


def unpack(packed: Tensor) -> Motion:
    """The motion of what `pack` wrote, at 20 fps on the canonical skeleton.

    Raises:
        MotionError: these bytes are no packed motion.
    """
    reader = zlib.decompressobj()
    try:
        planes = reader.decompress(packed.numpy().tobytes(), MOST_FRAMES * _NUMBERS * 2)
    except zlib.error as error:
        raise MotionError(f"no packed motion: {error}") from error
    if not reader.eof or not planes or len(planes) % (_NUMBERS * 2):
        raise MotionError("no packed motion: it is cut, or too long")
    small = np.frombuffer(planes, np.uint8).reshape(2, -1).T.copy().view("<i2").reshape(_NUMBERS, -1)
    rounded = torch.from_numpy(small.astype(np.int64).T.cumsum(axis=0).cumsum(axis=0)).to(torch.float32)
    rotations = roma.rotvec_to_unitquat((rounded[:, 3:] * ROTATION_STEP).unflatten(1, (NUM_JOINTS, 3)))
    return Motion(rotations, rounded[:, :3] * PLACE_STEP)
