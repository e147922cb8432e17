"""Contact sheets: a motion as a row of pictures, or several motions as several rows."""

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from being_m0_hf.motion import Motion

from .camera import Camera
from .figure import FLOOR_RADIUS, PART_COLOURS, Poses, draw_scene
from .picture_file import save_picture

#: Pictures are drawn this much larger and scaled down, which smooths every edge.
SUPERSAMPLING = 3
BACKGROUND = (255, 255, 255)
TEXT_COLOUR = (50, 55, 62)
LABEL_COLOUR = (120, 126, 135)
TITLE_HEIGHT = 30
LABEL_HEIGHT = 20
MIN_VIEW_HEIGHT = 1.9


def contact_sheet(
    motion: Motion,
    path: str | Path | None = None,
    frames: int = 8,
    columns: int | None = None,
    title: str | None = None,
    cell_size: tuple[int, int] = (170, 200),
) -> Image.Image:
    """A motion as evenly spaced pictures with their times, seen from the front left.

    Blue is left, orange is right; the purple arrow head shows where the body faces, the purple line where it went.
    Grid lines are half a metre apart and stay where they are in the world while the camera follows the body.

    Args:
        motion: what to draw; it is turned to start facing the camera.
        path: where to save (suffix decides the format); nothing is saved when None.
        frames: how many pictures, first and last frame included.
        columns: pictures per row; all in one row by default.
        title: text above; the motion's own text by default.
        cell_size: (width, height) of one picture in pixels.

    Raises:
        ValueError: fewer than one picture or column asked for.
    """
    if frames < 1 or (columns is not None and columns < 1):
        raise ValueError(f"frames={frames}, columns={columns}: both must be at least 1")
    columns = min(columns or frames, frames)
    poses = Poses.of(motion)
    chosen = np.linspace(0, motion.num_frames - 1, frames).round().astype(int)
    camera = fitted_camera(poses, cell_size)
    width, height = cell_size
    title = motion.text if title is None else title
    top = TITLE_HEIGHT if title else 0
    rows = math.ceil(frames / columns)
    sheet = Image.new("RGB", (columns * width, top + rows * (height + LABEL_HEIGHT)), BACKGROUND)
    draw = ImageDraw.Draw(sheet)
    if title:
        _draw_title(draw, title, sheet.width)
    for number, frame in enumerate(chosen):
        left = (number % columns) * width
        upper = top + (number // columns) * (height + LABEL_HEIGHT)
        sheet.paste(draw_cell(poses, int(frame), camera, cell_size), (left, upper))
        label = (left + width / 2, upper + height + LABEL_HEIGHT / 2)
        font = ImageFont.load_default(13)
        draw.text(label, f"{frame / motion.fps:.1f} s", fill=LABEL_COLOUR, font=font, anchor="mm")
    if path is not None:
        save_picture(sheet, path)
    return sheet


def contact_sheets(
    motions: Sequence[Motion],
    path: str | Path | None = None,
    frames: int = 8,
    titles: Sequence[str | None] | None = None,
    cell_size: tuple[int, int] = (170, 200),
) -> Image.Image:
    """Several motions, one row of ``frames`` pictures each. ``titles`` defaults to the motions' own texts.

    Raises:
        ValueError: no motion, or as many titles as there are not motions.
    """
    titles = [None] * len(motions) if titles is None else titles
    if not motions or len(titles) != len(motions):
        raise ValueError(f"{len(motions)} motions and {len(titles)} titles: give at least one motion, one title each")
    rows = [
        contact_sheet(motion, frames=frames, title=title, cell_size=cell_size)
        for motion, title in zip(motions, titles, strict=True)
    ]
    sheet = Image.new("RGB", (rows[0].width, sum(row.height for row in rows)), BACKGROUND)
    upper = 0
    for row in rows:
        sheet.paste(row, (0, upper))
        upper += row.height
    if path is not None:
        save_picture(sheet, path)
    return sheet


def fitted_camera(poses: Poses, cell_size: tuple[int, int]) -> Camera:
    """A camera whose cell holds the floor disc and the motion's highest point, at the supersampled size."""
    width, height = (side * SUPERSAMPLING for side in cell_size)
    camera = Camera()
    _, up, _ = camera.axes
    front = FLOOR_RADIUS * math.hypot(up[0], up[2])
    tallest = max(MIN_VIEW_HEIGHT, float(poses.positions[..., 1].max()) + 0.3)
    scale = min(width / (2 * FLOOR_RADIUS + 0.1), height / (tallest * up[1] + front))
    return Camera(pixels_per_metre=scale, origin=(width / 2, height - front * scale))


def draw_cell(poses: Poses, frame: int, camera: Camera, cell_size: tuple[int, int]) -> Image.Image:
    """One picture of ``cell_size`` pixels, by a ``fitted_camera``."""
    large = Image.new("RGB", (cell_size[0] * SUPERSAMPLING, cell_size[1] * SUPERSAMPLING), BACKGROUND)
    draw_scene(ImageDraw.Draw(large), poses, frame, camera)
    return large.reduce(SUPERSAMPLING)


def _draw_title(draw: ImageDraw.ImageDraw, title: str, width: int) -> None:
    """The title, and the colours of left and right at the far end where there is room."""
    font = ImageFont.load_default(13)
    right = width - 8.0
    for side in ("right", "left") if width >= 400 else ():
        draw.text((right, 17), side, fill=LABEL_COLOUR, font=font, anchor="rm")
        right -= font.getlength(side) + 16
        draw.ellipse((right, 12, right + 10, 22), fill=PART_COLOURS[f"{side}_arm"])
        right -= 10
    draw.text((8, 6), _fit(title, round(right) - 8, 17), fill=TEXT_COLOUR, font=ImageFont.load_default(17))


def _fit(text: str, width: int, size: int) -> str:
    """The text, cut with dots so that it fits a width in pixels."""
    font = ImageFont.load_default(size)
    if font.getlength(text) <= width:
        return text
    while text and font.getlength(text + "...") > width:
        text = text[:-1]
    return text + "..."
