"""Pictures: what is left stays left, framing does not depend on the world, files are what their names say."""

import math

import numpy as np
import pytest
import roma
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from being_m0_hf.motion import CANONICAL_SKELETON, JOINT_INDEX, Motion
from being_m0_hf.rendering import Camera, animate, contact_sheet, contact_sheets
from being_m0_hf.rendering.figure import PART_COLOURS


def standing(frames: int = 12, turn: float = 0.0, fps: float = 20.0) -> Motion:
    """Stands with arms out, turning to the left by ``turn`` radians over the clip."""
    rotations = torch.zeros(frames, 22, 4)
    rotations[..., 3] = 1.0
    angle = torch.linspace(0, turn, frames)
    rotations[:, 0] = roma.rotvec_to_unitquat(torch.stack((0 * angle, angle, 0 * angle), dim=-1))
    height = -CANONICAL_SKELETON.rest_joints()[:, 1].min() + 0.03
    return Motion(rotations, torch.tensor([0.0, float(height), 0.0]).expand(frames, 3), fps, text="stands")


def centre_of(picture: Image.Image, part: str) -> float:
    """Mean column of a part's own colour, as a share of the width."""
    pixels = np.asarray(picture).astype(int)
    near = np.abs(pixels - np.array(PART_COLOURS[part])).sum(axis=-1) < 40
    assert near.sum() > 20, f"no {part} in the picture"
    return float(np.nonzero(near)[1].mean() / picture.width)


def test_person_facing_the_camera_has_the_left_hand_on_the_viewers_right():
    picture = contact_sheet(standing(), frames=1, title="")
    assert centre_of(picture, "left_arm") > 0.6
    assert centre_of(picture, "right_arm") < 0.4


def test_person_seen_from_behind_has_the_left_hand_on_the_viewers_left():
    sheet = contact_sheet(standing(turn=math.pi), frames=2, title="")
    behind = sheet.crop((sheet.width // 2, 0, sheet.width, sheet.height))
    assert centre_of(behind, "left_arm") < 0.4
    assert centre_of(behind, "right_arm") > 0.6


def test_a_raised_hand_is_higher_in_the_picture():
    motion = standing(frames=20)
    rotations = motion.rotations.clone()
    raised = roma.rotvec_to_unitquat(torch.tensor([0.0, 0.0, 1.3]))
    rotations[10:, JOINT_INDEX["left_shoulder"]] = raised
    sheet = contact_sheet(motion.replace(rotations=rotations), frames=2, title="")
    before, after = (np.asarray(sheet.crop((x, 0, x + sheet.width // 2, sheet.height))) for x in (0, sheet.width // 2))
    top = [
        np.nonzero(np.abs(cell.astype(int) - np.array(PART_COLOURS["left_arm"])).sum(-1) < 40)[0].min()
        for cell in (before, after)
    ]
    assert top[1] < top[0] - 20


@settings(max_examples=8, deadline=None)
@given(turn=st.floats(-3, 3), x=st.floats(-50, 50), z=st.floats(-50, 50))
def test_picture_does_not_depend_on_where_the_motion_stands_and_faces(turn, x, z):
    motion = standing(turn=1.0)
    moved = motion.moved(turn, torch.tensor([x, z]))
    first, second = (np.asarray(contact_sheet(one, frames=2)).astype(int) for one in (motion, moved))
    assert np.abs(first - second).mean() < 0.5


@settings(max_examples=20, deadline=None)
@given(azimuth=st.floats(-180, 180), elevation=st.floats(0, 80))
def test_camera_axes_are_orthonormal_and_up_is_up(azimuth, elevation):
    axes = Camera(azimuth, elevation).axes
    assert np.allclose(axes @ axes.T, np.eye(3), atol=1e-9)
    pixels, _ = Camera(azimuth, elevation).project(np.array([[0.0, 1.0, 0.0]]), np.zeros(3))
    assert pixels[0, 1] < 0


def test_sheet_layout(tmp_path):
    path = tmp_path / "sheet.png"
    sheet = contact_sheet(standing(), path, frames=6, columns=3, cell_size=(100, 120), title="title")
    assert sheet.width == 300
    assert sheet.height > 2 * 120
    assert Image.open(path).size == sheet.size
    assert contact_sheet(standing(), frames=6, columns=3, cell_size=(100, 120), title="").height < sheet.height


def test_sheets_put_one_motion_in_a_row():
    one = contact_sheet(standing(), frames=3)
    both = contact_sheets([standing(), standing(turn=2.0)], frames=3, titles=["first", "second"])
    assert both.size == (one.width, 2 * one.height)


def test_time_label_and_title_change_the_picture():
    plain, titled = (np.asarray(contact_sheet(standing(), frames=2, title=title)) for title in ("a", "another"))
    assert (plain != titled).any()


def test_sheets_explain_what_is_missing():
    with pytest.raises(ValueError, match="at least one motion"):
        contact_sheets([])
    with pytest.raises(ValueError, match="1 motions and 2 titles"):
        contact_sheets([standing()], titles=["a", "b"])
    with pytest.raises(ValueError, match="at least 1"):
        contact_sheet(standing(), frames=0)


def test_gif_has_every_frame_at_the_asked_rate(tmp_path):
    path = animate(standing(frames=31, turn=3.0, fps=30.0), tmp_path / "turn.gif", fps=10, size=(80, 90))
    with Image.open(path) as gif:
        assert gif.n_frames == 11
        assert gif.size == (80, 90)
        assert gif.info["duration"] == 100
        assert gif.info["loop"] == 0


def test_an_mp4_has_every_frame_at_the_asked_rate(tmp_path):
    av = pytest.importorskip("av", reason="needs: pip install 'being-m0-hf[export]'")
    path = animate(standing(frames=31, turn=3.0, fps=30.0), tmp_path / "turn.mp4", size=(80, 90))
    assert path.read_bytes().index(b"moov") < path.read_bytes().index(b"mdat")  # plays before all of it has come
    with av.open(str(path)) as video:
        pictures = [frame.to_ndarray(format="rgb24") for frame in video.decode(video=0)]
        assert video.streams.video[0].average_rate == 30
    assert len(pictures) == 31 and pictures[0].shape == (90, 80, 3)
    assert np.abs(pictures[0].astype(int) - pictures[15]).max() > 100  # the body has turned
    with pytest.raises(ValueError, match="even numbers"):
        animate(standing(), tmp_path / "odd.mp4", size=(81, 90))


@pytest.mark.parametrize(("name", "fps", "message"), [("a.webm", 20, ".gif or .mp4 files"), ("a.gif", 0, "fps is 0")])
def test_gif_errors_say_what_to_do(tmp_path, name, fps, message):
    with pytest.raises(ValueError, match=message):
        animate(standing(), tmp_path / name, fps=fps)
