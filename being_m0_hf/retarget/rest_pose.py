"""Where a rig's pose and our T-pose correspond: in its zero pose if that shows a standing person, else in a frame.

Zero poses are T-poses, A-poses, arms down, or no pose at all (every bone along one axis). In the reference pose the
trunk, the head and the feet are taken to be as in our T-pose, and arms and legs are turned to it by their directions.
"""

import math
from dataclasses import dataclass
from itertools import permutations, product

import roma
import torch
from torch import Tensor

from ..io.rigs.rig import RigAnimation
from ..motion import JOINT_INDEX, NUM_JOINTS, MotionError, Skeleton
from .plausible import check_toes
from .swings import frame, nearest_axis, swing, unit

#: The bones that are turned to their direction in the reference pose and in every frame.
LIMB_BONES: dict[str, str] = {
    f"{side}_{joint}": f"{side}_{child}"
    for side in ("left", "right")
    for joint, child in (("hip", "knee"), ("knee", "ankle"), ("shoulder", "elbow"), ("elbow", "wrist"))
}
_STANDING = 0.8  # cosine of thighs and shins to the trunk's line in a zero pose that shows a standing person
_PERSON = 0.35  # cosine of hip to ankle to the trunk's line in the straightest frame; a four-legged body has 0
_STRAIGHT = 0.95  # cosine between the two bones of a limb that its zero pose holds straight
_UPRIGHT = 0.92  # cosine within which a trunk counts as upright along an axis
_FLAT_FOOT = (-0.9, 0.1)  # sine of the slope from ankle to toe joint of a foot that may stand flat
_LOW_FRAMES = 0.2  # part of the frames in which a foot is low enough to show how it stands
_ALONG_AXIS = 0.9  # cosine between a bone and the axis it follows
_NEAR_AXES = 0.7  # radians a frame may be wrong by and still say which axis is which
#: The 24 rotations that turn axes into axes.
_QUARTER_TURNS = torch.stack([
    matrix
    for order in permutations(range(3))
    for signs in product((1.0, -1.0), repeat=3)
    if torch.det(matrix := torch.diag(torch.tensor(signs, dtype=torch.float64))[list(order)]) > 0
])  # fmt: skip
_MAX_FRAMES = 240  # frames looked at, spread over the clip
_MIN_SPREAD_GAIN = 0.05
_UPRIGHT_MEAN = 0.8  # mean cosine between the body and the axis it stands along
_STEADY = 0.12  # of the body's length: more unsteadiness is no floor


@dataclass(frozen=True, eq=False)
class Reference:
    """A pose of the rig in which its body and our T-pose correspond.

    Args:
        rotations: (J, 4) world rotations of the rig's joints in that pose.
        body: (4,) the rotation from our T-pose's axes to the rig's in that pose.
        turns: (22, 4) what turns each joint of our T-pose, seen in our axes, into that pose.
        is_zero_pose: False where the zero pose shows nobody and a frame was taken.
    """

    rotations: Tensor
    body: Tensor
    turns: Tensor
    is_zero_pose: bool


