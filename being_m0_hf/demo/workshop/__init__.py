"""What is done with motions for visitors: recipes say it, the workshop does it and keeps what came out for a while."""

from .recipe import Continued, Filled, Recipe
from .timelines import TimelineRequest
from .told import told_in_time, told_of, told_of_recipe
from .workshop import Workshop

__all__ = ["Continued", "Filled", "Recipe", "TimelineRequest", "Workshop", "told_in_time", "told_of", "told_of_recipe"]
