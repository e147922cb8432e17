"""HumanML3D's and KIT-ML's arrays: joint positions and features, both as positions of the 22 SMPL joints.

Layout of the features: https://github.com/EricGuo5513/HumanML3D. Only root and joint positions are read from them:
their rotations carry no twist of the limbs and belong to another skeleton.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ...motion import JOINT_NAMES, NUM_JOINTS, MotionError
from ...motion.rotations import rotate_ground
from ..rigs.rig import check_size


@dataclass(frozen=True)
class ArrayLayout:
    """Joints (T, joints, 3) and features (T, features) of a data set."""

    joints: int
    features: int
    fps: float


HUMANML3D = ArrayLayout(joints=NUM_JOINTS, features=263, fps=20.0)
KIT_ML = ArrayLayout(joints=21, features=251, fps=12.5)
#: SMPL joint -> KIT-ML's joints, whose middle stands for it: the spine has fewer there, and there are no collars.
_KIT_JOINTS: dict[str, tuple[int, ...]] = {
    "pelvis": (0,), "spine1": (0, 1), "spine2": (1,), "spine3": (2,), "neck": (3,), "head": (4,),
    "right_collar": (3, 3, 5), "right_shoulder": (5,), "right_elbow": (6,), "right_wrist": (7,),
    "left_collar": (3, 3, 8), "left_shoulder": (8,), "left_elbow": (9,), "left_wrist": (10,),
    "right_hip": (11,), "right_knee": (12,), "right_ankle": (13,), "right_foot": (14,),
    "left_hip": (16,), "left_knee": (17,), "left_ankle": (18,), "left_foot": (19,),
}  # fmt: skip


def joints_from_humanml3d(array: np.ndarray) -> tuple[Tensor, float]:
    """HumanML3D's or KIT-ML's (T, J, 3) joints, (T, 3 J) flat ones, or (T, F) features.

    Returns:
        (T, 22, 3) positions, y up, in the data set's unit; frames per second.

    Raises:
        MotionError: another shape, no numbers, or NaN.
    """
    if array.dtype.kind not in "fiu":
        raise MotionError(f"holds {array.dtype}, not numbers")
    for layout in (HUMANML3D, KIT_ML):
        if array.shape[1:] in ((layout.joints, 3), (3 * layout.joints,), (layout.features,)):
            break
    else:
        raise MotionError(
            f"has shape {array.shape}, expected (frames, 22, 3) joints or (frames, 263) features as in HumanML3D, "
            "or 21 joints or 251 features as in KIT-ML"
        )
    check_size(layout.joints, len(array))
    values = torch.from_numpy(np.asarray(array, dtype=np.float64))
    if not torch.isfinite(values).all() or values.abs().max() > 1e6:
        raise MotionError("holds NaN, infinity or absurdly large numbers; cut or repair those frames")
    is_features = values.shape[1:] == (layout.features,)
    joints = _joints(values, layout.joints) if is_features else values.reshape(-1, layout.joints, 3)
    if layout is KIT_ML:
        joints = torch.stack([joints[:, list(_KIT_JOINTS[name])].mean(dim=1) for name in JOINT_NAMES], dim=1)
    return joints, layout.fps


def _joints(features: Tensor, num_joints: int) -> Tensor:
    """Columns: turn and ground speed of the root per frame, its height, then the others around the root's heading."""
    frames = len(features)
    start = torch.zeros(1, dtype=features.dtype)
    # the column holds half the angle, of the turn that takes the heading out
    heading = -2 * torch.cat((start, features[:-1, 0])).cumsum(dim=0)
    steps = rotate_ground(torch.cat((start.expand(1, 2), features[:-1, 1:3])), heading)
    ground = steps.cumsum(dim=0)
    root = torch.stack((ground[:, 0], features[:, 3], ground[:, 1]), dim=-1)
    body = features[:, 4 : 1 + 3 * num_joints].reshape(frames, num_joints - 1, 3).clone()
    body[..., [0, 2]] = rotate_ground(body[..., [0, 2]], heading[:, None].expand(frames, num_joints - 1))
    body[..., [0, 2]] += ground[:, None]
    return torch.cat((root[:, None], body), dim=1)
