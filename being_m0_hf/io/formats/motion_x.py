"""Motion-X: arrays of 322 SMPL-X columns, y up, metres, 30 fps. Layout: https://github.com/IDEA-Research/Motion-X."""

import numpy as np
import roma
import torch

from ...motion import NUM_JOINTS, Motion, MotionError

COLUMNS = 322
FPS = 30.0
_BODY = slice(0, 3 * NUM_JOINTS)  # root and 21 body joints, axis-angle; hands, jaw and face follow
_TRANSLATION = slice(309, 312)


def motion_from_columns(columns: np.ndarray, fps: float = FPS) -> Motion:
    """The motion in (frames, 322) columns of Motion-X.

    Raises:
        MotionError: other columns, or numbers that are no motion.
    """
    if columns.ndim != 2 or columns.shape[1] != COLUMNS or columns.dtype.kind not in "fiu":
        raise MotionError(f"an array of {columns.dtype} {columns.shape}, expected (frames, {COLUMNS}) numbers")
    numbers = torch.from_numpy(columns.astype(np.float64))
    rotations = roma.rotvec_to_unitquat(numbers[:, _BODY].unflatten(1, (NUM_JOINTS, 3)))
    return Motion(rotations, numbers[:, _TRANSLATION], fps)