def find_reference(rig: RigAnimation, joints: dict[str, int], skeleton: Skeleton) -> tuple[Reference, Tensor]:
    """The reference pose, and the up axis (3,) of the animation in the file's axes.

    Args:
        joints: SMPL joint -> joint of the rig.
        skeleton: whose T-pose is meant.

    Raises:
        MotionError: no pose in the clip is that of a standing or sitting person.
    """
    world, turns = rig.world()
    rest, rest_rotations = positions, rotations = rig.rest_world()
    standing = bool(_straightness(positions[None], joints)[0] > _STANDING)
    rest_up = nearest_axis(_trunk(positions, joints)) if standing else torch.tensor([0.0, 1, 0], dtype=torch.float64)
    up = torch.tensor([0.0, 1, 0], dtype=torch.float64) if rig.up == "y" else up_axis(world, joints, rest_up)
    pose_up = rest_up
    if not standing:
        chosen = torch.linspace(0, len(world) - 1, min(len(world), _MAX_FRAMES)).round().long()
        scores = _straightness(world[chosen], joints)
        best = int(chosen[scores.argmax()])
        if _leg_line(world[best], joints) < _PERSON:
            raise MotionError(
                "not a person: no upright trunk above two legs, neither in the zero pose nor in any frame; "
                "if it is one, give a joint map"
            )
        positions, rotations, pose_up = world[best], turns[best], up
    trunk = unit(_trunk(positions, joints))
    body = frame(_across(positions, joints, "hip"), pose_up if float(trunk @ pose_up) > _UPRIGHT else trunk)
    seen = roma.quat_action(roma.quat_conjugation(body).expand(len(positions), 4), positions)
    check_toes(seen, joints, torch.tensor([0.0, 0.0, 1.0], dtype=seen.dtype))
    moved = roma.quat_product(rotations, roma.quat_conjugation(rest_rotations))
    around = body.expand_as(moved)
    moved = roma.quat_product(roma.quat_product(roma.quat_conjugation(around), moved), around)
    flat = None if standing else _flat_slope(world, up, joints)
    turned_up = roma.quat_action(roma.quat_conjugation(body), up)
    turns = _turns(seen, _bends(rest, moved, joints), joints, skeleton)
    _turn_feet(turns, seen, turned_up, flat, joints, skeleton)
    if not standing:
        _level(turns, seen, joints)
        if _has_body_axes(rest, joints):
            own = roma.quat_product(roma.quat_conjugation(body.expand_as(rotations)), rotations)
            _take_own_axes(turns, own, seen, joints, skeleton)
    return Reference(rotations, body, turns, standing), up


def _across(positions: Tensor, joints: dict[str, int], joint: str) -> Tensor:
    """From right to left: (..., 3)."""
    return positions[..., joints[f"left_{joint}"], :] - positions[..., joints[f"right_{joint}"], :]


def _middle(positions: Tensor, joints: dict[str, int], joint: str) -> Tensor:
    return (positions[..., joints[f"left_{joint}"], :] + positions[..., joints[f"right_{joint}"], :]) / 2


def _trunk(positions: Tensor, joints: dict[str, int]) -> Tensor:
    return _middle(positions, joints, "shoulder") - _middle(positions, joints, "hip")


def _bone(positions: Tensor, joints: dict[str, int], joint: str, child: str) -> Tensor:
    return unit(positions[..., joints[child], :] - positions[..., joints[joint], :])


def _straightness(positions: Tensor, joints: dict[str, int]) -> Tensor:
    """(N,) how much each pose (N, J, 3) is that of a standing person: 1 is straight, hips below shoulders."""
    trunk = unit(_trunk(positions, joints))
    parts = [(unit(_across(positions, joints, "hip")) * unit(_across(positions, joints, "shoulder"))).sum(dim=-1)]
    for side in ("left", "right"):
        thigh = _bone(positions, joints, f"{side}_hip", f"{side}_knee")
        shin = _bone(positions, joints, f"{side}_knee", f"{side}_ankle")
        upper = _bone(positions, joints, f"{side}_shoulder", f"{side}_elbow")
        fore = _bone(positions, joints, f"{side}_elbow", f"{side}_wrist")
        parts += [-(thigh * trunk).sum(dim=-1), -(shin * trunk).sum(dim=-1)]
        # arms may hang, spread or bend a little
        parts.append(((upper * fore).sum(dim=-1) + 1).clamp(max=1.7) / 1.7)
    head = unit(positions[..., joints["head"], :] - _middle(positions, joints, "hip"))
    parts.append((head * trunk).sum(dim=-1))
    return torch.stack(parts).amin(dim=0)


def _leg_line(positions: Tensor, joints: dict[str, int]) -> float:
    legs = _middle(positions, joints, "ankle") - _middle(positions, joints, "hip")
    return float(-unit(legs) @ unit(_trunk(positions, joints)))


