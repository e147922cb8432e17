"""The 17 joints of Human3.6M, in which pose lifting is published, from our 22.

The official regressor needs SMPL's mesh, which is under SMPL's licence. Ours is a formula on joints: the pelvis is the
middle of the hips, the spine is `spine2`, the thorax is `neck`, and two points are fixed to the head. It is near the
official joints, not equal to them: figures measured on it compare with each other only.
"""

import torch
from torch import Tensor

from .motion import Motion
from .skeleton import CANONICAL_SKELETON, JOINT_INDEX

H36M_NAMES: tuple[str, ...] = (
    "pelvis", "right_hip", "right_knee", "right_ankle", "left_hip", "left_knee", "left_ankle", "spine", "thorax",
    "nose", "head", "left_shoulder", "left_elbow", "left_wrist", "right_shoulder", "right_elbow", "right_wrist",
)  # fmt: skip
NUM_H36M_JOINTS = len(H36M_NAMES)
#: Which joint each joint becomes when the body is seen in a mirror.
H36M_MIRROR: tuple[int, ...] = tuple(
    H36M_NAMES.index(name.replace("left", "right") if "left" in name else name.replace("right", "left"))
    for name in H36M_NAMES
)
_SAME = {"spine": "spine2", "thorax": "neck"}
#: Metres from the joint `head` of the canonical body, in the head's frame (y up, z to the front).
_ON_THE_HEAD = {"nose": (0.0, 0.03, 0.08), "head": (0.0, 0.16, 0.02)}


def h36m_joints(motion: Motion) -> Tensor:
    """Joints of a motion in Human3.6M's order: (T, 17, 3) metres, in the world (y up)."""
    joints, rotations = motion.pose()
    size = motion.skeleton.leg_length / CANONICAL_SKELETON.leg_length
    head = JOINT_INDEX["head"]
    columns = []
    for name in H36M_NAMES:
        if name == "pelvis":
            column = (joints[:, JOINT_INDEX["left_hip"]] + joints[:, JOINT_INDEX["right_hip"]]) / 2
        elif name in _ON_THE_HEAD:
            column = joints[:, head] + rotations[:, head] @ (size * torch.tensor(_ON_THE_HEAD[name]))
        else:
            column = joints[:, JOINT_INDEX[_SAME.get(name, name)]]
        columns.append(column)
    return torch.stack(columns, dim=1)


def mirrored(joints: Tensor) -> Tensor:
    """Keypoints or joints (..., 17, 3) with left and right exchanged."""
    return joints[..., list(H36M_MIRROR), :] * joints.new_tensor([-1.0, 1.0, 1.0])
