"""The steps from a video to motions, one in each file, and the order in which they are taken."""

from .order import last_step, names_of_steps, through_all_steps

__all__ = ["last_step", "names_of_steps", "through_all_steps"]
