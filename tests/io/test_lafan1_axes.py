"""BVH with LAFAN1's names has LAFAN1's local axes, which robot retargeters rely on."""

import numpy as np
import pytest
import roma
import torch
from scipy.spatial.transform import Rotation

from being_m0_hf.io import load_motion, save_motion
from being_m0_hf.io.rigs.bvh import parse_bvh
from being_m0_hf.motion import JOINT_INDEX, Motion

#: GMR, ik_configs/bvh_to_g1.json: what turns a LAFAN1 joint into the robot's link (w, x, y, z).
TO_LINK = {
    "Hips": (0.5, 0.5, 0.5, 0.5),
    "Spine2": (0.5, 0.5, 0.5, 0.5),
    "LeftUpLeg": (-0.5, 0.5, 0.5, -0.5),
    "RightUpLeg": (-0.5, 0.5, 0.5, -0.5),
    "LeftLeg": (-0.5, 0.5, 0.5, -0.5),
    "RightLeg": (-0.5, 0.5, 0.5, -0.5),
    "LeftToe": (-0.70710678, 0.70710678, 0, 0),
    "RightToe": (-0.70710678, 0.70710678, 0, 0),
    "LeftArm": (0.5, 0.5, -0.5, -0.5),
    "RightArm": (0.5, 0.5, -0.5, -0.5),
    "LeftForeArm": (0.70710678, 0.70710678, 0, 0),
    "RightForeArm": (0.70710678, 0.70710678, 0, 0),
}
#: GMR, utils/lafan1.py: from y up to z up. Who faces +z there faces -y, a quarter turn from the robot's own front.
TO_Z_UP = Rotation.from_matrix([[1, 0, 0], [0, 0, -1], [0, 1, 0]])
FACING = Rotation.from_euler("z", -90, degrees=True)


def as_the_robot_stands() -> Motion:
    """Arms down and forearms ahead: the Unitree G1 with all its joints at zero."""
    rotations = torch.zeros(4, 22, 3)
    for side, sign in (("left", 1), ("right", -1)):
        rotations[:, JOINT_INDEX[f"{side}_shoulder"], 2] = -sign * torch.pi / 2
        rotations[:, JOINT_INDEX[f"{side}_elbow"], 1] = -sign * torch.pi / 2
    translation = torch.tensor([0.0, 0.9, 0.0]).expand(4, 3)
    return Motion(roma.rotvec_to_unitquat(rotations), translation)


def orientations(path) -> dict[str, Rotation]:
    """Of every joint in the first frame, as any reader of BVH finds it."""
    text = parse_bvh(path.read_bytes())
    found, at = {}, 3
    for index, joint in enumerate(text.joints):
        if joint.name.endswith("_end"):
            continue
        own = Rotation.from_euler("ZXY", text.values[0, at : at + 3], degrees=True)
        above = found[text.joints[joint.parent].name] if index else Rotation.identity()
        found[joint.name], at = above * own, at + 3
    return found


def test_a_robots_links_are_at_zero_where_the_person_stands_as_it_does(tmp_path):
    found = orientations(save_motion(as_the_robot_stands(), tmp_path / "stand.bvh", names="lafan1"))
    for name, turn in TO_LINK.items():
        link = TO_Z_UP * found[name] * Rotation.from_quat(turn, scalar_first=True)
        assert (FACING.inv() * link).magnitude() < 0.02, name


def test_bones_lie_along_their_own_x(tmp_path):
    text = parse_bvh(save_motion(as_the_robot_stands(), tmp_path / "stand.bvh", names="lafan1").read_bytes())
    offsets = {joint.name: np.array(joint.offset) for joint in text.joints}
    for name in ("LeftLeg", "RightLeg", "LeftFoot", "LeftToe", "LeftForeArm", "RightForeArm", "LeftHand", "Spine1"):
        assert offsets[name][0] > 0.9 * np.linalg.norm(offsets[name]), name


@pytest.mark.parametrize("units", ["cm", "m"])
def test_it_is_read_again_as_it_was(tmp_path, units):
    generator = torch.Generator().manual_seed(3)
    rotations = roma.rotvec_to_unitquat(0.6 * torch.randn(5, 22, 3, generator=generator))
    motion = Motion(rotations, 0.1 * torch.randn(5, 3, generator=generator))
    again = load_motion(save_motion(motion, tmp_path / "clip.bvh", names="lafan1", units=units))
    assert (again.joints() - motion.joints()).abs().max() < 1e-4
    assert (again.skeleton.offsets - motion.skeleton.offsets).abs().max() < 1e-5
