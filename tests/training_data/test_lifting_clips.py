"""Keypoints for pose lifting: cameras that see the body, a detector as bad as asked, clips that come again."""

import math
from dataclasses import replace

import pytest
import torch
from moving_body import moving_body

from being_m0_hf.models import HumMussConfig, HumMussForPoseLifting
from being_m0_hf.motion import CANONICAL_SKELETON, JOINT_INDEX, Motion
from being_m0_hf.motion.h36m_joints import H36M_MIRROR, H36M_NAMES, h36m_joints
from being_m0_hf.motion.pinhole import Camera, camera_rotation
from being_m0_hf.training_data.lifting import (
    JointTrack,
    LiftingClips,
    LiftingOptions,
    NoiseOptions,
    TrackShelf,
    detected,
    draw_camera,
    film,
    film_clips,
    track_of,
)

CLEAN = LiftingOptions(frames=20, noise=None, mirror=False, orthographic_share=0)
LEFT, RIGHT = H36M_NAMES.index("left_wrist"), H36M_NAMES.index("right_wrist")


def generator_of(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def bone_lengths(joints: torch.Tensor) -> torch.Tensor:
    """(T, 17, 3) -> (T, 16)."""
    parents = [0, 1, 2, 0, 4, 5, 0, 7, 8, 9, 8, 11, 12, 8, 14, 15]
    return (joints[:, 1:] - joints[:, parents]).norm(dim=-1)


@pytest.fixture(scope="module")
def motions():
    return [moving_body(frames=60, seed=seed) for seed in range(3)]


@pytest.fixture(scope="module")
def tracks(motions):
    return [track_of(motion) for motion in motions]


def standing() -> Motion:
    rotations = torch.tensor([0.0, 0, 0, 1]).expand(10, 22, 4)
    return Motion(rotations, torch.tensor([0.0, 0.95, 0.0]).expand(10, 3), 20.0)


# --- joints


def test_joints_of_a_standing_body():
    joints = h36m_joints(standing())[0]
    place = dict(zip(H36M_NAMES, joints, strict=True))
    rest = CANONICAL_SKELETON.rest_joints()
    torch.testing.assert_close(
        place["left_knee"] - place["left_hip"], rest[JOINT_INDEX["left_knee"]] - rest[JOINT_INDEX["left_hip"]]
    )
    heights = [place[name][1] for name in ("left_ankle", "left_knee", "pelvis", "spine", "thorax", "nose", "head")]
    assert heights == sorted(heights)
    assert place["nose"][2] > place["thorax"][2]  # it faces +z
    assert place["left_wrist"][0] > 0 > place["right_wrist"][0]
    assert 1.5 < float(joints[:, 1].max() - joints[:, 1].min()) < 1.7  # without feet and hair


def test_mirrored_joints_are_those_of_the_mirrored_motion(motions):
    expected = h36m_joints(motions[0])[:, list(H36M_MIRROR)] * torch.tensor([-1.0, 1, 1])
    torch.testing.assert_close(h36m_joints(motions[0].mirrored()), expected, atol=1e-5, rtol=0)


# --- cameras


def test_a_camera_sees_a_person_as_we_do():
    """From the front: the left hand on the right, the head above, what is nearer is larger."""
    joints = h36m_joints(standing())[0]
    camera = Camera(camera_rotation(0, 0), joints[0], 4.0, 1.5)
    viewed = camera.view(joints)
    points = camera.project(viewed)
    assert points[LEFT, 0] > 0 > points[RIGHT, 0]
    assert points[H36M_NAMES.index("head"), 1] < points[H36M_NAMES.index("left_ankle"), 1]  # y down
    assert viewed[H36M_NAMES.index("nose"), 2] < viewed[H36M_NAMES.index("thorax"), 2]
    torch.testing.assert_close(viewed[0], torch.tensor([0.0, 0, 4]))
    torch.testing.assert_close(camera.project(viewed * torch.tensor([1, 1, 2.0])), points / 2)
    behind = Camera(camera_rotation(math.pi, 0), joints[0], 4.0, 1.5)
    assert behind.project(behind.view(joints))[LEFT, 0] < 0
    # from above, feet are farther away
    above = Camera(camera_rotation(0, math.radians(30)), joints[0], 4.0, 1.5).view(joints)
    assert above[H36M_NAMES.index("left_ankle"), 2] > above[H36M_NAMES.index("head"), 2]


@pytest.mark.parametrize("orthographic", [0, 1])
def test_drawn_cameras_are_turned_only_and_see_nearly_all(motions, orthographic):
    joints = h36m_joints(motions[1])
    for seed in range(30):
        camera = draw_camera(joints, generator_of(seed), orthographic)
        assert camera.perspective == (not orthographic)
        torch.testing.assert_close(camera.rotation @ camera.rotation.T, torch.eye(3), atol=1e-5, rtol=0)
        torch.testing.assert_close(torch.linalg.det(camera.rotation), torch.tensor(1.0))
        viewed = camera.view(joints)
        assert viewed[..., 2].min() > 0.4
        assert (camera.project(viewed).abs() < 1).float().mean() > 0.95


# --- the detector


def test_noise_is_as_strong_as_asked(motions):
    points = torch.rand(400, 17, 2, generator=generator_of(0)) - 0.5
    true = NoiseOptions(strength=0, missed_joints=0, missed_frames=0)
    clean = detected(points, 30, generator_of(1), true)
    assert torch.equal(clean[..., :2], points) and (clean[..., 2] == 1).all()
    errors = []
    for strength in (1, 2):
        options = NoiseOptions(strength=strength, missed_joints=0, missed_frames=0)
        noisy = detected(points, 30, generator_of(1), options)
        offsets = (noisy[..., :2] - points).norm(dim=-1)
        errors.append(offsets.mean())
        assert 0 <= noisy[..., 2].min() and noisy[..., 2].max() <= 1
        assert torch.corrcoef(torch.stack((offsets.flatten(), noisy[..., 2].flatten())))[0, 1] < -0.3
        assert offsets[:, LEFT].mean() > offsets[:, 0].mean()  # hands are harder than the pelvis
    torch.testing.assert_close(errors[1], 2 * errors[0])


def test_offsets_last_for_moments():
    still = torch.zeros(300, 17, 2) + torch.linspace(-0.5, 0.5, 17)[:, None]
    options = NoiseOptions(jitter=0, missed_joints=0, missed_frames=0)
    noisy = detected(still, 30, generator_of(0), options)[..., :2] - still
    assert noisy.diff(dim=0).norm(dim=-1).mean() < 0.3 * noisy.norm(dim=-1).mean()


def test_missed_joints_and_frames_are_zero():
    points = torch.rand(2000, 17, 2, generator=generator_of(0))
    keypoints = detected(points, 30, generator_of(1), NoiseOptions())
    missed = (keypoints == 0).all(-1)
    frames = missed.all(-1)
    assert abs(float(frames.float().mean()) - 0.1) < 0.03
    assert abs(float(missed[~frames].float().mean()) - 0.05) < 0.01


# --- clips


def test_a_clip_is_what_its_camera_saw(tracks):
    clip = LiftingClips(tracks, CLEAN)[0]
    keypoints, labels = clip["keypoints"], clip["labels"]
    assert keypoints.shape == labels.shape == (20, 17, 3)
    assert (labels[:, 0] == 0).all() and (keypoints[..., 2] == 1).all()
    assert 15 <= clip["frame_rate"] <= 60
    assert keypoints[..., :2].abs().max() < 1.2
    bones = (labels[:, H36M_NAMES.index("left_knee")] - labels[:, H36M_NAMES.index("left_hip")]).norm(dim=-1)
    torch.testing.assert_close(bones, bones[:1].expand(20), atol=1e-4, rtol=0)


def test_clips_come_again_and_differ_between_epochs(tracks):
    clips, again = (
        LiftingClips(tracks, seed=3, options=LiftingOptions(20)),
        LiftingClips(tracks, LiftingOptions(20), 3),
    )
    for first, second in zip(clips, again, strict=True):
        assert all(torch.equal(first[name], second[name]) for name in first)
    again.set_epoch(1)
    assert not torch.equal(clips[0]["keypoints"], again[0]["keypoints"])
    assert not torch.equal(clips[0]["keypoints"], clips[1]["keypoints"])


def test_clips_filmed_together_are_like_those_filmed_alone(tracks):
    """One draw for one clip gives what `film` gives; in a larger draw each clip keeps its bones and its own camera."""
    shelf, options = TrackShelf(tracks), LiftingOptions(20)
    alone = film(tracks[1], 30.0, options, generator_of(4))
    as_one = film_clips(TrackShelf(tracks[1:2]), torch.zeros(1, dtype=torch.long), 30.0, options, generator_of(4))
    assert all(torch.equal(as_one[name][0], alone[name]) for name in alone)
    which = torch.tensor([0, 1, 2, 1])
    clips = film_clips(shelf, which, 30.0, CLEAN, generator_of(5))
    assert clips["keypoints"].shape == clips["labels"].shape == (4, 20, 17, 3)
    assert clips["frame_rate"].tolist() == [30.0] * 4
    assert clips["keypoints"][..., :2].abs().max() < 1.2
    for index, clip in zip(which.tolist(), clips["labels"], strict=True):
        bones = bone_lengths(tracks[index].joints).mean(0)
        torch.testing.assert_close(bone_lengths(clip).mean(0), bones, atol=0.05, rtol=0)  # curves cut corners
    assert not torch.allclose(clips["labels"][1], clips["labels"][3], atol=0.05)


def test_mixed_bodies_have_the_legs_of_one_clip_and_the_arms_of_another(motions):
    """Filmed from the front without perspective, legs stay where they were; bones keep their lengths."""
    moving, still = (track_of(motion) for motion in (motions[0], standing()))
    still = JointTrack("still", still.joints[:1].expand(60, 17, 3), moving.fps)
    shelf, which = TrackShelf([moving, still]), torch.tensor([0, 1])
    mixed = film_clips(shelf, which, 20.0, replace(CLEAN, mixed_share=1.0), generator_of(6))["labels"]
    legs, arms = mixed[:, :, 1:7], mixed[:, :, 11:] - mixed[:, :, 8:9]
    assert legs[0].diff(dim=0).abs().max() > 0.01 > legs[1].diff(dim=0).abs().max()
    # arms of the standing body on the moving legs, turned with the hips only
    lengths = [bone_lengths(clip) for clip in mixed]
    torch.testing.assert_close(lengths[0], lengths[0][:1].expand_as(lengths[0]), atol=1e-3, rtol=0)
    apart = arms.flatten(2).norm(dim=-1)
    assert apart[0].std() < 1e-3 < apart[1].std()


def test_tilted_bodies_are_in_the_picture_and_of_one_piece(motions):
    still = JointTrack("still", track_of(standing()).joints[:1].expand(60, 17, 3), 20.0)
    shelf, which = TrackShelf([still]), torch.zeros(40, dtype=torch.long)
    clips = film_clips(shelf, which, 20.0, replace(CLEAN, tilted_share=1.0), generator_of(7))
    up = clips["labels"][:, 0, H36M_NAMES.index("head"), 1]  # y down
    assert up.min() < -0.4 and up.max() > 0.4  # on its feet, and on its head
    torch.testing.assert_close(bone_lengths(clips["labels"][0]), bone_lengths(still.joints[:20]), atol=1e-4, rtol=0)
    assert clips["keypoints"][..., :2].abs().max() < 1.2


def test_short_motions_are_filmed_faster_or_left_out(tracks):
    short = track_of(moving_body(frames=12))
    clips = LiftingClips([short, tracks[0]], LiftingOptions(frames=30))
    assert len(clips) == 2 and clips[0]["frame_rate"] > 50
    assert len(LiftingClips([short, tracks[0]], LiftingOptions(frames=60))) == 1
    with pytest.raises(ValueError, match="none of 1 recordings"):
        LiftingClips([short], LiftingOptions(frames=100))
    with pytest.raises(ValueError, match="frame rates"):
        LiftingOptions(lowest_rate=60, highest_rate=30)


def test_a_small_model_learns_from_them(tracks):
    torch.manual_seed(0)
    sizes = {"hidden_size": 16, "num_blocks": 1, "state_size": 8, "representation_size": 32}
    model = HumMussForPoseLifting(HumMussConfig.named("hummuss", **sizes))
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    batch = torch.utils.data.default_collate(list(LiftingClips(tracks, LiftingOptions(20))))
    losses = []
    for _ in range(30):
        loss = model(**batch).loss
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.7 * losses[0]
