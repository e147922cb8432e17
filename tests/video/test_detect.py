"""``detect_people``: who is in the frames of a video, and where their joints are."""

import io
import zipfile

import numpy as np
import pytest
import torch
from moving_body import moving_body
from video_files import need_detector

from being_m0_hf.io.keypoints import people_of_frames, read_keypoints, save_keypoints
from being_m0_hf.motion.h36m_joints import H36M_NAMES, h36m_joints
from being_m0_hf.utils.user_files import UserFileError

pytest.importorskip("av", reason="the extra video is not installed")
from being_m0_hf.bodies import makehuman_body  # noqa: E402
from being_m0_hf.video import detect_frames, detect_people, load_detector  # noqa: E402
from being_m0_hf.video.detectors import blazepose_files  # noqa: E402
from training.tools.film_motions import FilmedMotion, film, standing_camera  # noqa: E402

SIZE = (480, 270)


@pytest.fixture(scope="module")
def blazepose():
    need_detector()
    return load_detector("blazepose")


@pytest.fixture(scope="module")
def filmed() -> FilmedMotion:
    motion = moving_body(4, seed=3, fps=10.0, speed=0.3)
    return FilmedMotion(motion, standing_camera(motion, 0.3), SIZE)


@pytest.fixture(scope="module")
def pictures(filmed) -> list:
    return film(filmed, makehuman_body("low"))


def timed(pictures, fps=10.0):
    return [(number / fps, picture) for number, picture in enumerate(pictures)]


def test_joints_are_where_the_body_is(blazepose, filmed, pictures):
    found = detect_people(timed(pictures), blazepose)
    assert (found.layout, found.size, found.fps, found.times) == ("mediapipe33", SIZE, pytest.approx(10.0), None)
    (person,) = found.people
    truth = filmed.pixels(h36m_joints(filmed.motion))
    height = truth[..., 1].max() - truth[..., 1].min()
    limbs = [H36M_NAMES.index(f"{side}_{joint}") for side in ("left", "right") for joint in ("knee", "ankle", "elbow")]
    away = np.linalg.norm(person.keypoints[:, limbs, :2] - truth[:, limbs, :2], axis=-1)
    assert np.median(away) < 0.06 * height  # left is left, too: legs are farther apart than that


def test_two_people_keep_their_names(blazepose, pictures):
    """Side by side, one of them gone for a frame."""
    empty = pictures[0][:, :150]
    both = [np.concatenate((picture[:, 120:360], picture[:, 120:360]), 1) for picture in pictures]
    both[2] = np.concatenate((both[2][:, :240], np.tile(empty, (1, 2, 1))[:, :240]), 1)
    frames = detect_frames(timed(both), blazepose).frames
    assert [len(frame) for frame in frames] == [2, 2, 1, 1]
    assert {seen.person for frame in frames for seen in frame} == {"1", "2"}
    names = {bool(seen.points[:, 0].mean() > 240): seen.person for seen in frames[0]}
    assert all(names[bool(seen.points[:, 0].mean() > 240)] == seen.person for frame in frames for seen in frame)


def test_who_is_small_in_the_picture_is_found(blazepose, pictures):
    """A tenth as high as the picture is wide, which a look at the whole of it misses."""
    from PIL import Image

    wide = Image.fromarray(pictures[0])
    colour = tuple(int(value) for value in pictures[0][5, 5])
    picture = Image.new("RGB", (1280, 720), colour)
    small = wide.resize((wide.width // 2, wide.height // 2))
    picture.paste(small, (900, 420))
    assert not blazepose.find(picture)
    squares = blazepose.find(picture, closer=True)
    assert len(squares) == 1
    assert abs(squares[0].x - 900 - small.width / 2) < small.height / 2 and 420 < squares[0].y < 420 + small.height


def test_keypoints_written_are_read_again(blazepose, pictures, tmp_path):
    found = detect_frames([(0.0, pictures[0]), (0.1, pictures[1]), (0.5, pictures[2])], blazepose)
    again = read_keypoints(save_keypoints(found, tmp_path / "keypoints.json"))
    before = people_of_frames(found, "frames")
    assert (again.size, again.fps, again.layout) == (before.size, before.fps, before.layout)
    np.testing.assert_allclose(again.times, [0.0, 0.1, 0.5])
    np.testing.assert_allclose(again.people[0].keypoints, before.people[0].keypoints, atol=2e-3)


@pytest.mark.parametrize("shape", [(1, 1), (3, 700), (270, 480)])
def test_nobody_is_one_line(blazepose, shape):
    with pytest.raises(UserFileError, match="nobody was seen in its 2 frames"):
        detect_people(timed([np.full((*shape, 3), 90, np.uint8)] * 2), blazepose)


def test_frames_of_different_sizes_are_refused(blazepose):
    with pytest.raises(ValueError, match="different sizes: 8 x 6, then 4 x 4"):
        detect_frames(timed([np.zeros((6, 8, 3), np.uint8), np.zeros((4, 4, 3), np.uint8)]), blazepose)


def test_vitpose_gives_coco_keypoints(pictures):
    """Tiny networks with random weights: what they say is nonsense, of the right form."""
    from transformers import (
        VitPoseBackboneConfig,
        VitPoseConfig,
        VitPoseForPoseEstimation,
        VitPoseImageProcessor,
        YolosConfig,
        YolosForObjectDetection,
        YolosImageProcessor,
    )  # fmt: skip

    from being_m0_hf.video.detectors.vitpose import VitPose

    torch.manual_seed(0)
    small = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
    finder = YolosForObjectDetection(
        YolosConfig(**small, image_size=[64, 64], num_detection_tokens=3, id2label={0: "person"})
    )
    with torch.no_grad():  # everything is a person
        finder.class_labels_classifier.layers[-1].bias.copy_(torch.tensor([9.0, -9.0]))
    backbone = VitPoseBackboneConfig(**small, out_indices=[-1])
    pose = VitPoseForPoseEstimation(VitPoseConfig(backbone_config=backbone, num_labels=17, use_simple_decoder=True))
    detector = VitPose(finder, YolosImageProcessor(size={"height": 64, "width": 64}), pose, VitPoseImageProcessor())
    found = detect_frames(timed(pictures[:1]), detector, most_people=2)
    assert found.layout == "coco17" and 1 <= len(found.frames[0]) <= 2
    assert all(seen.points.shape == (17, 3) and np.isfinite(seen.points).all() for seen in found.frames[0])


def test_without_its_files_the_detector_tells_how_to_get_them(tmp_path, monkeypatch):
    pytest.importorskip("ai_edge_litert", reason="the extra video is not installed")
    monkeypatch.setenv("BEING_M0_CACHE", str(tmp_path))
    with pytest.raises(ValueError, match="fetch it once: being-m0 film --fetch-detector"):
        load_detector("blazepose")
    folder = blazepose_files.detector_folder()
    folder.mkdir()
    (folder / "pose_detection.tflite").write_bytes(b"another")
    with pytest.raises(ValueError, match="is not the file that was expected"):
        load_detector("blazepose")


def test_other_wheels_are_refused(tmp_path):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for file in (blazepose_files.FINDER, blazepose_files.LANDMARKS):
            archive.writestr(file.member, b"something else")
        archive.writestr(blazepose_files.LICENCE_FILE, b"")
    for contents, message in ((data.getvalue(), "is not the one of mediapipe"), (b"PK", "is no wheel of mediapipe")):
        (tmp_path / "other.whl").write_bytes(contents)
        with pytest.raises(UserFileError, match=message):
            blazepose_files.fetch_detector(tmp_path / "other.whl")
