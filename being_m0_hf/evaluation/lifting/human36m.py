"""Human3.6M (Ionescu et al. 2014), for who has its files: VideoPose3D's two archives, and errors by its protocols.

VideoPose3D's ``data_3d_h36m.npz`` and ``data_2d_h36m_*.npz`` hold a pickled dictionary, as MotionBERT's files do, and
pickles are never loaded here. `read_views` says the command that writes the same numbers as plain arrays.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import roma
import torch
from torch import Tensor
from transformers import PreTrainedModel

from ...utils.user_files import UserFileError, read_user_json
from .synthetic import errors_mm, lifted

TRAIN_SUBJECTS, TEST_SUBJECTS = ("S1", "S5", "S6", "S7", "S8"), ("S9", "S11")
#: Recordings whose joints are not where the body is; s_09_act_05_subact_02, s_09_act_10_subact_02 and
#: s_09_act_13_subact_01 in Human3.6M's numbers.
DROPPED = ("S9/Greeting", "S9/SittingDown 1", "S9/Waiting 1")
#: The 17 of its 32 joints that are measured, in the order of `H36M_NAMES`.
JOINTS = (0, 1, 2, 3, 6, 7, 8, 12, 13, 14, 15, 17, 18, 19, 25, 26, 27)
FRAME_RATE = 50.0
#: Side of its pictures, pixels; some have two rows more.
PICTURE = 1000
#: What a sequence is cut into; the published figures are for 243 frames.
CLIP = 243
_PLAIN_2D = (
    "python -c \"import numpy as n; d = n.load('{file}', allow_pickle=True)['positions_2d'].item(); n.savez("
    "'plain_2d.npz', **{{f'{{s}}/{{a}}/{{c}}': v for s in d for a in d[s] for c, v in enumerate(d[s][a])}})\""
)
_PLAIN_3D = (
    "python -c \"import numpy as n; d = n.load('{file}', allow_pickle=True)['positions_3d'].item(); n.savez("
    "'plain_3d.npz', **{{f'{{s}}/{{a}}': d[s][a] for s in d for a in d[s]}})\""
)
_NOT_QUATERNIONS = (
    'expected {"S9": [[w, x, y, z], ...], ...}: how each camera of a subject stands, as VideoPose3D has it'
)


@dataclass(frozen=True, eq=False)
class H36mView:
    """A recording from one of its cameras.

    Args:
        subject, action, camera: as ``S9``, ``Walking 1``, 0.
        keypoints: (T, 17, 2) x and y, -1 to 1 over the picture.
        joints: (T, 17, 3) metres about the pelvis, in the camera's axes.
    """

    subject: str
    action: str
    camera: int
    keypoints: Tensor
    joints: Tensor

    @property
    def kind(self) -> str:
        """The action without its number: figures are means over these."""
        return self.action.split(" ")[0]


def read_views(
    points_file: Path, joints_file: Path, cameras_file: Path, subjects: Sequence[str] = TEST_SUBJECTS
) -> Iterator[H36mView]:
    """All that was filmed of some subjects, but for what the protocol drops.

    Args:
        points_file: 2D, true or detected: arrays ``S9/Walking/0`` (T, 17, 2) in pixels.
        joints_file: 3D: arrays ``S9/Walking`` (T, 32 or 17, 3) in metres, in the world.
        cameras_file: JSON, subject -> quaternions (w, x, y, z) that turn each camera into the world.

    Raises:
        UserFileError: other files, or pickles.
    """
    points, joints = _arrays(points_file, _PLAIN_2D), _arrays(joints_file, _PLAIN_3D)
    cameras = _cameras(cameras_file)
    with points, joints:
        names = [name for name in joints.files if name.split("/")[0] in subjects and name not in DROPPED]
        if not names:
            raise UserFileError(f"{joints_file}: has nothing of {', '.join(subjects)}; expected names as S9/Walking")
        for name in names:
            subject, action = name.split("/", 1)
            world = _read(joints, joints_file, name, 3)
            for camera, turned in enumerate(cameras.get(subject, ())):
                if f"{name}/{camera}" not in points.files:
                    raise UserFileError(f"{points_file}: has no {name}/{camera}, which {joints_file.name} has in 3D")
                flat = _read(points, points_file, f"{name}/{camera}", 2)
                frames = min(len(flat), len(world))
                viewed = (world[:frames] - world[:frames, :1]) @ turned
                yield H36mView(subject, action, camera, 2 * flat[:frames] / PICTURE - 1, viewed)


def human36m_errors(model: PreTrainedModel, views: Iterable[H36mView], flip: bool = True) -> dict[str, float]:
    """``p1_mm``, ``p2_mm`` and ``mpjve_mm``: means over the frames of an action, and then over the actions.

    Args:
        model: lifts to metres, or to a multiple that a training on these files gave it.
        flip: average with the mirror image.
    """
    frames: dict[str, int] = {}
    sums: dict[str, dict[str, float]] = {}
    for view in views:
        for start in range(0, len(view.joints), CLIP):
            truth = view.joints[start : start + CLIP]
            flat = view.keypoints[start : start + CLIP]
            if len(truth) < 2:  # no velocity
                continue
            clip = {
                "keypoints": torch.cat((flat, torch.ones_like(flat[..., :1])), -1),
                "labels": truth,
                "frame_rate": torch.tensor(FRAME_RATE),
            }
            errors = errors_mm(lifted(model, [clip], flip)[0], truth)
            of_kind = sums.setdefault(view.kind, dict.fromkeys(errors, 0.0))
            for name, error in errors.items():
                of_kind[name] += error * len(truth)
            frames[view.kind] = frames.get(view.kind, 0) + len(truth)
    if not sums:
        return {}
    means = [{name: total / frames[kind] for name, total in errors.items()} for kind, errors in sums.items()]
    return {name: sum(each[name] for each in means) / len(means) for name in means[0]}


def _arrays(path: Path, make_plain: str) -> np.lib.npyio.NpzFile:
    try:
        held = np.load(path, allow_pickle=False)
    except Exception as error:  # numpy raises nearly anything for what is no archive
        raise UserFileError(f"{path}: no archive of arrays, .npz ({type(error).__name__})") from None
    if not isinstance(held, np.lib.npyio.NpzFile):
        raise UserFileError(f"{path}: one array, expected an archive of arrays, .npz")
    if {"positions_2d", "positions_3d"} & set(held.files):
        held.close()
        raise UserFileError(
            f"{path}: holds a pickle, which can run code and is never loaded; if you trust it, write its plain arrays "
            f"with: {make_plain.format(file=path)}"
        )
    return held


def _read(held: np.lib.npyio.NpzFile, path: Path, name: str, size: int) -> Tensor:
    """(T, 17, size)."""
    try:
        array = np.asarray(held[name], dtype=np.float32)
    except ValueError as error:
        raise UserFileError(f"{path}: {name} is no plain array of numbers ({error})") from None
    if array.ndim == 3 and array.shape[1] == 32:
        array = array[:, list(JOINTS)]
    if array.ndim != 3 or array.shape[1:] != (len(JOINTS), size) or not np.isfinite(array).all():
        raise UserFileError(f"{path}: {name} has shape {array.shape}, expected (frames, 17, {size}) finite numbers")
    return torch.from_numpy(array)


def _cameras(path: Path) -> dict[str, list[Tensor]]:
    """Rotations (3, 3) that turn a camera into the world, of each subject."""
    held = read_user_json(path)
    if not isinstance(held, dict):
        raise UserFileError(f"{path}: {_NOT_QUATERNIONS}")
    cameras = {}
    for subject, quaternions in held.items():
        try:
            wxyz = torch.tensor(quaternions, dtype=torch.float32).reshape(-1, 4)
        except (TypeError, ValueError, RuntimeError):
            raise UserFileError(f"{path}: {subject}: {_NOT_QUATERNIONS}") from None
        if not (wxyz.norm(dim=-1) - 1).abs().le(1e-2).all():
            raise UserFileError(f"{path}: {subject}: {_NOT_QUATERNIONS}")
        cameras[subject] = list(roma.unitquat_to_rotmat(roma.quat_normalize(wxyz[:, [1, 2, 3, 0]])))
    return cameras


__all__ = ["DROPPED", "H36mView", "JOINTS", "TEST_SUBJECTS", "TRAIN_SUBJECTS", "human36m_errors", "read_views"]
