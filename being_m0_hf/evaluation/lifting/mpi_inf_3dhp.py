"""MPI-INF-3DHP (Mehta et al. 2017), for who has its files: its annotations, and its figures PCK, AUC and MPJPE."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from ...utils.imports import need_library
from ...utils.user_files import UserFileError
from ..metrics.pose_error import mpjpe

#: The 17 of its 28 joints that are measured, in the order of its test set.
JOINTS = (7, 5, 14, 15, 16, 9, 10, 11, 23, 24, 25, 18, 19, 20, 4, 3, 6)
ROOT, LEFT, RIGHT = 14, (5, 6, 7, 11, 12, 13), (2, 3, 4, 8, 9, 10)
PCK_MM, AUC_STEP_MM = 150.0, 5.0
#: Which of them is each of Human3.6M's joints; its head lies where we have the nose.
H36M_FROM_3DHP = (14, 8, 9, 10, 11, 12, 13, 15, 1, 16, 0, 5, 6, 7, 2, 3, 4)
_ALL_JOINTS = 28
_PICTURE = 2048


@dataclass(frozen=True, eq=False)
class DhpView:
    """A sequence from one of its cameras.

    Args:
        camera: number.
        keypoints: (T, 17, 2) x and y, -1 to 1 over the picture, in Human3.6M's order.
        joints: (T, 17, 3) millimetres about the root, in the camera's axes, in Human3.6M's order.
    """

    camera: int
    keypoints: Tensor
    joints: Tensor


def read_annotations(path: Path, picture: int = _PICTURE) -> Iterator[DhpView]:
    """The views of a training sequence's ``annot.mat``.

    Args:
        path: ``S1/Seq1/annot.mat`` for example; a MATLAB file up to version 7.
        picture: side of its square pictures, pixels.

    Raises:
        UserFileError: another file.
    """
    need_library("scipy", "data", "MPI-INF-3DHP's files")
    from scipy.io import loadmat

    try:
        held = loadmat(path, variable_names=("annot2", "annot3"))
    except NotImplementedError:
        raise UserFileError(f"{path}: is a MATLAB 7.3 file; expected a training sequence's annot.mat") from None
    except Exception as error:  # scipy raises nearly anything for what is no MATLAB file
        raise UserFileError(f"{path}: no MATLAB file, or cut short ({type(error).__name__})") from None
    if not {"annot2", "annot3"} <= held.keys():
        raise UserFileError(f"{path}: has no annot2 and annot3; expected a training sequence's annot.mat")
    views = zip(held["annot2"].ravel(), held["annot3"].ravel(), strict=False)
    for camera, (flat, deep) in enumerate(views):
        frames = len(deep)
        if getattr(flat, "shape", None) != (frames, 2 * _ALL_JOINTS) or deep.shape != (frames, 3 * _ALL_JOINTS):
            raise UserFileError(f"{path}: camera {camera} has other than {_ALL_JOINTS} joints in each frame")
        order = [JOINTS[index] for index in H36M_FROM_3DHP]
        points = torch.from_numpy(flat.astype("float32")).reshape(frames, _ALL_JOINTS, 2)[:, order]
        joints = torch.from_numpy(deep.astype("float32")).reshape(frames, _ALL_JOINTS, 3)[:, order]
        yield DhpView(camera, 2 * points / picture - 1, joints - joints[:, :1])


def dhp_errors(joints: Tensor, truth: Tensor) -> dict[str, float]:
    """``pck`` at 150 mm and ``auc`` (percent), and ``mpjpe_mm``.

    Args:
        joints, truth: (..., 17, 3) millimetres about the root, in one order.
    """
    distance = (joints - truth).norm(dim=-1)
    steps = torch.arange(0, PCK_MM + 1, AUC_STEP_MM)
    return {
        "pck": 100 * float((distance < PCK_MM).float().mean()),
        "auc": 100 * float(torch.stack([(distance < step).float().mean() for step in steps]).mean()),
        "mpjpe_mm": float(mpjpe(joints, truth)),
    }


__all__ = ["DhpView", "dhp_errors", "read_annotations"]
