"""Poses of pictures to motions: one focal length for a video, gaps, tilt, floor, and everything to a GLB."""

import math

import numpy as np
import pytest
import roma
import torch
from moving_body import moving_body
from tiny_models import tiny_image_model, tiny_image_processor

from being_m0_hf import estimate_pose
from being_m0_hf.io import save_motion
from being_m0_hf.io.keypoints import KeypointFile, KeypointPerson
from being_m0_hf.models import HumMussConfig
from being_m0_hf.motion import Motion, MotionError
from being_m0_hf.motion.pinhole import camera_rotation
from being_m0_hf.motion.rotations import angle_between
from being_m0_hf.pipelines.images import ImagePose, film_person, follow_person, load_image_model, motion_of_poses
from being_m0_hf.pipelines.images.follow import box_of_keypoints
from being_m0_hf.pipelines.lifting import LiftOptions

SIZE, FOCAL = (1280, 720), 1.1
BOX_FOCAL = 5000.0


def filmed(motion: Motion, tilt: float = 10.0, distance: float = 5.0, seed: int = 0) -> list[ImagePose]:
    """What a perfect model says of a motion, frame by frame, each with a box and so a focal length of its own."""
    camera = camera_rotation(0.0, math.radians(tilt))
    generator = torch.Generator().manual_seed(seed)
    middle = torch.tensor([SIZE[0] / 2, SIZE[1] / 2])
    poses = []
    turn = roma.rotmat_to_unitquat(camera)
    for rotations, place in zip(motion.rotations, motion.translation, strict=True):
        seen = camera @ (place - motion.translation[0]) + torch.tensor([0.1, 0.0, distance])
        pixel = FOCAL * SIZE[0] * seen[:2] / seen[2] + middle
        scale = 0.5 + 2 * torch.rand((), generator=generator)  # of the box
        focal = BOX_FOCAL * scale
        depth = seen[2] * focal / (FOCAL * SIZE[0])
        centre = pixel + 20 * torch.randn(2, generator=generator)
        across = (pixel - centre) * depth / focal
        rotations = rotations.clone()
        rotations[0] = roma.quat_product(turn, rotations[0])
        camera_of_box = torch.tensor([focal, focal, *centre])
        poses.append(ImagePose(rotations, torch.tensor([*across, depth]), torch.zeros(22, 2), camera_of_box, SIZE))
    return poses


def test_the_path_does_not_depend_on_the_boxes():
    """Boxes of very different sizes, and the body goes where it went; near the ends smoothing holds it back."""
    motion = moving_body(60, speed=0.8, turn=0.4)
    found = motion_of_poses(filmed(motion), 20.0, FOCAL, tilt=10.0)
    way, true = (each.translation[12:48, [0, 2]] - each.translation[12:13, [0, 2]] for each in (found, motion))
    assert float((way - true).norm(dim=-1).max()) < 0.05 and float(true[-1].norm()) > 1
    assert float(angle_between(found.rotations[10:-10], motion.rotations[10:-10]).mean()) < 0.1


def test_the_tilt_of_the_camera_is_found_and_feet_are_on_the_floor():
    standing = moving_body(40, speed=0.0, turn=0.0)
    calm = roma.unitquat_slerp(torch.tensor([0.0, 0, 0, 1]).expand_as(standing.rotations), standing.rotations,
                               torch.tensor([0.1]))[0]  # fmt: skip
    found = motion_of_poses(filmed(standing.replace(rotations=calm), tilt=25.0), 20.0, FOCAL)
    up = found.joints()[:, 15] - found.joints()[:, 0]
    assert float((up[:, 1] / up.norm(dim=-1)).min()) > math.cos(math.radians(12))
    lowest = found.joints()[..., 1].amin(1)
    assert -0.1 < float(lowest.min()) and float(lowest.median()) < 0.12


def test_gaps_are_filled_and_long_ones_told():
    motion = moving_body(60, speed=0.5)
    poses: list = filmed(motion)
    whole = motion_of_poses(poses, 20.0, FOCAL)
    holed = motion_of_poses([None, None, *poses[2:20], *[None] * 6, *poses[26:]], 20.0, FOCAL)
    assert holed.num_frames == whole.num_frames - 2
    assert float((holed.translation[:, 0] - whole.translation[2:, 0]).diff().abs().max()) < 0.1
    with pytest.raises(MotionError, match="not seen for 2.5 s"):
        motion_of_poses([*poses[:5], *[None] * 49, *poses[54:]], 20.0)
    with pytest.raises(MotionError, match="nobody is seen"):
        motion_of_poses([None] * 10, 20.0)


def test_other_rates_come_out_at_twenty():
    found = motion_of_poses(filmed(moving_body(60, fps=30.0)), 30.0, FOCAL, text="walks")
    assert (found.fps, found.num_frames, found.text) == (20.0, 40, "walks")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("images")
    tiny_image_model().save_pretrained(path)
    tiny_image_processor().save_pretrained(path)
    return path


def test_one_picture_to_a_glb(folder, tmp_path):
    picture = np.random.default_rng(0).integers(0, 255, (200, 300, 3), dtype=np.uint8)
    pose = estimate_pose(picture, [50, 20, 80, 160], model=folder)
    assert pose.size == (300, 200) and pose.keypoints.shape == (22, 2)
    assert float((pose.keypoints - torch.tensor([90.0, 100.0])).abs().max()) < 400
    motion = pose.motion()
    assert motion.num_frames == 4 and torch.allclose(motion.translation, motion.translation[:1])
    assert save_motion(motion, tmp_path / "pose.glb").read_bytes()[:4] == b"glTF"


def test_many_pictures_are_as_single_ones(folder):
    model = load_image_model(folder)
    pictures = list(np.random.default_rng(1).integers(0, 255, (20, 60, 40, 3), dtype=np.uint8))
    together = model(pictures)
    assert len(together) == 20
    torch.testing.assert_close(together[17].rotations, model(pictures[17:18])[0].rotations, atol=1e-4, rtol=0)


def test_other_models_are_told(tmp_path):
    HumMussConfig.named("hummuss-mini").save_pretrained(tmp_path)
    with pytest.raises(ValueError, match="is no model of pose from images"):
        load_image_model(tmp_path)


def test_a_person_is_followed_by_keypoints(folder):
    """Boxes from keypoints, frames without the person, and times that are not regular."""
    pictures = np.random.default_rng(2).integers(0, 255, (9, 90, 160, 3), dtype=np.uint8)
    keypoints = np.zeros((9, 17, 3))
    keypoints[..., 0], keypoints[..., 1], keypoints[..., 2] = np.linspace(40, 80, 17), np.linspace(10, 80, 17), 1
    keypoints[4] = 0
    assert box_of_keypoints(keypoints[4]) is None
    assert box_of_keypoints(keypoints[0]) == pytest.approx([34.4, 4.4, 51.2, 81.2])
    times = np.array([0, 0.1, 0.2, 0.31, 0.4, 0.5, 0.6, 0.72, 0.8])
    person = KeypointPerson("1", keypoints)
    found = KeypointFile([person], 10.0, (160.0, 90.0), "h36m17", times, True, True)
    frames = list(zip(times, pictures, strict=True))
    model = load_image_model(folder)
    poses = follow_person(frames, person, model)
    assert [pose is None for pose in poses] == [number == 4 for number in range(9)]
    motion = film_person(frames, found, person, model, LiftOptions(in_place=True))
    assert (motion.fps, motion.num_frames) == (20.0, 17)
