"""Clips for games: cycles that repeat without a jump, and motion that stays where it is."""

import math

import pytest
import roma
import torch

from being_m0_hf.io import load_motion, save_motion
from being_m0_hf.motion import Motion, MotionError
from being_m0_hf.motion.loops import in_place, looped
from being_m0_hf.motion.rotations import angle_between, yaw_quaternion


@pytest.fixture
def walk(make_motion) -> Motion:
    """Limbs that swing, a body that goes 1 m/s forward and turns slowly."""
    motion = make_motion(frames=90, seed=3)
    times = torch.arange(90) / motion.fps
    translation = motion.translation.clone()
    translation[:, 0], translation[:, 2] = 0.03 * torch.sin(6 * times), times
    return motion.replace(translation=translation)


def largest_step(motion: Motion) -> float:
    """Degrees that a joint turns between two frames, at most."""
    return math.degrees(float(angle_between(motion.rotations[1:], motion.rotations[:-1]).max()))


def seam(motion: Motion) -> float:
    """Degrees between the last frame and the first."""
    return math.degrees(float(angle_between(motion.rotations[-1], motion.rotations[0]).max()))


def test_the_last_frame_has_the_pose_of_the_first(walk):
    cycle = looped(walk, travels=False)
    assert cycle.num_frames >= 0.4 * walk.num_frames - 8 and cycle.text == walk.text
    assert seam(cycle) < 0.1
    assert cycle.translation[-1, 1] == pytest.approx(float(cycle.translation[0, 1]), abs=1e-5)
    assert largest_step(cycle) < 2 * largest_step(walk) + 1


def test_the_step_over_the_seam_is_no_larger_than_others(walk):
    """Played twice, the joints keep their speed: the cycle ends with the frames before its start."""
    cycle = looped(walk, travels=False)
    rotations = torch.cat((cycle.rotations[:-1], cycle.rotations))
    steps = angle_between(rotations[1:], rotations[:-1]).amax(dim=-1)
    seam_at = cycle.num_frames - 1
    assert steps[seam_at - 1 : seam_at + 1].max() <= steps.max()
    change = (steps[1:] - steps[:-1]).abs()
    assert change[seam_at - 1] <= change.quantile(0.95)


def test_a_way_goes_on_with_every_cycle(walk):
    cycle = looped(walk)
    length = (cycle.num_frames - 1) / cycle.fps
    assert float(cycle.translation[-1, 2] - cycle.translation[0, 2]) == pytest.approx(length, rel=0.1)


def test_a_small_drift_is_no_way(make_motion):
    motion = make_motion(frames=90, seed=3)
    translation = motion.translation.clone()
    translation[:, [0, 2]] = torch.linspace(0, 0.1, 90)[:, None]
    cycle = looped(motion.replace(translation=translation))
    assert (cycle.translation[-1] - cycle.translation[0]).norm() < 1e-4


def test_in_place_keeps_height_and_turns(walk):
    still = in_place(walk)
    assert (still.translation[:, [0, 2]] == walk.translation[0, [0, 2]]).all()
    assert torch.equal(still.translation[:, 1], walk.translation[:, 1])
    assert torch.equal(still.rotations, walk.rotations)


def test_a_turning_body_meets_its_heading_in_place(walk):
    rotations = walk.rotations.clone()
    turns = yaw_quaternion(torch.linspace(0, 1.5, 90))
    rotations[:, 0] = roma.quat_product(turns, rotations[:, 0])
    turning = walk.replace(rotations=rotations)
    assert seam(looped(turning, travels=False)) < 0.1
    assert abs(float(looped(turning).heading()[-1] - looped(turning).heading()[0])) > 0.5


@pytest.mark.parametrize("fps", [20, 24, 30, 60])
def test_a_saved_cycle_closes_at_every_rate(walk, tmp_path, fps):
    again = load_motion(save_motion(walk, tmp_path / "walk.json", fps=fps, loop=True, in_place=True))
    assert again.fps == fps and seam(again) < 0.1
    assert (again.translation[-1] - again.translation[0]).norm() < 1e-4


def test_a_clip_too_short_to_loop(make_motion, tmp_path):
    with pytest.raises(MotionError, match="too short to loop; give 1.2 s or more"):
        save_motion(make_motion(frames=20), tmp_path / "short.bvh", loop=True)
