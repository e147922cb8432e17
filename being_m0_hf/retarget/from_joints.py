"""``motion_from_joints``: rotations from joint positions alone.

Directions of bones are seen; how a bone is twisted about itself is not. Pelvis and chest are fitted to the joints
around them, thighs and upper arms are twisted so that knees and elbows bend the way they can, all other bones take the
smallest turn from the bone above.
"""

import roma
import torch
from torch import Tensor

from ..motion import CANONICAL_SKELETON, JOINT_INDEX, NUM_JOINTS, Motion, Skeleton
from ..motion.skeleton import PARENTS
from .plausible import check_body, check_toes, checked, leg_length, on_floor
from .rest_pose import up_axis
from .swings import swing, unit

#: Joint -> the joint its bone leads to, parents first; pelvis and chest have several.
_BONES: tuple[tuple[str, str], ...] = (
    ("spine1", "spine2"),
    ("spine2", "spine3"),
    ("neck", "head"),
    *(
        (f"{side}_{joint}", f"{side}_{child}")
        for side in ("left", "right")
        for joint, child in (
            ("hip", "knee"), ("knee", "ankle"), ("ankle", "foot"),
            ("collar", "shoulder"), ("shoulder", "elbow"), ("elbow", "wrist"),
        )
    ),
)  # fmt: skip
_FITTED = {"pelvis": ("left_hip", "right_hip", "spine1"), "spine3": ("neck", "left_collar", "right_collar")}
#: Joint -> end of the next bone, and the axis in our T-pose about which that bone bends.
_HINGES: dict[str, tuple[str, tuple[float, float, float]]] = {
    "left_hip": ("left_ankle", (1.0, 0.0, 0.0)),
    "right_hip": ("right_ankle", (1.0, 0.0, 0.0)),
    "left_shoulder": ("left_wrist", (0.0, -1.0, 0.0)),
    "right_shoulder": ("right_wrist", (0.0, 1.0, 0.0)),
}
_STRAIGHT_WEIGHT = 0.5  # sine of the bend at which hinge and smallest turn count alike
_LOW_FRAMES = 0.2  # part of the frames in which a foot is low enough to show how it stands flat


def motion_from_joints(
    joints: Tensor, fps: float, skeleton: Skeleton = CANONICAL_SKELETON, known: bool = False
) -> Motion:
    """The motion whose joints point as the given ones do.

    Args:
        joints: (T, 22, 3) positions of the SMPL joints, any unit and up axis.
        fps: frames per second.
        skeleton: the body to move.
        known: whether these are surely a body's joints with y up; otherwise the up axis is found and the body checked.

    Raises:
        MotionError: not a person, too few frames, or a result that no body can do.
    """
    joints = joints.double()
    y = torch.tensor([0.0, 1.0, 0.0], dtype=torch.float64)
    if not known:
        turn = swing(up_axis(joints, JOINT_INDEX, y), y)
        joints = roma.quat_action(turn.expand(joints.shape[:2] + (4,)), joints)
        check_body(joints, JOINT_INDEX)
    offsets = skeleton.offsets.double().clone()
    slope = sum(_foot_slope(joints, side) for side in ("left", "right")) / 2  # one body's feet stand alike
    for side in ("left", "right"):
        offsets[JOINT_INDEX[f"{side}_foot"]] = _sloping_foot(offsets, side, slope)
    frames = len(joints)
    world = world_rotations(joints, offsets)
    left = roma.quat_action(world[:, 0], torch.tensor([1.0, 0, 0], dtype=torch.float64).expand(frames, 3))
    if not known:
        check_toes(joints, JOINT_INDEX, unit(torch.linalg.cross(left, y.expand(frames, 3))))
    scale = skeleton.leg_length / leg_length(joints, JOINT_INDEX)
    hips = [JOINT_INDEX["left_hip"], JOINT_INDEX["right_hip"]]
    ours = roma.quat_action(world[:, 0], offsets[hips].mean(dim=0).expand(frames, 3))
    translation = joints[:, hips].mean(dim=1) * scale - ours
    return checked(on_floor(Motion(local_rotations(world, skeleton), translation, fps, skeleton)))


