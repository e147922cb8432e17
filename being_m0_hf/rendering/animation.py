"""GIF previews."""

from pathlib import Path

from PIL import Image

from being_m0_hf.motion import Motion

from .figure import Poses
from .picture_file import save_picture
from .sheets import draw_cell, fitted_camera

#: GIF stores delays in hundredths of a second and viewers slow down below two of them.
MAX_GIF_FPS = 50.0


def animate(motion: Motion, path: str | Path, fps: float = 20.0, size: tuple[int, int] = (320, 360)) -> Path:
    """Write a looping GIF of the motion, the camera following the body.

    Args:
        motion: what to draw; it is turned to start facing the camera.
        path: a file name ending in .gif.
        fps: pictures per second, at most 50; the motion is resampled.
        size: (width, height) in pixels.

    Raises:
        ValueError: another suffix than .gif, or fps out of range.
    """
    path = Path(path)
    if path.suffix.lower() != ".gif":
        raise ValueError(f"{path.name}: previews are GIF files, name it {path.stem}.gif")
    if not 0 < fps <= MAX_GIF_FPS:
        raise ValueError(f"fps is {fps}, a GIF can show more than 0 and at most {MAX_GIF_FPS:.0f}")
    poses = Poses.of(motion.resample(fps))
    camera = fitted_camera(poses, size)
    pictures = [draw_cell(poses, frame, camera, size) for frame in range(len(poses.positions))]
    # one palette for all frames: colours do not flicker, and only pixels that change are stored
    palette = pictures[len(pictures) // 2].quantize(64)
    pictures = [picture.quantize(palette=palette, dither=Image.Dither.NONE) for picture in pictures]
    delay = max(20, round(100 / fps) * 10)
    options = {"save_all": True, "append_images": pictures[1:], "duration": delay, "loop": 0, "optimize": False}
    save_picture(pictures[0], path, **options)
    return path
