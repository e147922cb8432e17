"""Which motions a floor holds up: a body that stands, walks, floats, shakes, leans, falls freely."""

import numpy as np
import pytest
import roma
import torch
from filmed_people import coco_people, video_of

from being_m0_hf.curation import CurationOptions
from being_m0_hf.curation.simulated_body import MASS
from being_m0_hf.curation.steps.lifting import lifted
from being_m0_hf.curation.steps.refinement import refined, weighted
from being_m0_hf.motion import NUM_JOINTS, Motion
from being_m0_hf.retarget.plausible import on_floor

pytest.importorskip("mujoco", reason="the extra physics is not installed")
from being_m0_hf.curation.steps.physics import GRAVITY, held_up, needed_forces  # noqa: E402

OPTIONS = CurationOptions("videos")
WEIGHT = MASS * GRAVITY


@pytest.fixture(scope="module")
def standing() -> Motion:
    rotations = torch.tensor([0.0, 0, 0, 1]).repeat(40, NUM_JOINTS, 1)
    return on_floor(Motion(rotations, torch.zeros(40, 3), 20.0))


def moved(motion: Motion, offset: torch.Tensor) -> Motion:
    return motion.replace(translation=motion.translation + offset)


def leaning(motion: Motion, degrees: float) -> Motion:
    turn = roma.rotvec_to_unitquat(torch.tensor([0.0, 0.0, float(np.radians(degrees))]).expand(motion.num_frames, 3))
    rotations = motion.rotations.clone()
    rotations[:, 0] = roma.quat_product(turn, rotations[:, 0])
    return motion.replace(rotations=rotations)


def test_a_body_that_stands_needs_its_weight_and_the_floor_gives_it(standing):
    needed = needed_forces(standing)
    assert needed.force[10] == pytest.approx([0, WEIGHT, 0], abs=0.01 * WEIGHT)
    assert needed.held == 1.0 and needed.missing.max() < 0.1


def test_a_body_that_speeds_up_needs_what_newton_says(standing):
    seconds = torch.arange(40) / 20
    faster = moved(standing, torch.stack((seconds**2, torch.zeros(40), torch.zeros(40)), 1))  # 2 m/s2
    assert needed_forces(faster).force[20] == pytest.approx([2 * MASS, WEIGHT, 0], abs=0.02 * WEIGHT)


def test_nothing_holds_a_body_in_the_air_and_nothing_needs_to_when_it_falls(standing):
    assert needed_forces(moved(standing, torch.tensor([0.0, 0.4, 0.0]))).held == 0
    seconds = torch.arange(12) / 20
    drop = torch.stack((torch.zeros(12), 2.5 - GRAVITY / 2 * seconds**2, torch.zeros(12)), 1)
    falls = moved(standing.crop(0, 12), drop)
    assert needed_forces(falls).missing[4:8].max() < 0.1


def test_who_leans_too_far_or_shakes_is_not_held(standing):
    assert needed_forces(leaning(standing, 4)).held == 1.0
    assert needed_forces(on_floor(leaning(standing, 25))).held < 0.3
    generator = torch.Generator().manual_seed(0)
    shakes = moved(standing, 0.05 * torch.randn(40, 3, generator=generator))
    assert needed_forces(shakes).held < 0.7


def test_the_weight_of_a_clip_is_less_where_no_floor_holds_it():
    video = weighted(refined(lifted(video_of(*coco_people(60)), OPTIONS)))
    floats = video.replace(
        tracks=tuple(track.replace(motion=moved(track.lifted, torch.tensor([0.0, 0.5, 0.0]))) for track in video.tracks)
    )
    (track,), (before,) = held_up(floats, OPTIONS).tracks, video.tracks
    assert track.scores["unsupported"] == 1.0 and track.scores["implausibility"] == pytest.approx(0.95)
    (kept,) = held_up(video, OPTIONS).tracks
    assert kept.scores["implausibility"] >= before.scores["implausibility"]
    assert 0 <= kept.scores["unsupported"] <= 1
