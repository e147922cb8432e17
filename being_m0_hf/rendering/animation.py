"""Moving pictures of a motion: GIF with PIL alone, MP4 with the library PyAV."""

import io
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from being_m0_hf.motion import Motion
from being_m0_hf.utils.atomic_files import write_whole
from being_m0_hf.utils.imports import need_library

from .figure import Poses
from .sheets import draw_cell, fitted_camera
from .video_file import write_video

PICTURE_SUFFIXES = (".gif", ".mp4")
#: GIF stores delays in hundredths of a second and viewers slow down below two of them.
MAX_GIF_FPS = 50.0
PREVIEW_FPS = 20.0


def animate(motion: Motion, path: str | Path, fps: float | None = None, size: tuple[int, int] | None = None) -> Path:
    """Write a looping GIF or an MP4 of the motion, the camera following the body.

    Args:
        motion: what to draw; it is turned to start facing the camera.
        path: a file name ending in .gif or .mp4.
        fps: pictures per second, the motion is resampled; 20 of a GIF, which can show at most 50, when None, and the
            motion's own of an MP4.
        size: (width, height) in pixels, both even for an MP4; (320, 360) of a GIF, (480, 540) of an MP4 when None.

    Raises:
        ValueError: another suffix, fps or size out of range, or PyAV is missing.
    """
    path = Path(path)
    write_whole(path, moving_picture(motion, path.suffix.lower(), fps, size))
    return path


def moving_picture(motion: Motion, suffix: str, fps: float | None = None, size: tuple[int, int] | None = None) -> bytes:
    """The bytes of the file that ``animate`` writes; the suffix is one of ``PICTURE_SUFFIXES``."""
    if suffix not in PICTURE_SUFFIXES:
        raise ValueError(
            f"moving pictures are {' or '.join(PICTURE_SUFFIXES)} files, not {suffix or 'without a suffix'}"
        )
    is_gif = suffix == ".gif"
    fps = (PREVIEW_FPS if is_gif else motion.fps) if fps is None else fps
    if not fps > 0 or (is_gif and fps > MAX_GIF_FPS):
        raise ValueError(f"fps is {fps:g}, a GIF can show more than 0 and at most {MAX_GIF_FPS:.0f}")
    if is_gif:
        return _gif(motion.resample(fps), size or (320, 360))
    need_library("av", "export", "an MP4")
    return _mp4(motion.resample(fps), size or (480, 540))


def _pictures(motion: Motion, size: tuple[int, int]) -> Iterator[Image.Image]:
    poses = Poses.of(motion)
    camera = fitted_camera(poses, size)
    for frame in range(len(poses.positions)):
        yield draw_cell(poses, frame, camera, size)


def _gif(motion: Motion, size: tuple[int, int]) -> bytes:
    pictures = list(_pictures(motion, size))
    # one palette for all frames: colours do not flicker, and only pixels that change are stored
    palette = pictures[len(pictures) // 2].quantize(64)
    pictures = [picture.quantize(palette=palette, dither=Image.Dither.NONE) for picture in pictures]
    delay = max(20, round(100 / motion.fps) * 10)
    options = {"save_all": True, "append_images": pictures[1:], "duration": delay, "loop": 0, "optimize": False}
    data = io.BytesIO()
    pictures[0].save(data, "GIF", **options)
    return data.getvalue()


def _mp4(motion: Motion, size: tuple[int, int]) -> bytes:
    if size[0] % 2 or size[1] % 2:
        raise ValueError(f"size is {size[0]} x {size[1]}, an MP4 needs even numbers of pixels")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "motion.mp4"
        write_video(path, map(np.asarray, _pictures(motion, size)), motion.fps)
        return path.read_bytes()
