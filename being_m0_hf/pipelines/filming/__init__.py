"""From a film to motions: live, and pictures that show what was understood."""

from .live import LiveMoment, film_live
from .preview import live_picture, preview_pictures, preview_sheet

__all__ = ["LiveMoment", "film_live", "live_picture", "preview_pictures", "preview_sheet"]
