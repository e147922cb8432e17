"""A motion from Human3.6M's 17 joints, which pose lifting gives: bones get steady lengths, missing joints their place.

Five of our joints are not among the 17: the lower and the upper spine and the collars follow pelvis and chest, toes
follow shins and knees, and lie flat where a foot is on the floor. Nose and crown tell how the head is turned.
"""

from functools import cache

import roma
import torch
from torch import Tensor

from ...motion import CANONICAL_SKELETON, JOINT_INDEX, MIN_FRAMES, Motion
from ...motion.h36m_joints import H36M_NAMES, h36m_joints
from ...motion.kinematics import forward_kinematics
from ...retarget.from_joints import local_rotations, motion_from_joints, world_rotations
from ...retarget.swings import frame, unit

#: Joint -> the joint its bone comes from, in an order in which parents come first.
_BONES = (
    ("right_hip", "pelvis"), ("right_knee", "right_hip"), ("right_ankle", "right_knee"),
    ("left_hip", "pelvis"), ("left_knee", "left_hip"), ("left_ankle", "left_knee"),
    ("spine", "pelvis"), ("thorax", "spine"), ("nose", "thorax"), ("head", "thorax"),
    ("left_shoulder", "thorax"), ("left_elbow", "left_shoulder"), ("left_wrist", "left_elbow"),
    ("right_shoulder", "thorax"), ("right_elbow", "right_shoulder"), ("right_wrist", "right_elbow"),
)  # fmt: skip
#: An ankle so low over the lowest (m) belongs to a foot that stands; one higher than the second does not.
_STANDING, _LIFTED = 0.06, 0.2
_STRAIGHT_WEIGHT = 0.3  # sine of a knee's bend at which the pelvis tells as much as the knee where the toes point


def motion_from_h36m(joints: Tensor, fps: float) -> Motion:
    """The motion of the canonical body that moves as the joints do.

    Args:
        joints: (T, 17, 3) metres, y up, in Human3.6M's order; with the path of the body, if there is one.
        fps: frames a second.

    Raises:
        MotionError: joints that no body can do.
    """
    joints = steady_bones(joints.double())
    joints = torch.cat((joints, joints[-1:].expand(max(0, MIN_FRAMES - len(joints)), -1, -1)))
    turned, head = _smpl_joints(joints, flat_feet=True)
    motion = motion_from_joints(turned, fps, known=True)
    matrices = roma.unitquat_to_rotmat(motion.rotations.double())
    _, turns = forward_kinematics(matrices, motion.translation.double(), CANONICAL_SKELETON.offsets.double())
    neck = roma.rotmat_to_unitquat(turns[:, JOINT_INDEX["neck"]])
    rotations = motion.rotations.clone()
    rotations[:, JOINT_INDEX["head"]] = roma.quat_product(roma.quat_conjugation(neck), head).float()
    return motion.replace(rotations=rotations)


def pose_from_h36m(joints: Tensor) -> Tensor:
    """Local rotations (T, 22, 4) of the canonical body, each frame by itself, so that they can be had of a stream."""
    turned, head = _smpl_joints(steady_bones(joints.double()), flat_feet=False)
    world = world_rotations(turned, CANONICAL_SKELETON.offsets.double())
    world[:, JOINT_INDEX["head"]] = head
    return local_rotations(world).float()


def steady_bones(joints: Tensor) -> Tensor:
    """The same directions of bones (T, 17, 3) with the canonical body's lengths."""
    rest, result = _rest(), joints.clone()
    for name, parent in _BONES:
        child, above = H36M_NAMES.index(name), H36M_NAMES.index(parent)
        length = (rest[child] - rest[above]).norm()
        result[:, child] = result[:, above] + length * unit(joints[:, child] - joints[:, above])
    return result


