"""SMPL poses under the names that data sets and pose estimators give them, as one layout.

| keys                                          | who writes them                              | up          |
|-----------------------------------------------|----------------------------------------------|-------------|
| poses, trans, mocap_framerate                 | AMASS (SMPL+H)                               | z           |
| root_orient, pose_body, trans, mocap_frame_rate | AMASS (SMPL-X), VPoser, HuMoR              | z           |
| global_orient, body_pose, transl              | the smplx package and most pose estimators   | not said    |
| smpl_poses, smpl_trans, smpl_scaling          | AIST++, in a unit of its own, 60 fps         | y           |

Poses are axis-angle numbers (T, 3 J), (T, J, 3), or matrices (T, J, 3, 3), with a batch of one before them or not.
"""

from dataclasses import dataclass

import numpy as np
import roma
import torch
from torch import Tensor

from ...motion import NUM_JOINTS, MotionError
from ..rigs.rig import check_size

_WHOLE = ("poses", "smpl_poses", "fullpose", "full_pose", "smpl_pose", "pose", "thetas", "pred_rotmat")
_ROOT = ("global_orient", "root_orient", "root_pose")
_BODY = ("body_pose", "pose_body")
_PLACES = ("trans", "transl", "translation", "smpl_trans", "root_trans", "root_translation", "pred_trans")
_RATES = ("mocap_framerate", "mocap_frame_rate", "fps", "frame_rate", "framerate", "mocap_fps")
_SCALING = "smpl_scaling"
KEYS: tuple[str, ...] = (*_WHOLE, *_ROOT, *_BODY, *_PLACES, *_RATES, _SCALING)
_MAX_ANGLE = 1000.0  # radians; some integrate turns over a clip
_AIST_FPS = 60.0
_BODY_JOINTS = NUM_JOINTS - 1


@dataclass(frozen=True, eq=False)
class SmplPoses:
    """Poses as a file holds them, in its own axes.

    Args:
        rotations: (T, 22, 4) local quaternions.
        translation: (T, 3); zero where the file has none.
        fps: None where the file names none.
        up: "z" or "y" by the layout's convention, None where it has none.
        notes: what a user should know.
    """

    rotations: Tensor
    translation: Tensor
    fps: float | None
    up: str | None
    notes: tuple[str, ...] = ()


def is_smpl(arrays: dict[str, np.ndarray]) -> bool:
    """Whether the arrays hold poses under any of those names."""
    return any(name in arrays for name in (*_WHOLE, *_ROOT, *_BODY))


def smpl_poses(arrays: dict[str, np.ndarray]) -> SmplPoses:
    """The poses in an archive's arrays.

    Raises:
        MotionError: no poses, or arrays whose shapes do not fit together.
    """
    notes: list[str] = []
    whole = next((name for name in _WHOLE if name in arrays), None)
    places = next((name for name in _PLACES if name in arrays), None)
    if whole is not None:
        rotations = _rotations(arrays, whole, NUM_JOINTS, notes)
    else:
        root, body = (next((name for name in names if name in arrays), None) for names in (_ROOT, _BODY))
        if root is None or body is None:
            raise MotionError('array "poses" is missing: not an AMASS-style motion, nor one of the smplx package')
        turned, posed = _rotations(arrays, root, 1, notes), _rotations(arrays, body, _BODY_JOINTS, notes)
        if len(turned) != len(posed):
            raise MotionError(f'"{root}" has {len(turned)} frames, "{body}" {len(posed)}; they must be as many')
        rotations = torch.cat((turned, posed), dim=1)
    if places is None and whole == "poses":
        raise MotionError('array "trans" is missing: not an AMASS-style motion')
    if places is None:
        translation = torch.zeros(len(rotations), 3, dtype=torch.float64)
        notes.append("the file says nothing of places: the body stays on its spot")
    else:
        translation = _numbers(arrays, places)
        if translation.ndim == 3 and translation.shape[1] == 1:
            translation = translation[:, 0]
        translation = _first_of_batch(translation, 2, places, notes)
        if translation.shape != (len(rotations), 3):
            shape = tuple(arrays[places].shape)
            raise MotionError(f'"{places}" has shape {shape}, expected ({len(rotations)}, 3)')
    is_aist = whole == "smpl_poses"
    if _SCALING in arrays and arrays[_SCALING].size == 1:
        scaling = float(_numbers(arrays, _SCALING).reshape(()))
        if not 1e-3 < scaling < 1e5:
            raise MotionError(f'"{_SCALING}" is {scaling:g}, expected the length of a metre in the file')
        translation = translation / scaling
    fps = _rate(arrays) or (_AIST_FPS if is_aist else None)
    up = "y" if is_aist else "z" if whole == "poses" or "root_orient" in arrays else None
    return SmplPoses(rotations, translation, fps, up, tuple(notes))


def _rotations(arrays: dict[str, np.ndarray], name: str, joints: int, notes: list[str]) -> Tensor:
    """(T, joints, 4) quaternions of the first joints."""
    values = _numbers(arrays, name)
    shape = tuple(values.shape)
    wrong = MotionError(f'"{name}" has shape {shape}, expected (frames, {3 * joints} or more) axis-angle numbers')
    is_matrix = values.ndim >= 4 and shape[-2:] == (3, 3)
    if is_matrix:
        values = _first_of_batch(values, 4, name, notes)
        if values.shape[1] < joints:
            raise wrong
        return roma.rotmat_to_unitquat(roma.special_procrustes(values[:, :joints]))
    if joints == 1 and values.ndim == 3 and len(values) == 1:
        values = values[0]
    values = _first_of_batch(values, 3 if shape[-1:] == (3,) else 2, name, notes)
    values = values.reshape(len(values), -1)
    if values.shape[1] < 3 * joints or values.shape[1] % 3:
        raise wrong
    if values[:, : 3 * joints].abs().max() > _MAX_ANGLE:
        raise MotionError(
            f'"{name}" holds angles of {float(values.abs().max()):.3g} radians; it is damaged or in degrees'
        )
    return roma.rotvec_to_unitquat(values[:, : 3 * joints].unflatten(1, (joints, 3)))


def _first_of_batch(values: Tensor, dimensions: int, name: str, notes: list[str]) -> Tensor:
    """Without the batch axis, if there is one more axis than a motion needs; the first motion of several."""
    if values.ndim == dimensions + 1:
        if len(values) > 1:
            notes.append(f'"{name}" holds {len(values)} motions, the first is taken')
        values = values[0]
    if values.ndim < 2 or values.ndim > 4 or len(values) < 1:
        raise MotionError(f'"{name}" has shape {tuple(values.shape)}, expected one row per frame')
    check_size(1, len(values))
    return values


def _numbers(arrays: dict[str, np.ndarray], name: str) -> Tensor:
    if arrays[name].dtype.kind not in "fiu":
        raise MotionError(f'"{name}" holds {arrays[name].dtype}, not numbers')
    return torch.from_numpy(arrays[name].astype(np.float64))


def _rate(arrays: dict[str, np.ndarray]) -> float | None:
    """Frames per second; None where the file names none, or zero."""
    rate = next((arrays[name] for name in _RATES if name in arrays), None)
    if rate is None or rate.size != 1 or rate.dtype.kind not in "fiu" or not float(rate.item()) > 0:
        return None
    return float(rate.item())
