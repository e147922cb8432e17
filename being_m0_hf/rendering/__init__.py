"""Pictures of motion with numpy and PIL alone: contact sheets and GIF previews. No GL, no display, no ffmpeg."""

from .animation import animate
from .camera import Camera
from .figure import draw_scene
from .sheets import contact_sheet, contact_sheets

__all__ = ["Camera", "animate", "contact_sheet", "contact_sheets", "draw_scene"]
