"""``.bvh``: a T-pose hierarchy and Euler angles, for Blender, MotionBuilder, Maya and game engines.

Lengths are centimetres, as BVH readers expect (Blender: scale 0.01), y up, facing +z. Rotation channels are Z, X, Y
in degrees; all zero is the T-pose. The root's own OFFSET is zero because readers disagree on whether position channels
add to it; its position channels are the pelvis in the world. BVH has no place for text.
"""

import re

import numpy as np
import roma
import torch

from ...motion import JOINT_INDEX, JOINT_NAMES, NUM_JOINTS, PARENTS, Motion, MotionError, Skeleton

_CENTIMETRES = 100.0
_ROOT_CHANNELS = "6 Xposition Yposition Zposition Zrotation Xrotation Yrotation"
_JOINT_CHANNELS = "3 Zrotation Xrotation Yrotation"
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


def motion_to_bvh(motion: Motion) -> bytes:
    """The motion as BVH text."""
    euler = roma.unitquat_to_euler("ZXY", motion.rotations.double()[:, _ORDER], degrees=True)
    # a jump from 180 to -180 would spin a joint in players that interpolate between frames
    euler = torch.from_numpy(np.unwrap(euler.numpy(), period=360.0, axis=0))
    rows = torch.cat((motion.translation.double() * _CENTIMETRES, euler.flatten(1)), dim=1)
    lines = ["HIERARCHY", *_joint_lines(motion.skeleton, 0, "")]
    lines += ["MOTION", f"Frames: {motion.num_frames}", f"Frame Time: {1.0 / motion.fps:.12f}"]
    lines += [" ".join(f"{value:.6f}" for value in row) for row in rows.tolist()]
    return ("\n".join(lines) + "\n").encode("ascii")


def _joint_lines(skeleton: Skeleton, joint: int, indent: str) -> list[str]:
    name = JOINT_NAMES[joint]
    inner = indent + "\t"
    lines = [f"{indent}{'JOINT' if joint else 'ROOT'} {name}", f"{indent}{{"]
    lines.append(f"{inner}OFFSET {_numbers(skeleton.offsets[joint].tolist())}")
    lines.append(f"{inner}CHANNELS {_JOINT_CHANNELS if joint else _ROOT_CHANNELS}")
    for child in _CHILDREN[joint]:
        lines += _joint_lines(skeleton, child, inner)
    if name in _END_SITES:
        lines += [f"{inner}End Site", f"{inner}{{", f"{inner}\tOFFSET {_numbers(_END_SITES[name])}", f"{inner}}}"]
    return [*lines, f"{indent}}}"]


def _numbers(metres) -> str:
    return " ".join(f"{value * _CENTIMETRES:.6f}" for value in metres)


def motion_from_bvh(data: bytes) -> Motion:
    """The motion in a BVH written by ``motion_to_bvh``: same joints, same channels, centimetres.

    Raises:
        ForeignBvhError: a BVH of another program (other joints or channels).
        MotionError: a damaged one.
    """
    try:
        hierarchy, motion = data.decode("ascii").split("MOTION", 1)
    except (UnicodeDecodeError, ValueError):
        raise MotionError("not a BVH file: it needs an ASCII HIERARCHY and a MOTION section") from None
    offsets = _read_offsets(hierarchy)
    try:
        skeleton = Skeleton(offsets, "bvh")
    except ValueError as error:
        raise MotionError(str(error)) from None
    header = re.match(r"\s*Frames:\s*(\d+)\s+Frame Time:\s*([\d.eE+-]+)\s*\n", motion)
    if header is None:
        raise MotionError('the MOTION section must start with "Frames: N" and "Frame Time: seconds"')
    frames, columns = int(header[1]), 3 + 3 * NUM_JOINTS
    try:
        seconds = float(header[2])
        values = torch.tensor([float(value) for value in motion[header.end() :].split()], dtype=torch.float64)
    except ValueError as error:
        raise MotionError(f"the MOTION section holds something that is not a number ({error})") from None
    if len(values) != frames * columns:
        raise MotionError(f"{len(values)} numbers for {frames} frames, expected {columns} per frame; the file is cut")
    if not seconds > 0:
        raise MotionError(f"Frame Time is {seconds}, expected seconds above 0")
    values = values.reshape(frames, columns)
    rotations = torch.empty(frames, NUM_JOINTS, 4, dtype=torch.float64)
    rotations[:, _ORDER] = roma.euler_to_unitquat("ZXY", values[:, 3:].unflatten(1, (NUM_JOINTS, 3)), degrees=True)
    # Frame Time has twelve decimals: 30 fps must come back as 30, not as 30.0000000003
    fps = round(1.0 / seconds, 4)
    return Motion(rotations, values[:, :3] / _CENTIMETRES, fps, skeleton)


def _read_offsets(hierarchy: str) -> torch.Tensor:
    """Rest offsets (22, 3) in metres; checks that joints, their order and channels are the ones we write."""
    # end sites only draw the last bones
    hierarchy = re.sub(r"End Site\s*\{[^}]*\}", "", hierarchy)
    blocks = re.findall(r"(?:ROOT|JOINT)\s+(\S+)\s*\{\s*OFFSET\s+([^\n]*)\n\s*CHANNELS\s+([^\n]*)", hierarchy)
    names = [name for name, _, _ in blocks]
    expected = [JOINT_NAMES[joint] for joint in _ORDER]
    if names != expected:
        strange = next((name for name in names if name not in JOINT_INDEX), None)
        what = f"joint {strange!r} is not an SMPL joint" if strange else "joints are missing or in another order"
        raise ForeignBvhError(f"a BVH of another program ({what}); being-m0 convert reads those")
    offsets = torch.zeros(NUM_JOINTS, 3)
    for name, offset, channels in blocks:
        joint = JOINT_INDEX[name]
        wanted = _JOINT_CHANNELS if joint else _ROOT_CHANNELS
        if channels.split() != wanted.split():
            raise ForeignBvhError(f"a BVH of another program (joint {name} has channels {channels!r}, not {wanted!r})")
        try:
            offsets[joint] = torch.tensor([float(value) for value in offset.split()]) / _CENTIMETRES
        except (ValueError, RuntimeError):
            raise MotionError(f"joint {name}: OFFSET {offset!r} is not three numbers") from None
    return offsets