def _smpl_joints(joints: Tensor, flat_feet: bool) -> tuple[Tensor, Tensor]:
    """(T, 17, 3) -> places of our 22 joints, (T, 22, 3), and how the head is turned in the world, (T, 4)."""
    place = dict(zip(H36M_NAMES, joints.unbind(1), strict=True))
    hips = (place["left_hip"] + place["right_hip"]) / 2
    offsets = CANONICAL_SKELETON.offsets.double()

    def put(base: Tensor, turn: Tensor, offset: Tensor) -> Tensor:
        return base + roma.quat_action(turn, offset.expand(len(base), 3))

    pelvis_turn = _turn(place["left_hip"] - place["right_hip"], place["spine"] - hips, "pelvis")
    chest_turn = _turn(place["left_shoulder"] - place["right_shoulder"], place["thorax"] - place["spine"], "chest")
    crown, nose = place["head"] - place["thorax"], place["nose"] - place["thorax"]
    head_turn = _turn(torch.linalg.cross(crown, nose), crown, "head")
    found = {name: place[name] for name in JOINT_INDEX if name in place}
    middle = offsets[[JOINT_INDEX["left_hip"], JOINT_INDEX["right_hip"]]].mean(0)
    found["pelvis"] = put(hips, pelvis_turn, -middle)
    found["spine1"] = put(found["pelvis"], pelvis_turn, offsets[JOINT_INDEX["spine1"]])
    found["spine2"] = place["spine"]
    found["neck"] = place["thorax"]
    found["spine3"] = put(place["thorax"], chest_turn, -offsets[JOINT_INDEX["neck"]])
    found["head"] = put(place["thorax"], head_turn, offsets[JOINT_INDEX["head"]])
    floor = torch.stack([place[f"{side}_ankle"][:, 1] for side in ("left", "right")]).amin() if flat_feet else None
    left = roma.quat_action(pelvis_turn, torch.tensor([1.0, 0, 0]).to(hips).expand_as(hips))
    for side in ("left", "right"):
        found[f"{side}_collar"] = put(found["spine3"], chest_turn, offsets[JOINT_INDEX[f"{side}_collar"]])
        found[f"{side}_foot"] = _foot(place, left, side, offsets[JOINT_INDEX[f"{side}_foot"]], floor)
    return torch.stack([found[name] for name in JOINT_INDEX], dim=1), head_turn


def _foot(place: dict[str, Tensor], left: Tensor, side: str, offset: Tensor, floor: Tensor | None) -> Tensor:
    """Where the toes are: ahead of the shin, to where the knee points; flat where the ankle is low."""
    hip, knee, ankle = (place[f"{side}_{joint}"] for joint in ("hip", "knee", "ankle"))
    hinge = torch.linalg.cross(unit(knee - hip), unit(ankle - knee))
    left = hinge + _STRAIGHT_WEIGHT * left
    toes = ankle + roma.quat_action(frame(left, knee - ankle), offset.expand_as(ankle))
    if floor is None:
        return toes
    ahead = torch.linalg.cross(left, torch.tensor([0.0, 1.0, 0.0]).to(left).expand_as(left))
    across = (offset * torch.tensor([1.0, 0.0, 1.0]).to(offset)).norm()
    flat = ankle + across * unit(ahead) + offset * torch.tensor([0.0, 1.0, 0.0]).to(offset)
    lifted = ((ankle[:, 1:2] - floor - _STANDING) / (_LIFTED - _STANDING)).clamp(0, 1)
    mixed = lifted * toes + (1 - lifted) * flat - ankle
    return ankle + offset.norm() * unit(mixed)


def _turn(left: Tensor, up: Tensor, part: str) -> Tensor:
    """(T, 4): how a part of the body is turned from the rest pose, of the directions to its left and upwards."""
    resting = frame(*_rest_directions()[part])
    return roma.quat_product(frame(left, up), roma.quat_conjugation(resting).expand(len(left), 4))


@cache
def _rest() -> Tensor:
    """(17, 3) joints of the canonical body at rest."""
    still = roma.identity_quat().repeat(MIN_FRAMES, len(JOINT_INDEX), 1)
    return h36m_joints(Motion(still, torch.zeros(MIN_FRAMES, 3)))[0].double()


@cache
def _rest_directions() -> dict[str, tuple[Tensor, Tensor]]:
    place = dict(zip(H36M_NAMES, _rest(), strict=True))
    crown, nose = place["head"] - place["thorax"], place["nose"] - place["thorax"]
    return {
        "pelvis": (place["left_hip"] - place["right_hip"], place["spine"] - place["pelvis"]),
        "chest": (place["left_shoulder"] - place["right_shoulder"], place["thorax"] - place["spine"]),
        "head": (torch.linalg.cross(crown, nose), crown),
    }


__all__ = ["motion_from_h36m", "pose_from_h36m", "steady_bones"]
