"""``read_video``: honest times, upright pictures, and one line for whatever is no video."""

import numpy as np
import pytest
from video_files import turn_by_metadata, write_frames, write_sound

from being_m0_hf.utils.user_files import UserFileError

pytest.importorskip("av", reason="the extra video is not installed")
from being_m0_hf.video import read_video  # noqa: E402

REGULAR = [number / 25 for number in range(10)]


def test_frames_come_with_their_times(tmp_path):
    frames = read_video(write_frames(tmp_path / "clip.mp4", REGULAR))
    read = list(frames)
    assert frames.size == (64, 48) and frames.rotation == 0 and frames.fps == pytest.approx(25, rel=0.15)
    np.testing.assert_allclose([frame.time for frame in read], REGULAR, atol=1e-3)
    assert all(frame.picture.shape == (48, 64, 3) and frame.picture.dtype == np.uint8 for frame in read)
    np.testing.assert_allclose([frame.picture[40, 60].mean() for frame in read], np.arange(10) * 10, atol=6)
    assert [frame.time for frame in frames] == [frame.time for frame in read]  # and once more from the beginning


@pytest.mark.parametrize("suffix", ["mkv", "mp4", "avi"])
def test_containers_are_known_by_what_they_hold(tmp_path, suffix):
    path = write_frames(tmp_path / f"clip.{suffix}", REGULAR)
    path = path.rename(tmp_path / "clip.txt")
    assert len(list(read_video(path))) == 10


@pytest.mark.parametrize("suffix", ["mkv", "mp4"])
def test_frame_rates_that_vary_are_kept(tmp_path, suffix):
    times = [0.0, 0.033, 0.066, 0.5, 0.533, 2.0, 2.04]
    read = list(read_video(write_frames(tmp_path / f"clip.{suffix}", times)))
    np.testing.assert_allclose([frame.time for frame in read], times, atol=2e-3)


def test_fast_videos_can_be_thinned_out(tmp_path):
    path = write_frames(tmp_path / "fast.mp4", [number / 100 for number in range(20)])
    times = [frame.time for frame in read_video(path, max_fps=50)]
    np.testing.assert_allclose(times, np.arange(10) / 50, atol=1e-3)


@pytest.mark.parametrize(("quarters", "corner"), [(0, (0, 0)), (1, (0, -1)), (2, (-1, -1)), (3, (-1, 0))])
def test_pictures_are_upright(tmp_path, quarters, corner):
    """The red corner is where a player shows it."""
    frames = read_video(turn_by_metadata(write_frames(tmp_path / "clip.mp4", REGULAR), quarters))
    picture = next(iter(frames)).picture
    assert picture.shape[1::-1] == frames.size == ((64, 48) if quarters % 2 == 0 else (48, 64))
    red, green, blue = picture[corner].astype(int)
    assert red > 200 and max(green, blue) < 60


def test_huge_frames_are_scaled_down(tmp_path):
    frames = read_video(write_frames(tmp_path / "huge.mkv", [0.0, 0.1], 4096, 2304), max_side=320)
    assert frames.size == (320, 180) and frames.file_size == (4096, 2304)
    assert [frame.picture.shape for frame in frames] == [(180, 320, 3)] * 2


@pytest.mark.parametrize(("width", "height", "number"), [(1, 1, 3), (64, 48, 1), (2, 300, 2)])
def test_tiny_videos_are_read(tmp_path, width, height, number):
    frames = read_video(write_frames(tmp_path / "tiny.mov", REGULAR[:number], width, height, codec="png"))
    assert [frame.picture.shape for frame in frames] == [(height, width, 3)] * number


def test_a_picture_is_a_video_of_one_frame(tmp_path):
    from PIL import Image

    Image.new("RGB", (30, 20), (0, 200, 0)).save(tmp_path / "one.png")
    (frame,) = read_video(tmp_path / "one.png")
    assert frame.time == 0 and frame.picture.shape == (20, 30, 3)


def test_what_is_cut_off_is_read_as_far_as_it_goes(tmp_path):
    path = write_frames(tmp_path / "clip.mkv", [number / 25 for number in range(50)])
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert 5 < len(list(read_video(path))) < 50


def faulty(folder, kind):
    path = folder / f"{kind}.mp4"
    if kind == "sound":
        return write_sound(path)
    whole = write_frames(folder / "whole.mp4", REGULAR).read_bytes()
    contents = {
        "empty": b"",
        "header": whole[:40],
        "headless": whole[: whole.index(b"moov")],
        "text": b"no video at all\n" * 50,
        "playlist": b"#EXTM3U\n#EXTINF:1,\nfile:///etc/hostname\n#EXT-X-ENDLIST\n",
        "list": b"ffconcat version 1.0\nfile whole.mp4\n",
        "noise": np.random.default_rng(0).bytes(5000),
    }
    if kind == "folder":
        path.mkdir()
    elif kind in contents:
        path.write_bytes(contents[kind])
    return path


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("sound", "has sound only"),
        ("empty", "is empty"),
        ("header", "is no video, or cut off"),
        ("headless", "is no video, or cut off"),
        ("text", "is no video, or cut off"),
        ("playlist", "is no video, or cut off"),
        ("list", "is no video, or cut off"),
        ("noise", "is no video, or cut off"),
        ("folder", "is not a regular file"),
        ("missing", "cannot be read"),
    ],
)
def test_what_is_no_video_is_one_line(tmp_path, kind, message):
    with pytest.raises(UserFileError) as error:
        list(read_video(faulty(tmp_path, kind)))
    assert f"{kind}.mp4" in str(error.value) and message in str(error.value) and "\n" not in str(error.value)


def test_options_out_of_range_are_refused(tmp_path):
    path = write_frames(tmp_path / "clip.mp4", REGULAR)
    with pytest.raises(ValueError, match="max_side is 0"):
        read_video(path, max_side=0)
    with pytest.raises(ValueError, match="max_fps is -1"):
        read_video(path, max_fps=-1)