def up_axis(world: Tensor, joints: dict[str, int], rest_up: Tensor) -> Tensor:
    """The animation's up axis: where heads are over ankles, unless the zero pose says otherwise and the floor agrees.

    A person lying or crawling through the whole clip and a clip whose root is turned to another up axis look alike;
    along the true axis the lowest point of the body stays near one height, and near zero.
    """
    chosen = torch.linspace(0, len(world) - 1, min(len(world), _MAX_FRAMES)).round().long()
    points = world[chosen][:, sorted(set(joints.values()))]
    body = world[chosen][:, joints["head"]] - _middle(world[chosen], joints, "ankle")
    seen = nearest_axis(unit(body).mean(dim=0))
    if torch.equal(seen, rest_up):
        return seen
    size = body.norm(dim=-1).median()

    def unsteadiness(axis: Tensor) -> Tensor:
        lowest = (points @ axis).amin(dim=1)
        return (lowest.quantile(0.9) - lowest.quantile(0.1) + lowest.median().abs()) / size

    other = float(unsteadiness(rest_up))
    upright = float((unit(body) @ seen).mean()) > _UPRIGHT_MEAN and other > _STEADY
    return seen if upright or float(unsteadiness(seen)) + _MIN_SPREAD_GAIN < other else rest_up


def _level(turns: Tensor, seen: Tensor, joints: dict[str, int]) -> None:
    """A frame of a movement is not level: hips and collars say how pelvis and chest lean and turn in it."""
    carriers = "collar" if "left_collar" in joints and "right_collar" in joints else "shoulder"
    left = torch.tensor([1.0, 0, 0], dtype=seen.dtype)
    pelvis, chest = (swing(left, _across(seen, joints, joint)) for joint in ("hip", carriers))
    between = roma.unitquat_slerp(pelvis, chest, torch.tensor([1 / 3, 2 / 3], dtype=seen.dtype))
    turns[JOINT_INDEX["pelvis"]] = pelvis
    turns[JOINT_INDEX["spine1"]], turns[JOINT_INDEX["spine2"]] = between
    for joint in ("spine3", "left_collar", "right_collar"):
        turns[JOINT_INDEX[joint]] = chest


def _has_body_axes(rest: Tensor, joints: dict[str, int]) -> bool:
    """Whether the rig's own axes run along and across its trunk, as in most files whose zero pose shows nobody."""
    carriers = "collar" if "left_collar" in joints and "right_collar" in joints else "shoulder"
    bones = [_across(rest, joints, "hip"), _across(rest, joints, carriers)]
    if "neck" in joints:
        bones.append(rest[joints["neck"]] - rest[joints["spine3"]])
    return all(float(unit(bone) @ nearest_axis(bone)) > _ALONG_AXIS for bone in bones)


def _take_own_axes(turns: Tensor, own: Tensor, seen: Tensor, joints: dict[str, int], skeleton: Skeleton) -> None:
    """Let trunk, collars, head and the twist of limbs follow the rig's own axes (J, 4), exact where a frame is not.

    In our T-pose each of those axes lies along one of ours; the frame has only to say along which.
    """
    for joint, index in joints.items():
        if joint.endswith(("ankle", "foot")):
            continue  # a foot's bone slopes, so its axes do too
        at = JOINT_INDEX[joint]
        frame_says = roma.unitquat_to_rotmat(roma.quat_product(roma.quat_conjugation(own[index]), turns[at]))
        nearest = _QUARTER_TURNS[(_QUARTER_TURNS * frame_says).sum(dim=(1, 2)).argmax()]
        turn = roma.quat_product(own[index], roma.rotmat_to_unitquat(nearest))
        if float(roma.unitquat_geodesic_distance(turn, turns[at])) < _NEAR_AXES:
            if joint in LIMB_BONES:
                child = LIMB_BONES[joint]
                ours = roma.quat_action(turn, skeleton.offsets[JOINT_INDEX[child]].double())
                turn = roma.quat_product(swing(ours, _bone(seen, joints, joint, child)), turn)
            turns[at] = turn


