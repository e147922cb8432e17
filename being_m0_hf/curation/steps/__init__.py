"""The steps from a video to motions, one in each file, and the order in which they are taken."""

from .order import NAMES, through_all_steps

__all__ = ["NAMES", "through_all_steps"]