def world_rotations(joints: Tensor, offsets: Tensor) -> Tensor:
    """Rotations (T, 22, 4) of the joints in the world, each frame by itself.

    Args:
        joints: (T, 22, 3) positions, fp64, y up.
        offsets: (22, 3) of the skeleton, fp64.
    """
    frames = len(joints)
    world = roma.identity_quat(dtype=torch.float64).repeat(frames, NUM_JOINTS, 1)
    single = dict(_BONES)
    for joint, index in JOINT_INDEX.items():
        above = world[:, max(PARENTS[index], 0)]
        if joint in _FITTED:
            world[:, index] = _fitted(joints, offsets, joint)
        elif joint in single:
            world[:, index] = _pointed(above, joints, offsets, joint, single[joint])
        else:
            world[:, index] = above
    return world


def local_rotations(world: Tensor, skeleton: Skeleton = CANONICAL_SKELETON) -> Tensor:
    """Rotations (T, 22, 4) relative to the parents, from those in the world."""
    local = roma.quat_product(roma.quat_conjugation(world[:, [max(parent, 0) for parent in skeleton.parents]]), world)
    local[:, 0] = world[:, 0]
    return local


def _fitted(joints: Tensor, offsets: Tensor, joint: str) -> Tensor:
    """(T, 4): the rotation that brings the joint's neighbours nearest to where they are."""
    around = [JOINT_INDEX[name] for name in _FITTED[joint]]
    seen = unit(joints[:, around] - joints[:, JOINT_INDEX[joint], None])
    ours = unit(offsets[around]).expand_as(seen)
    return roma.rotmat_to_unitquat(roma.rigid_vectors_registration(ours, seen))


def _pointed(above: Tensor, joints: Tensor, offsets: Tensor, joint: str, child: str) -> Tensor:
    """(T, 4): the rotation of the bone above, turned until the bone points at its child, and twisted to its hinge."""
    at, below = JOINT_INDEX[joint], JOINT_INDEX[child]
    bone = unit(joints[:, below] - joints[:, at])
    rotation = roma.quat_product(swing(roma.quat_action(above, offsets[below].expand_as(bone)), bone), above)
    if joint not in _HINGES:
        return rotation
    end, resting = _HINGES[joint]
    axis = roma.quat_action(rotation, torch.tensor(resting, dtype=torch.float64).expand_as(bone))
    axis = unit(axis - (axis * bone).sum(dim=-1, keepdim=True) * bone)
    hinge = torch.linalg.cross(bone, unit(joints[:, JOINT_INDEX[end]] - joints[:, below]))
    return roma.quat_product(swing(axis, hinge + _STRAIGHT_WEIGHT * axis), rotation)


def _foot_slope(joints: Tensor, side: str) -> float:
    """Sine of the slope that this body's foot has when it stands."""
    ankle, foot = joints[:, JOINT_INDEX[f"{side}_ankle"]], joints[:, JOINT_INDEX[f"{side}_foot"]]
    height = foot[:, 1] + ankle[:, 1]
    low = height <= height.quantile(_LOW_FRAMES)
    return float(unit(foot - ankle)[low, 1].median().clamp(-0.9, 0.1))


def _sloping_foot(offsets: Tensor, side: str, slope: float) -> Tensor:
    """(3,) our foot's direction with another slope."""
    ours = offsets[JOINT_INDEX[f"{side}_foot"]]
    ahead = unit(ours * torch.tensor([1.0, 0.0, 1.0], dtype=ours.dtype))
    up = torch.tensor([0.0, 1.0, 0.0], dtype=ours.dtype)
    return ours.norm() * (ahead * (1 - slope**2) ** 0.5 + up * slope)
