"""HumanML3D's features with its own bones and rotations: what networks trained on its files expect.

Its rotations are found from positions. Its rest pose has arms and legs straight down, hips and collars sideways, feet
and head forward; the rotation kept at a joint is the smallest one that points the bone *ending* there, relative to the
bone before. Source: ``common/skeleton.py`` and ``motion_representation.ipynb`` of
https://github.com/EricGuo5513/HumanML3D.
"""

import roma
import torch
from torch import Tensor

from ..motion import JOINT_NAMES, NUM_JOINTS, PARENTS
from ..motion.h3d_features import h3d_columns, h3d_heading, place_h3d
from ..motion.rotations import yaw_quaternion
from .swings import swing

_DOWN, _UP, _FORWARD = (0.0, -1.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)
#: Where the bone that ends at a joint points in HumanML3D's rest pose.
_POINTS = {"pelvis": (0.0, 0.0, 0.0), "spine1": _UP, "spine2": _UP, "spine3": _UP, "neck": _UP, "head": _FORWARD} | {
    f"{side}_{joint}": direction
    for side, sideways in (("left", (1.0, 0.0, 0.0)), ("right", (-1.0, 0.0, 0.0)))
    for joint, direction in (
        ("hip", sideways), ("knee", _DOWN), ("ankle", _DOWN), ("foot", _FORWARD),
        ("collar", sideways), ("shoulder", _DOWN), ("elbow", _DOWN), ("wrist", _DOWN),
    )
}  # fmt: skip
_BEFORE = [0 if name.endswith("collar") else max(parent, 0) for name, parent in zip(JOINT_NAMES, PARENTS, strict=True)]
_LEG = [JOINT_NAMES.index("right_knee"), JOINT_NAMES.index("right_ankle")]


def humanml3d_features(joints: Tensor, lengths: Tensor | None = None) -> Tensor:
    """Features as HumanML3D's preparation makes them of joint positions.

    Args:
        joints: (T, 22, 3) metres, y up, 20 fps.
        lengths: (22,) of HumanML3D's bones, see `bone_lengths`; the body keeps its own by default.

    Returns:
        (T - 1, 263) float32.
    """
    joints = place_h3d(joints if lengths is None else with_bone_lengths(joints, lengths))
    return h3d_columns(joints, bone_rotations(joints))


def bone_rotations(joints: Tensor) -> Tensor:
    """(T, 22, 3) placed positions -> (T, 21, 4): for each joint the rotation of the bone that ends there.

    It is relative to the bone before. The bones at the root, and the collars, are relative to the *opposite* of the
    heading, as in HumanML3D's files.
    """
    rest = torch.tensor([_POINTS[name] for name in JOINT_NAMES], dtype=torch.float64)
    world = swing(rest.expand_as(joints), _bones(joints.double()))
    world[:, 0] = yaw_quaternion(-h3d_heading(joints))
    return roma.quat_product(roma.quat_conjugation(world[:, _BEFORE]), world)[:, 1:]


def bone_lengths(joints: Tensor) -> Tensor:
    """(T, 22, 3) -> (22,) length of the bone that ends at each joint, in the first frame."""
    return _bones(joints[:1].double()).norm(dim=-1)[0]


def with_bone_lengths(joints: Tensor, lengths: Tensor) -> Tensor:
    """The pose (T, 22, 3) with bones of other lengths, the root's path scaled by the ratio of the legs."""
    joints = joints.double()
    bones = _bones(joints)
    bones = bones * (lengths / bones.norm(dim=-1).clamp_min(1e-9))[..., None]
    placed = [joints[:, 0] * (lengths[_LEG].sum() / bone_lengths(joints)[_LEG].sum())]
    for joint in range(1, NUM_JOINTS):
        placed.append(placed[PARENTS[joint]] + bones[:, joint])
    return torch.stack(placed, dim=1)


def _bones(joints: Tensor) -> Tensor:
    """(T, 22, 3) from each joint's parent to the joint; the root's is zero."""
    return joints - joints[:, [max(parent, 0) for parent in PARENTS]]
