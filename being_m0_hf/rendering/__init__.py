"""Pictures of motion with numpy and PIL alone: contact sheets and GIFs; MP4 with PyAV. No GL, no display."""

from .animation import PICTURE_SUFFIXES, animate, moving_picture
from .camera import Camera
from .figure import draw_scene
from .sheets import contact_sheet, contact_sheets

__all__ = [
    "PICTURE_SUFFIXES", "Camera", "animate", "contact_sheet", "contact_sheets", "draw_scene", "moving_picture",
]  # fmt: skip
