"""Contact sheets of performances: front and side, so that whoever writes a score can look at it."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ..motion import Motion
from ..rendering.camera import Camera
from ..rendering.figure import Poses, draw_scene
from ..rendering.picture_file import save_picture

#: Degrees around the body: front left, and its right side.
_VIEWS = (30, -60)
_CELL = (132, 160)
_TITLE = 20
#: The picture is as high as 1.9 m of body and floor, or as the motion needs.
_LEAST_HEIGHT = 1.9


def sheet(motion: Motion, title: str, frames: int = 9) -> Image.Image:
    """Evenly spaced pictures of a motion, one row from the front, one from the side."""
    poses = Poses.of(motion)
    chosen = np.linspace(0, motion.num_frames - 1, frames).round().astype(int)
    width, height = _CELL
    tall = max(_LEAST_HEIGHT, float(poses.positions[..., 1].max()) + 0.25)
    image = Image.new("RGB", (frames * width, _TITLE + len(_VIEWS) * height), "white")
    for row, azimuth in enumerate(_VIEWS):
        scale = min(2 * width / 1.75, 2 * height / (tall + 0.35))
        camera = Camera(azimuth, pixels_per_metre=scale, origin=(width, 2 * height - 0.32 * scale))
        for column, frame in enumerate(chosen):
            large = Image.new("RGB", (2 * width, 2 * height), "white")
            draw_scene(ImageDraw.Draw(large), poses, int(frame), camera)
            image.paste(large.resize(_CELL, Image.Resampling.LANCZOS), (column * width, _TITLE + row * height))
    ImageDraw.Draw(image).text(
        (6, 3), f"{title}   {motion.seconds:.1f} s", fill="black", font=ImageFont.load_default(13)
    )
    return image


def stacked(sheets: Sequence[Image.Image], path: Path) -> None:
    """Sheets below each other, in a file."""
    image = Image.new("RGB", (max(each.width for each in sheets), sum(each.height for each in sheets)), "white")
    top = 0
    for each in sheets:
        image.paste(each, (0, top))
        top += each.height
    save_picture(image, path)
