"""``.bvh``: a T-pose hierarchy and Euler angles, for Blender, MotionBuilder, Maya and game engines.

Lengths are centimetres, as BVH readers expect (Blender: scale 0.01), or metres, y up, facing +z. Rotation channels are
Z, X, Y in degrees; all zero is the T-pose, but for a naming with axes of its own (``joint_axes``). The root's own
OFFSET is zero because readers disagree on whether position channels add to it; its position channels are the pelvis in
the world. BVH has no place for text.
"""

import numpy as np
import roma
import torch

from ...motion import JOINT_INDEX, JOINT_NAMES, NUM_JOINTS, PARENTS, Motion, MotionError, Skeleton
from ...motion.rotations import smooth_euler
from ..rigs.bvh import BvhJoint, parse_bvh
from .joint_axes import offsets_in_axes, rest_axes, with_axes, without_axes
from .joint_names import NAMINGS, joint_names

#: How many of the file's unit a metre is.
PER_METRE = {"cm": 100.0, "m": 1.0}
#: Axis, and whether the channel is a position.
_JOINT_CHANNELS = [(2, False), (0, False), (1, False)]
_ROOT_CHANNELS = [(0, True), (1, True), (2, True), *_JOINT_CHANNELS]
# End sites only give the last bones a length to draw: metres from the joint.
_END_SITES = {
    "head": (0.0, 0.2, 0.0),
    "left_wrist": (0.15, 0.0, 0.0),
    "right_wrist": (-0.15, 0.0, 0.0),
    "left_foot": (0.0, 0.0, 0.07),
    "right_foot": (0.0, 0.0, 0.07),
}
_CHILDREN = {joint: [child for child in range(NUM_JOINTS) if PARENTS[child] == joint] for joint in range(NUM_JOINTS)}


def _depth_first(joint: int = 0) -> list[int]:
    """Joint indices in the order BVH lists them."""
    return [joint, *(below for child in _CHILDREN[joint] for below in _depth_first(child))]


_ORDER = _depth_first()


class ForeignBvhError(MotionError):
    """A BVH that ``motion_to_bvh`` did not write."""


def motion_to_bvh(motion: Motion, names: str = "smpl", units: str = "cm") -> bytes:
    """The motion as BVH text, joints called as ``names`` says, lengths in "cm" or "m"."""
    scale = PER_METRE[units]
    axes = rest_axes(names)
    euler = torch.from_numpy(smooth_euler(with_axes(motion.rotations, axes)[:, _ORDER], "ZXY"))
    rows = torch.cat((motion.translation.double() * scale, euler.flatten(1)), dim=1)
    lines = ["HIERARCHY", *_joint_lines(offsets_in_axes(motion.skeleton.offsets, axes), names, scale, 0, "")]
    lines += ["MOTION", f"Frames: {motion.num_frames}", f"Frame Time: {1.0 / motion.fps:.12f}"]
    lines += [" ".join(f"{value:.6f}" for value in row) for row in rows.tolist()]
    return ("\n".join(lines) + "\n").encode("ascii")


def _joint_lines(offsets: torch.Tensor, naming: str, scale: float, joint: int, indent: str) -> list[str]:
    end, names = _end_sites(naming).get(JOINT_NAMES[joint]), joint_names(naming)
    inner = indent + "\t"
    lines = [f"{indent}{'JOINT' if joint else 'ROOT'} {names[joint]}", f"{indent}{{"]
    lines.append(f"{inner}OFFSET {_numbers(offsets[joint].tolist(), scale)}")
    channels = [f"{'XYZ'[axis]}{'position' if place else 'rotation'}" for axis, place in _channels(joint)]
    lines.append(f"{inner}CHANNELS {len(channels)} {' '.join(channels)}")
    for child in _CHILDREN[joint]:
        lines += _joint_lines(offsets, naming, scale, child, inner)
    if end:
        lines += [
            f"{inner}End Site",
            f"{inner}{{",
            f"{inner}\tOFFSET {_numbers(end, scale)}",
            f"{inner}}}",
        ]
    return [*lines, f"{indent}}}"]


