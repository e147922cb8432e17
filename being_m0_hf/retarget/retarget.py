"""``retarget``: an animated skeleton of any names, axes, units and zero pose, onto the 22 SMPL joints."""

import roma
import torch
from torch import Tensor

from ..io.rigs.rig import RigAnimation
from ..motion import CANONICAL_SKELETON, JOINT_INDEX, JOINT_NAMES, NUM_JOINTS, Motion, MotionError, Skeleton
from .import_summary import Understanding, axis_name
from .joint_map import JointMap, complete_joint_map, find_joint_map
from .plausible import check_body, checked, leg_length, on_floor
from .reroot import from_pelvis
from .rest_pose import LIMB_BONES, find_reference
from .swings import swing
from .units import carrier, root_factor, unit_name

_JUMP_SPEED = 8.0  # half body heights per second that no one starts with from a calibration pose
_MAX_CALIBRATION = 10  # frames


def retarget(rig: RigAnimation, joint_map: JointMap | None = None, skeleton: Skeleton = CANONICAL_SKELETON) -> Motion:
    """The motion of a foreign skeleton on ours: bone directions are kept, lengths are ours, feet stand on the floor.

    Args:
        rig: what a file says (``being_m0_hf.io``: ``rig_from_bvh`` and its like).
        joint_map: which joint moves which; found by names, then by shape, when None.
        skeleton: the body to move.

    Returns:
        The motion, y up in metres, travelling and facing as in the file; a leading calibration pose is cut off.

    Raises:
        MotionError: not a person, too few frames, or a result that no body can do.
    """
    return retarget_and_tell(rig, joint_map, skeleton)[0]


def retarget_and_tell(
    rig: RigAnimation, joint_map: JointMap | None = None, skeleton: Skeleton = CANONICAL_SKELETON
) -> tuple[Motion, Understanding]:
    """``retarget``, and what was understood of the rig on the way."""
    joint_map = find_joint_map(rig) if joint_map is None else complete_joint_map(rig, joint_map)
    if any(rig.names.index(name) in rig.mirrored for name in joint_map.joints.values()):
        raise MotionError(
            "a negative scale mirrors the body; in Blender (free) choose Object > Apply > All Transforms and export it"
        )
    moving = carrier(rig, rig.names.index(joint_map.joints["pelvis"]))
    carried = None if moving is None else rig.world()[0][:, moving]
    rig = from_pelvis(rig, joint_map.joints)
    joints = {joint: rig.names.index(name) for joint, name in joint_map.joints.items()}
    reference, up = find_reference(rig, joints, skeleton)
    positions, rotations = rig.world()
    start = _first_frame(positions[:, list(joints.values())], rig.fps)
    positions, rotations = positions[start:], rotations[start:]
    check_body(positions, joints)
    leg = leg_length(positions, joints)

    upright = swing(up, torch.tensor([0.0, 1.0, 0.0], dtype=torch.float64))
    positions = roma.quat_action(upright.expand(positions.shape[:2] + (4,)), positions)
    factor = 1.0
    if carried is not None:
        carried = roma.quat_action(upright.expand(len(positions), 4), carried[start:])
        factor = root_factor(carried, positions, joints, leg)
        positions = positions + (factor - 1) * carried[:, None]
    moved = roma.quat_product(rotations, roma.quat_conjugation(reference.rotations).expand_as(rotations))
    moved = roma.quat_product(upright.expand_as(moved), moved)
    world = _world_rotations(moved, joints, roma.quat_product(reference.body.expand(NUM_JOINTS, 4), reference.turns))
    _follow_limbs(world, positions, joints, skeleton)

    scale = skeleton.leg_length / leg
    hips = (positions[:, joints["left_hip"]] + positions[:, joints["right_hip"]]) / 2
    our_hips = skeleton.offsets[[JOINT_INDEX["left_hip"], JOINT_INDEX["right_hip"]]].double().mean(dim=0)
    translation = hips * scale - roma.quat_action(world[:, 0], our_hips.expand(len(hips), 3))
    parents = [max(parent, 0) for parent in skeleton.parents]
    local = roma.quat_product(roma.quat_conjugation(world[:, parents]), world)
    local[:, 0] = world[:, 0]
    motion = checked(on_floor(Motion(local, translation, rig.fps, skeleton)))
    return motion, Understanding(
        joints=joint_map.rig,
        units=unit_name(leg) + (f", the root in another (times {factor:g})" if factor != 1 else ""),
        up=axis_name(up),
        notes=(f"{start} frames of a calibration pose are left out",) if start else (),
    )


def _world_rotations(moved: Tensor, joints: dict[str, int], reference: Tensor) -> Tensor:
    """World rotations (T, 22, 4) of our joints from the rig's, given as moved since the reference pose."""
    world = torch.empty(len(moved), NUM_JOINTS, 4, dtype=moved.dtype)
    for index, joint in enumerate(JOINT_NAMES):
        if joint in joints:
            world[:, index] = moved[:, joints[joint]]
    # what a rig does not have follows its neighbours
    for side in ("left", "right"):
        for joint, leader in ((f"{side}_collar", "spine3"), (f"{side}_foot", f"{side}_ankle")):
            if joint not in joints:
                world[:, JOINT_INDEX[joint]] = world[:, JOINT_INDEX[leader]]
    if "neck" not in joints:
        chest, head = world[:, JOINT_INDEX["spine3"]], world[:, JOINT_INDEX["head"]]
        world[:, JOINT_INDEX["neck"]] = roma.unitquat_slerp(chest, head, torch.tensor(0.5, dtype=moved.dtype))
    return roma.quat_product(world, reference.expand_as(world))


def _follow_limbs(world: Tensor, positions: Tensor, joints: dict[str, int], skeleton: Skeleton) -> None:
    """Turn each limb bone the rest of the way to its direction in the file; extra joints may bend it in between."""
    for joint, child in LIMB_BONES.items():
        index = JOINT_INDEX[joint]
        ours = roma.quat_action(world[:, index], skeleton.offsets[JOINT_INDEX[child]].double().expand(len(world), 3))
        bone = positions[:, joints[child]] - positions[:, joints[joint]]
        world[:, index] = roma.quat_product(swing(ours, bone), world[:, index])


def _first_frame(points: Tensor, fps: float) -> int:
    """Where the movement begins: files may start with a calibration pose, and filters blend it into a few frames."""
    steps = (points[1:] - points[:-1])[:40].norm(dim=-1).amax(dim=1)
    size = (points[0] - points[0].mean(dim=0)).norm(dim=-1).max()
    limit = min(_MAX_CALIBRATION, len(steps) // 2)
    if limit < 2:
        return 0
    jumps = (steps * fps > _JUMP_SPEED * size) & (steps > 5 * steps[limit:].median())
    start = int(jumps[:limit].cumprod(dim=0).sum())
    return 0 if start == limit else start
