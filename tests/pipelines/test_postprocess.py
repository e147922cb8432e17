"""Settling: a body by formula is put off the floor, slid or shaken, and comes back; what is meant stays."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tiny_models import tiny_model, tiny_processor

import being_m0_hf.pipelines.text_to_motion
from being_m0_hf.motion import CANONICAL_SKELETON, JOINT_INDEX, NUM_JOINTS, Motion
from being_m0_hf.pipelines.postprocess import FOOT_CLEARANCE, FOOT_JOINTS, calmed, on_the_floor, planted, postprocess
from being_m0_hf.pipelines.text_to_motion import MotionPipeline

REST = CANONICAL_SKELETON.rest_joints()
#: Pelvis height of the rest pose with its feet at their own height.
STANDING = float(REST[0, 1] - REST[list(FOOT_JOINTS), 1].min()) + FOOT_CLEARANCE


def standing(frames: int = 60, height=0.0, path=0.0, bend=0.0) -> torch.Tensor:
    """Features of the rest pose: raised by ``height`` and moved ahead by ``path`` (a number or one a frame, metres), an
    elbow bent by ``bend`` radians.
    """
    rotations = torch.zeros(frames, NUM_JOINTS, 4)
    rotations[..., 3] = 1.0
    half = torch.as_tensor(bend, dtype=torch.float32).expand(frames) / 2
    rotations[:, JOINT_INDEX["left_elbow"], 1], rotations[:, JOINT_INDEX["left_elbow"], 3] = half.sin(), half.cos()
    translation = torch.zeros(frames, 3)
    translation[:, 1] = STANDING + height
    translation[:, 2] = path
    return Motion(rotations, translation, 20.0).to_d135()


def foot_heights(features: torch.Tensor) -> torch.Tensor:
    """(T,) height of the lowest foot joint above a standing foot's."""
    return Motion.from_d135(features).joints()[:, FOOT_JOINTS, 1].min(dim=1).values - FOOT_CLEARANCE


@given(height=st.floats(-0.08, 0.08))
def test_a_standing_body_is_put_on_the_floor(height):
    found = foot_heights(on_the_floor(standing(height=height)))
    assert found.abs().max() < 0.25 * abs(height) + 1e-4


def test_a_body_that_stands_well_is_left_alone():
    features = standing()
    torch.testing.assert_close(postprocess(features), features, atol=1e-5, rtol=0)


def test_a_jump_stays_a_jump():
    seconds = torch.arange(60) / 20
    flight = 0.4 - 0.5 * 9.81 * (seconds - 1.5) ** 2  # 0.57 s in the air
    found = foot_heights(postprocess(standing(height=0.05 + flight.clamp(min=0.0))))
    assert found.max() == pytest.approx(0.4, abs=0.02)
    assert found[:20].abs().max() < 0.01 and found[-20:].abs().max() < 0.01


def test_standing_on_something_high_is_meant():
    found = foot_heights(on_the_floor(standing(height=0.3)))
    assert found.min() > 0.29


def test_no_foot_stays_under_the_floor():
    dip = -0.1 * torch.exp(-(((torch.arange(60) - 30) / 2.0) ** 2))
    assert foot_heights(standing(height=dip)).min() < -0.09
    assert foot_heights(on_the_floor(standing(height=dip))).min() > -0.01


def test_a_foot_that_creeps_is_planted():
    creeping = standing(path=0.2 * torch.arange(60) / 20)
    assert Motion.from_d135(creeping).translation[-1, 2] == pytest.approx(0.59, abs=0.01)
    assert Motion.from_d135(planted(creeping)).translation[-1, 2].abs() < 0.02


def test_a_foot_that_is_carried_by_its_body_is_not():
    skating = standing(path=1.5 * torch.arange(60) / 20)  # on wheels
    torch.testing.assert_close(planted(skating), skating)


def test_a_shivering_joint_is_calmed_and_a_brisk_one_is_not():
    seconds = torch.arange(60) / 20
    shiver, swing = 0.02 * torch.sin(2 * math.pi * 6 * seconds), 0.8 * torch.sin(2 * math.pi * seconds)
    elbow = JOINT_INDEX["left_elbow"]

    def range_of(features: torch.Tensor) -> float:
        angle = 2 * torch.atan2(*Motion.from_d135(features).rotations[10:-10, elbow, [1, 3]].unbind(-1))
        return float(angle.max() - angle.min())

    assert range_of(calmed(standing(bend=shiver))) < 0.3 * range_of(standing(bend=shiver))
    assert range_of(calmed(standing(bend=swing))) > 0.95 * range_of(standing(bend=swing))


@pytest.mark.slow
@given(frames=st.integers(4, 30), seed=st.integers(0, 99))
def test_settling_changes_nothing_but_rest_and_place(make_motion, frames, seed):
    features = make_motion(frames, seed=seed, speed=1.0, turn=2.0).to_d135()
    found = postprocess(features)
    assert found.shape == features.shape and found.isfinite().all()
    before, after = Motion.from_d135(features), Motion.from_d135(found)
    assert torch.allclose(before.heading()[:1], after.heading()[:1], atol=1e-5)
    # no joint is turned by more than smoothing turns it
    assert (before.rotations * after.rotations).sum(dim=-1).abs().min() > math.cos(math.radians(10))


def test_motions_are_settled_unless_they_shall_not_be(monkeypatch):
    pipeline = MotionPipeline(tiny_model(), tiny_processor())
    decoded, shown = (pipeline("walks", seconds=1.0, seed=3, settle=settle).joints() for settle in (False, True))
    assert not torch.equal(decoded, shown)
    monkeypatch.setattr(being_m0_hf.pipelines.candidates, "postprocess", lambda features: features)
    assert torch.equal(decoded, pipeline("walks", seconds=1.0, seed=3).joints())