def _end_sites(naming: str) -> dict[str, tuple[float, ...]]:
    """Where the last bones end, as their joints lie."""
    axes = roma.quat_conjugation(rest_axes(naming))
    return {
        name: tuple(roma.quat_action(axes[JOINT_INDEX[name]], torch.tensor(end)).tolist())
        for name, end in _END_SITES.items()
    }


def _channels(joint: int) -> list[tuple[int, bool]]:
    return _JOINT_CHANNELS if joint else _ROOT_CHANNELS


def _numbers(metres, scale: float) -> str:
    return " ".join(f"{value * scale:.6f}" for value in metres)


def motion_from_bvh(data: bytes) -> Motion:
    """The motion in a BVH written by ``motion_to_bvh``: same joints under any of its namings, same channels.

    Raises:
        ForeignBvhError: a BVH of another program (other joints or channels).
        MotionError: a damaged one.
    """
    text = parse_bvh(data)
    scale, naming = _scale_of_ours(text.joints)
    axes = rest_axes(naming)
    joints = [joint for joint in text.joints if not joint.name.endswith("_end")]
    if not text.frame_seconds > 0:
        raise MotionError(f"Frame Time is {text.frame_seconds:g}, expected seconds above 0")
    offsets = torch.zeros(NUM_JOINTS, 3)
    offsets[_ORDER] = torch.tensor([joint.offset for joint in joints]) / scale
    try:
        skeleton = Skeleton(offsets_in_axes(offsets, axes, back=True), "bvh")
    except ValueError as error:
        raise MotionError(str(error)) from None
    values = torch.from_numpy(text.values)
    rotations = torch.empty(len(values), NUM_JOINTS, 4, dtype=torch.float64)
    rotations[:, _ORDER] = roma.euler_to_unitquat("ZXY", values[:, 3:].unflatten(1, (NUM_JOINTS, 3)), degrees=True)
    # Frame Time has twelve decimals: 30 fps must come back as 30, not as 30.0000000003
    fps = round(1.0 / text.frame_seconds, 4)
    return Motion(without_axes(rotations, axes), values[:, :3] / scale, fps, skeleton)


def _scale_of_ours(joints: list[BvhJoint]) -> tuple[float, str]:
    """How many of the file's unit a metre is, by its end sites, and the naming.

    Raises:
        ForeignBvhError: joints, tree, channels or end sites are not the ones we write.
    """
    names = [joint.name for joint in joints if not joint.name.endswith("_end")]
    naming = next((naming for naming in NAMINGS if names == [joint_names(naming)[joint] for joint in _ORDER]), None)
    if naming is None:
        strange = next((name for name in names if name not in JOINT_NAMES), None)
        what = f"joint {strange!r} is not an SMPL joint" if strange else "joints are missing or in another order"
        raise ForeignBvhError(f"a BVH of another program ({what}); being-m0 convert reads those")
    ours = dict(zip(joint_names(naming), JOINT_NAMES, strict=True))
    head_end = f"{joint_names(naming)[JOINT_INDEX['head']]}_end"
    ends = _end_sites(naming)
    height = next((float(np.linalg.norm(joint.offset)) for joint in joints if joint.name == head_end), 0.0)
    scale = min(PER_METRE.values(), key=lambda scale: abs(height - _END_SITES["head"][1] * scale))
    for joint in joints:
        parent = ours[joints[joint.parent].name] if joint.parent >= 0 else None
        if joint.name in ours:
            index = JOINT_INDEX[ours[joint.name]]
            expected = JOINT_NAMES[PARENTS[index]] if index else None
            same = parent == expected and joint.channels == _channels(index)
        else:
            # other programs know the same names; lengths of end sites nobody else chooses
            end = np.multiply(ends.get(parent, (9.0, 9.0, 9.0)), scale)
            same = np.allclose(joint.offset, end, atol=2e-6 * scale)
        if not same:
            raise ForeignBvhError(
                f"a BVH of another program (joint {joint.name} has another parent, channels or end than ours); "
                "being-m0 convert reads those"
            )
    return scale, naming
