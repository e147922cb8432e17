"""Rotations from Human3.6M's joints: the motion they were taken of comes back, whatever the bones' lengths."""

import pytest
import roma
import torch
from moving_body import moving_body

from being_m0_hf.motion import JOINT_INDEX, MotionError
from being_m0_hf.motion.h36m_joints import h36m_joints
from being_m0_hf.pipelines.lifting.from_h36m import motion_from_h36m, pose_from_h36m, steady_bones

LIMBS = [JOINT_INDEX[f"{side}_{joint}"] for side in ("left", "right")
         for joint in ("hip", "knee", "ankle", "shoulder", "elbow", "wrist")]  # fmt: skip


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_motion_comes_back(seed):
    truth = moving_body(seed=seed)
    found = motion_from_h36m(h36m_joints(truth), truth.fps)
    assert found.num_frames == truth.num_frames and found.fps == truth.fps
    ours, wanted = (motion.joints() - motion.translation[:, None] for motion in (found, truth))
    assert (ours - wanted)[:, LIMBS].norm(dim=-1).mean() < 0.03
    steps, wanted = found.translation.diff(dim=0), truth.translation.diff(dim=0)
    assert (steps - wanted).norm(dim=-1).mean() < 0.01


def test_a_turned_head_is_seen():
    truth = moving_body(seed=0)
    rotations = truth.rotations.clone()
    rotations[:, JOINT_INDEX["head"]] = roma.rotvec_to_unitquat(torch.tensor([0.0, 0.9, 0.0]))
    turned = truth.replace(rotations=rotations)
    found = motion_from_h36m(h36m_joints(turned), turned.fps)
    heads = [motion.pose()[1][:, JOINT_INDEX["head"], :, 2] for motion in (found, turned)]
    assert torch.acos((heads[0] * heads[1]).sum(-1).clamp(-1, 1)).mean() < 0.1


def test_bones_keep_their_lengths():
    joints = h36m_joints(moving_body()) * (1 + 0.2 * torch.rand(40, 17, 1, generator=torch.Generator().manual_seed(0)))
    steady = steady_bones(joints.double())
    for joint, parent in ((2, 1), (3, 2), (12, 11), (13, 12), (8, 7)):
        lengths = (steady[:, joint] - steady[:, parent]).norm(dim=-1)
        torch.testing.assert_close(lengths, lengths[:1].expand(40))
    for left, right in ((5, 2), (6, 3), (12, 15), (13, 16)):  # both sides alike
        sides = [(steady[:, j] - steady[:, p]).norm(dim=-1) for j, p in ((left, left - 1), (right, right - 1))]
        torch.testing.assert_close(*sides)


def test_one_frame_is_a_still_motion():
    motion = motion_from_h36m(h36m_joints(moving_body())[:1], 30.0)
    assert motion.num_frames == 4
    torch.testing.assert_close(motion.rotations[0], motion.rotations[3])


def test_single_frames_give_the_same_arms_as_the_clip():
    """Feet apart, whose floor a frame does not know."""
    joints = h36m_joints(moving_body())
    whole, single = motion_from_h36m(joints, 20.0).rotations, pose_from_h36m(joints[5:6])[0]
    arms = [JOINT_INDEX[f"{side}_{joint}"] for side in ("left", "right") for joint in ("shoulder", "elbow")]
    assert (whole[5, arms] * single[arms]).sum(-1).abs().min() > 0.999


def test_joints_that_jump_about_are_no_motion():
    joints = torch.randn(60, 17, 3, generator=torch.Generator().manual_seed(0))
    with pytest.raises(MotionError, match="m/s"):
        motion_from_h36m(joints, 60.0)
