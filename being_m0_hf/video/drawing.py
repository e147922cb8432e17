"""Keypoints drawn over the picture in which they were seen."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from ..motion.h36m_joints import H36M_NAMES

LEFT, RIGHT, MIDDLE, OTHERS = (70, 160, 225), (245, 160, 60), (235, 235, 235), (150, 150, 150)
_CHAINS = (
    ("pelvis", "spine", "thorax", "nose", "head"),
    *(
        chain
        for side in ("left", "right")
        for chain in (
            ("pelvis", f"{side}_hip", f"{side}_knee", f"{side}_ankle"),
            ("thorax", f"{side}_shoulder", f"{side}_elbow", f"{side}_wrist"),
        )
    ),
)
BONES = tuple(
    (H36M_NAMES.index(start), H36M_NAMES.index(end))
    for chain in _CHAINS
    for start, end in zip(chain[:-1], chain[1:], strict=True)
)


def draw_people(picture: NDArray, people: Sequence[NDArray], chosen: int = 0) -> Image.Image:
    """A picture with the joints of people over it: left blue, right orange, whoever is not chosen grey.

    Args:
        picture: (height, width, 3) of RGB bytes.
        people: (17, 3) each, Human3.6M's joints in pixels and their confidences: the less sure, the thinner.
        chosen: which of them is in colours.
    """
    image = Image.fromarray(picture)
    draw = ImageDraw.Draw(image)
    for number in sorted(range(len(people)), key=lambda number: number == chosen):
        draw_joints(draw, people[number], max(image.size) / 160, grey=number != chosen)
    return image


def draw_joints(draw: ImageDraw.ImageDraw, joints: NDArray, width: float, grey: bool = False) -> None:
    """Bones and joints (17, 3) in pixels; bones of which an end is missing are left out."""
    for start, end in BONES:
        sure = float(min(joints[start, 2], joints[end, 2]))
        if sure > 0:
            line = [tuple(joints[start, :2]), tuple(joints[end, :2])]
            draw.line(line, fill=OTHERS if grey else _colour(end), width=max(1, round(width * (0.35 + 0.65 * sure))))
    for index in np.flatnonzero(joints[:, 2] > 0).tolist():
        x, y = joints[index, :2]
        radius = 0.6 * width
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=OTHERS if grey else _colour(index))


def _colour(joint: int) -> tuple[int, int, int]:
    name = H36M_NAMES[joint]
    return LEFT if name.startswith("left") else RIGHT if name.startswith("right") else MIDDLE


__all__ = ["draw_joints", "draw_people"]
