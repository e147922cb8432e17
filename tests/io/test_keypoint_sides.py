"""Left and right that a detector exchanged come back to where they are, and those that are right stay."""

import math

import numpy as np
import pytest
import torch
from moving_body import moving_body

from being_m0_hf.io.keypoints import LAYOUTS
from being_m0_hf.io.keypoints.files import people_of_frames
from being_m0_hf.io.keypoints.formats import FramesFound
from being_m0_hf.io.keypoints.frames import Seen
from being_m0_hf.io.keypoints.sides import exchanged_sides, with_sides_right
from being_m0_hf.motion.h36m_joints import H36M_MIRROR, H36M_NAMES, h36m_joints
from being_m0_hf.motion.pinhole import Camera, camera_rotation

FPS, SIDE = 30.0, 1280
H36M = LAYOUTS["h36m17"]
ARMS = [index for index, name in enumerate(H36M_NAMES) if name.endswith(("shoulder", "elbow", "wrist"))]
LEGS = [index for index, name in enumerate(H36M_NAMES) if name.endswith(("hip", "knee", "ankle"))]
TOWARDS, AWAY = 0.3, math.pi + 0.3


def walker(camera: float, frames: int = 90, seed: int = 0, backwards: bool = False) -> np.ndarray:
    """(T, 17, 3) Human3.6M's joints in pixels of somebody who walks, seen from so many radians about the vertical."""
    speed = -1.2 if backwards else 1.2
    motion = moving_body(frames, seed, FPS, turn=0.0, speed=speed)
    view = Camera(camera_rotation(camera, 0.1), torch.tensor([0.0, 0.9, 1.5 * speed]), 7.0, 1.1)
    pixels = view.project(view.view(h36m_joints(motion))) * SIDE / 2 + torch.tensor([640.0, 360.0])
    return np.concatenate((pixels.double().numpy(), np.full((frames, 17, 1), 0.9)), axis=-1)


def exchanged(points: np.ndarray, frames, joints=(*ARMS, *LEGS)) -> np.ndarray:
    result = points.copy()
    for joint in joints:
        result[frames, joint] = points[frames, H36M_MIRROR[joint]]
    return result


def seconds(frames: int = 90) -> np.ndarray:
    return np.arange(frames) / FPS


@pytest.mark.parametrize("camera", [TOWARDS, AWAY, 1.0])
@pytest.mark.parametrize("joints", [(*ARMS, *LEGS), ARMS, LEGS])
def test_sides_that_are_exchanged_for_a_while_are_put_right(camera, joints):
    truth = walker(camera)
    wrong = exchanged(truth, slice(30, 45), joints)
    np.testing.assert_array_equal(with_sides_right(truth, H36M, seconds(), SIDE), truth)
    np.testing.assert_array_equal(with_sides_right(wrong, H36M, seconds(), SIDE), truth)


@pytest.mark.parametrize("camera", [TOWARDS, AWAY])
def test_who_is_exchanged_for_most_of_the_time_is_put_right_by_where_they_walk(camera):
    truth = walker(camera)
    frames = np.r_[0:25, 30:55, 60:80]
    np.testing.assert_array_equal(with_sides_right(exchanged(truth, frames), H36M, seconds(), SIDE), truth)


def test_who_walks_backwards_is_left_as_the_detector_says_if_the_face_says_so_too():
    coco = LAYOUTS["coco17"]
    for camera in (TOWARDS, AWAY):
        joints = walker(camera, backwards=True)
        place = dict(zip(H36M_NAMES, joints.transpose(1, 0, 2), strict=True))
        across = 0.25 * (place["left_shoulder"] - place["right_shoulder"]) * [1.0, 1.0, 0.0]
        for side, sign in (("left", 1.0), ("right", -1.0)):
            place |= {f"{side}_eye": place["nose"] + sign * across / 2, f"{side}_ear": place["nose"] + sign * across}
        points = np.stack([place[name] for name in coco.points], axis=1)
        assert not exchanged_sides(points, coco, seconds(), SIDE).any()


def test_a_film_that_cuts_from_a_front_to_a_back_stays():
    both = np.concatenate((walker(TOWARDS, 45), walker(AWAY, 45, seed=1)))
    assert not exchanged_sides(both, H36M, seconds(), SIDE).any()


def test_what_is_hardly_seen_says_nothing():
    points = walker(TOWARDS, 20)
    points[3:9] = 0.0
    points[:, LEGS] = 0.0
    assert not exchanged_sides(points, H36M, seconds(20), SIDE).any()
    assert not exchanged_sides(points * 0, H36M, seconds(20), SIDE).any()
    assert not exchanged_sides(points[:1], H36M, seconds(1), SIDE).any()


def test_people_of_a_detector_have_their_sides_right():
    truth = walker(AWAY)
    frames = [[Seen(points, "1")] for points in exchanged(truth, slice(30, 50))]
    found = people_of_frames(FramesFound(frames, FPS, (1280.0, 720.0), "h36m17"), "a detector")
    np.testing.assert_allclose(found.people[0].keypoints, truth)
