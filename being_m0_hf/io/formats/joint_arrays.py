"""Joint positions in plain arrays as models and data sets write them: other orders of axes, batches, more joints.

Read are (T, J, 3), (J, 3, T) as MDM writes them, (3, T, J) and others with one axis of 3, and all of these with a batch
before them. J is 22 (HumanML3D), 24 (SMPL), 52 (SMPL+H), 55 or 127 and more (SMPL-X), whose first 22 are the same, or
21 (KIT-ML). Flat rows are joints or features of HumanML3D and KIT-ML.
"""

from dataclasses import dataclass
from itertools import permutations

import numpy as np
from torch import Tensor

from ...motion import NUM_JOINTS, MotionError
from .humanml3d import HUMANML3D, KIT_ML, joints_from_humanml3d

#: Numbers of joints whose first 22 are SMPL's.
_SMPL_JOINTS = (NUM_JOINTS, 24, 52, 55, 73, 118, 127, 135, 137, 144, 145)
_JOINTS = (*_SMPL_JOINTS, KIT_ML.joints)
_LOOKED_AT = 200  # frames
_CLEARLY = 0.5  # an order of axes under which bones keep their lengths twice as well is the right one
_HIPS_AND_KNEES = ((1, 4), (2, 5), (4, 7), (5, 8), (16, 18), (17, 19))


@dataclass(frozen=True, eq=False)
class JointArray:
    """(T, 22, 3) positions of the SMPL joints, the data set's usual rate, and what a user should know."""

    joints: Tensor
    fps: float
    notes: tuple[str, ...] = ()


def joints_from_array(array: np.ndarray, sample: str | None = None) -> JointArray:
    """The positions in an array of one of those layouts.

    Args:
        array: as it stands in the file.
        sample: which of several motions, a number from 1 on; the first when None.

    Raises:
        MotionError: another layout, no numbers, or NaN.
    """
    if array.dtype.kind not in "fiu":
        raise MotionError(f"holds {array.dtype}, not numbers")
    notes = []
    array, count = _one_of_batch(array, sample)
    if count > 1:
        taken = f"motion {sample or 1} of {count} is taken (--person takes another)"
        notes.append(taken)
    if array.ndim == 3:
        array = _ordered(array)
        if array.shape[1] in _SMPL_JOINTS:
            array = array[:, :NUM_JOINTS]
    elif array.ndim == 2 and array.shape[1] % 3 == 0 and array.shape[1] // 3 in _SMPL_JOINTS[1:]:
        array = array.reshape(len(array), -1, 3)[:, :NUM_JOINTS]
    joints, fps = joints_from_humanml3d(array)
    return JointArray(joints, fps, tuple(notes))


def _one_of_batch(array: np.ndarray, sample: str | None) -> tuple[np.ndarray, int]:
    """The motion that is meant, and how many there are."""
    is_batch = array.ndim == 4 or (
        array.ndim == 3 and array.shape[2] in (HUMANML3D.features, KIT_ML.features) and array.shape[2] > 3
    )
    if not is_batch:
        if sample not in (None, "1"):
            raise MotionError(f"has no person {sample[:60]!r}; it holds one motion")
        return array, 1
    if sample is not None and not (sample.isdecimal() and 1 <= int(sample) <= len(array)):
        raise MotionError(f"has no person {sample[:60]!r}; give a number from 1 to {len(array)}")
    return array[int(sample or 1) - 1], len(array)


def _ordered(array: np.ndarray) -> np.ndarray:
    """(T, J, 3) from any order of these axes; where several fit, the one in which bones keep their lengths."""
    fitting = [
        order
        for order in ((0, 1, 2), (2, 0, 1), *permutations(range(3)))
        if array.shape[order[2]] == 3 and array.shape[order[1]] in _JOINTS
    ]
    if not fitting:
        return array  # refused with its shape, by those that know the layouts
    best = min(fitting, key=lambda order: _stretch(array.transpose(order)))
    plain = _stretch(array.transpose(fitting[0]))
    return array.transpose(best if _stretch(array.transpose(best)) < _CLEARLY * plain else fitting[0])


def _stretch(joints: np.ndarray) -> float:
    """How much limbs change their lengths, as a part of them."""
    joints = joints[: _LOOKED_AT * 4 : 4].astype(np.float64)
    if joints.shape[1] not in _SMPL_JOINTS or not np.isfinite(joints).all():
        return np.inf
    spreads = []
    for upper, lower in _HIPS_AND_KNEES:
        lengths = np.linalg.norm(joints[:, upper] - joints[:, lower], axis=-1)
        spreads.append(np.ptp(lengths) / max(float(np.median(lengths)), 1e-9))
    return float(np.median(spreads))
