"""Filming live: frames as they come, an end by Ctrl-C that loses nothing, and the newest frame first."""

import time

import numpy as np
import pytest
from PIL import Image
from video_files import need_detector, write_frames

from being_m0_hf.models import HumMussConfig, HumMussForPoseLifting
from being_m0_hf.pipelines.filming import film_live, live_picture
from being_m0_hf.pipelines.lifting import LiftStream
from being_m0_hf.utils.user_files import UserFileError

pytest.importorskip("av", reason="the extra video is not installed")
from moving_body import moving_body  # noqa: E402

from being_m0_hf.bodies import makehuman_body  # noqa: E402
from being_m0_hf.video import load_detector  # noqa: E402
from being_m0_hf.video.camera import CameraFrames  # noqa: E402
from being_m0_hf.video.window import open_window  # noqa: E402
from training.tools.film_motions import FilmedMotion, film, standing_camera  # noqa: E402

SIZE = (320, 180)


@pytest.fixture(scope="module")
def detector():
    need_detector()
    return load_detector()


@pytest.fixture(scope="module")
def pictures():
    motion = moving_body(4, seed=3, fps=10.0, speed=0.3)
    return film(FilmedMotion(motion, standing_camera(motion, 0.3), SIZE), makehuman_body("low"))


def stream() -> LiftStream:
    sizes = {"hidden_size": 8, "num_blocks": 1, "state_size": 4, "representation_size": 8}
    lifter = HumMussForPoseLifting(HumMussConfig.named("hummuss-mini", causal=True, **sizes)).eval()
    return LiftStream(lifter, SIZE, "mediapipe33", fps=10.0)


def test_ctrl_c_keeps_what_was_filmed(detector, pictures):
    def until_ctrl_c():
        yield 0.0, np.zeros((180, 320, 3), np.uint8)  # nobody yet: the recording has not begun
        for number, picture in enumerate(pictures, 1):
            yield number / 10, picture
        raise KeyboardInterrupt

    lifts, moments = stream(), []
    found = film_live(until_ctrl_c(), detector, lifts, lambda moment: moments.append(moment) or True)
    assert len(moments) == 5 and moments[0].lifted is None and moments[1].lifted.joints.shape == (17, 3)
    assert found.times == pytest.approx([0.1, 0.2, 0.3, 0.4])
    assert lifts.motion().num_frames == 4
    assert live_picture(moments[1], "mediapipe33").size == (320 + 180, 180)


def test_it_ends_when_asked(detector, pictures):
    frames = [(number / 10, picture) for number, picture in enumerate(pictures)]
    assert len(film_live(frames, detector, stream(), lambda _: True, seconds=0.1).frames) == 2
    assert len(film_live(frames, detector, stream(), lambda _: False).frames) == 1
    with pytest.raises(UserFileError, match="nobody was seen by the camera"):
        film_live([(0.0, np.zeros((180, 320, 3), np.uint8))], detector, stream(), lambda _: True)


def test_a_file_is_played_in_its_own_time_and_late_frames_are_dropped(tmp_path):
    frames = CameraFrames(str(write_frames(tmp_path / "clip.mp4", [number / 20 for number in range(20)])))
    started, times = time.monotonic(), []
    for frame in frames:
        times.append(frame.time)
        time.sleep(0.2)  # slower than the 50 ms between frames
    assert time.monotonic() - started >= 0.95
    assert times[0] == 0 and times == sorted(times) and len(times) + frames.dropped == 20 and frames.dropped > 5


def test_a_window_shows_pictures_until_it_is_closed():
    window = open_window("a test")
    if window is None:
        pytest.skip("there is no screen here")
    window.show(Image.new("RGB", (1600, 20), "red"))
    assert window.is_open
    window.close()
    window.show(Image.new("RGB", (16, 20)))
    assert not window.is_open
