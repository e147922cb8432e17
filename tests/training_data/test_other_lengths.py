"""Other lengths of a motion: what is held is held longer, what repeats is repeated."""

import math

import pytest
import roma
import torch

from being_m0_hf.motion import JOINT_INDEX, NUM_JOINTS, Motion
from being_m0_hf.training_data.other_lengths import way_of_length


def with_the_arm(angles: torch.Tensor) -> Motion:
    """A body that stands and lifts the left arm by these angles, radians."""
    turned = torch.zeros(len(angles), NUM_JOINTS, 3)
    turned[:, JOINT_INDEX["left_shoulder"], 2] = angles
    return Motion(roma.rotvec_to_unitquat(turned), torch.tensor([0.0, 0.95, 0.0]).expand(len(angles), 3))


def raised_once() -> Motion:
    up = torch.linspace(0, 1.2, 16)
    return with_the_arm(torch.cat((torch.zeros(8), up, up[-1:].expand(24), up.flip(0), torch.zeros(8))))


def raises(motion: Motion) -> int:
    high = motion.joints()[:, JOINT_INDEX["left_wrist"], 1] > 1.7
    return int((high[1:] & ~high[:-1]).sum())


@pytest.mark.parametrize("steps", [12, 18, 26, 40])
def test_a_gesture_is_held_longer_or_shorter_and_made_once(steps):
    motion = raised_once()
    way = way_of_length(motion, 4, steps)
    frames = [4 * step + frame for step in way for frame in range(4)]
    other = Motion(motion.rotations[frames], motion.translation[frames])
    assert len(way) == steps and (way[0], way[-1]) == (0, 17)
    assert raises(other) == raises(motion) == 1


def test_what_repeats_is_repeated():
    swing = with_the_arm(0.6 + 0.6 * torch.sin(torch.arange(80) * 2 * math.pi / 20))
    way = way_of_length(swing, 4, 40)
    assert len(way) == 40 and len({later - step for step, later in zip(way, way[1:], strict=False)}) <= 3


@pytest.mark.parametrize("repeats", [False, True])
def test_who_repeats_something_goes_on_and_does_not_wait(repeats):
    swings = 0.6 - 0.6 * torch.cos(torch.arange(60) * 2 * math.pi / 20)
    motion = with_the_arm(torch.cat((torch.zeros(12), swings, torch.zeros(12))))
    way = way_of_length(motion, 4, 50, repeats)
    frames = [4 * step + frame for step in way for frame in range(4)]
    longer = Motion(motion.rotations[frames], motion.translation[frames])
    assert (raises(motion), raises(longer)) == (3, 9)


def test_where_no_poses_meet_there_is_no_other_length():
    assert way_of_length(with_the_arm(torch.linspace(0, 2.5, 48)), 4, 30) is None
    assert way_of_length(with_the_arm(torch.linspace(0, 2.5, 48)), 4, 12) == tuple(range(12))