def _bends(rest: Tensor, moved: Tensor, joints: dict[str, int]) -> dict[str, Tensor]:
    """Knees, elbows and wrists of the rig: how each is bent (4,) in the reference pose, seen in our axes.

    Even a zero pose that shows nobody mostly holds its limbs straight. Where it does, bending counts from there; where
    it does not, nothing is known and the joint is taken as not bent.
    """
    bends: dict[str, Tensor] = {}
    for side in ("left", "right"):
        for upper, middle, lower in (("hip", "knee", "ankle"), ("shoulder", "elbow", "wrist")):
            first, second = (
                _bone(rest, joints, f"{side}_{joint}", f"{side}_{child}")
                for joint, child in ((upper, middle), (middle, lower))
            )
            if float(first @ second) > _STRAIGHT:
                chain = [joints[f"{side}_{joint}"] for joint in (upper, middle, lower)]
                bend = roma.quat_product(moved[chain[1:]], roma.quat_conjugation(moved[chain[:-1]]))
                bends |= {f"{side}_{middle}": bend[0], f"{side}_{lower}": bend[1]}
    return bends


def _turns(seen: Tensor, bends: dict[str, Tensor], joints: dict[str, int], skeleton: Skeleton) -> Tensor:
    """(22, 4): identity for trunk and head; limbs by their directions; hands as they are bent."""
    offsets = skeleton.offsets.double()
    turns = roma.identity_quat(dtype=seen.dtype).repeat(NUM_JOINTS, 1)
    for joint, child in LIMB_BONES.items():
        at, below = JOINT_INDEX[joint], JOINT_INDEX[child]
        start = turns[skeleton.parents[at]]
        if joint in bends:
            start = roma.quat_product(bends[joint], start)
        bone = roma.quat_action(start, offsets[below])
        turns[at] = roma.quat_product(swing(bone, _bone(seen, joints, joint, child)), start)
    for side in ("left", "right"):
        wrist, elbow = JOINT_INDEX[f"{side}_wrist"], JOINT_INDEX[f"{side}_elbow"]
        turns[wrist] = roma.quat_product(bends.get(f"{side}_wrist", turns[0]), turns[elbow])
    return turns


def _flat_slope(world: Tensor, up: Tensor, joints: dict[str, int]) -> float | None:
    """Angle in radians from ankle to toe joint of feet that stand: the same for both, and not that of one frame.

    In the frame that serves as reference one foot may be pointed; over the clip both come to stand.
    """
    slopes = []
    for side in ("left", "right"):
        if f"{side}_foot" in joints:
            ankle, foot = world[:, joints[f"{side}_ankle"]], world[:, joints[f"{side}_foot"]]
            height = (ankle + foot) @ up
            slopes.append((unit(foot - ankle) @ up)[height <= height.quantile(_LOW_FRAMES)])
    if not slopes:
        return None
    slope = float(torch.cat(slopes).median())
    return math.asin(slope) if _FLAT_FOOT[0] < slope < _FLAT_FOOT[1] else None


def _turn_feet(
    turns: Tensor, seen: Tensor, up: Tensor, flat: float | None, joints: dict[str, int], skeleton: Skeleton
) -> None:
    """Turn the feet as they point in the reference pose; how far they are pitched counts from where they stand flat.

    Args:
        turns: (22, 4), of which ankles and feet are set.
        up: (3,) in our axes.
        flat: slope of this rig's feet when they stand; None takes the pose's own feet to be flat.
    """
    for side in ("left", "right"):
        ankle, foot = JOINT_INDEX[f"{side}_ankle"], JOINT_INDEX[f"{side}_foot"]
        if f"{side}_foot" in joints:
            bone, ours = _bone(seen, joints, f"{side}_ankle", f"{side}_foot"), skeleton.offsets[foot].double()
            ground = torch.tensor([1.0, 0.0, 1.0], dtype=seen.dtype)
            if flat is not None:
                ahead = unit(bone - (bone @ up) * up)
                own = math.asin(float(unit(ours)[1]))
                pitch = own + math.asin(float((bone @ up).clamp(-1, 1))) - flat
                yaw = swing(ours * ground, ahead)
                target = ahead * math.cos(pitch) + up * math.sin(pitch)
                turns[ankle] = roma.quat_product(swing(roma.quat_action(yaw, ours), target), yaw)
            elif _FLAT_FOOT[0] < float(bone[1]) < _FLAT_FOOT[1]:
                turns[ankle] = swing(ours * ground, bone * ground)
            else:
                turns[ankle] = swing(ours, bone)
        turns[foot] = turns[ankle]
