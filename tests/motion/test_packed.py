"""Motions in few bytes, and motions whose time steps come in another order."""

import pytest
import roma
import torch

from being_m0_hf.motion import Motion, MotionError
from being_m0_hf.pipelines.takes.packed_motion import pack, unpack
from being_m0_hf.pipelines.takes.reordered_steps import reordered


def circling(frames: int, period: float = 2.0) -> Motion:
    """A body that walks a circle and swings every joint, once in so many seconds."""
    time = torch.arange(frames)[:, None] / 20
    phase = 2 * torch.pi * time / period
    swings = torch.randn(1, 22, 3, generator=torch.Generator().manual_seed(1)) * 0.3
    rotvecs = swings * torch.sin(phase)[..., None]
    rotvecs[:, 0] = torch.cat((0 * time, 0.8 * time, 0 * time), dim=1)
    place = torch.cat((torch.cos(0.8 * time), 0.9 + 0.02 * torch.sin(phase), -torch.sin(0.8 * time)), dim=1)
    return Motion(roma.rotvec_to_unitquat(rotvecs), place)


def test_a_packed_motion_comes_back_within_millimetres_in_few_bytes():
    motion = circling(200)
    packed = pack(motion)
    back = unpack(packed)
    off = (back.joints() - motion.joints()).norm(dim=-1)
    assert off.mean() < 0.002 and off.max() < 0.01
    assert packed.dtype == torch.uint8 and len(packed) < 60 * motion.num_frames


@pytest.mark.parametrize(
    "damage", [lambda bytes_: bytes_[:-9], lambda bytes_: bytes_.flip(0), lambda bytes_: bytes_[:0]]
)
def test_what_is_no_packed_motion_is_refused(damage):
    with pytest.raises(MotionError, match="no packed motion"):
        unpack(damage(pack(circling(40))))


def test_a_motion_too_large_to_be_packed_is_refused():
    far = circling(40)
    with pytest.raises(MotionError, match="too far"):
        pack(far.replace(translation=far.translation + 60))
    with pytest.raises(MotionError, match="2001 frames"):
        pack(circling(2001))


def test_steps_in_their_own_order_are_the_motion():
    motion = circling(80).canonicalized()
    same = reordered(motion, range(20), 4)
    assert same.joints().allclose(motion.joints(), atol=1e-3)


def test_a_cycle_goes_on_without_a_jump():
    """Two seconds are a cycle of ten steps; played twice again, the body walks and turns on as it did."""
    motion = circling(80).canonicalized()
    longer = reordered(motion, (*range(18), *range(8, 18), *range(8, 20)), 4)
    assert longer.num_frames == 160
    real = circling(160).canonicalized()
    assert (longer.joints() - real.joints()).norm(dim=-1).max() < 0.05


def test_a_pose_that_is_elsewhere_is_gone_over_to():
    """A held arm is cut short where it is still up: no joint is quicker than it was before."""
    motion = circling(80, period=5.0).canonicalized()
    cut = reordered(motion, (*range(6), *range(8, 20)), 4)
    speeds = [each.joints().diff(dim=0).norm(dim=-1).max() * 20 for each in (motion, cut)]
    assert speeds[1] < 1.6 * speeds[0]
