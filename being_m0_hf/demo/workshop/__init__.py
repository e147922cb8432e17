"""What is done with motions for visitors: recipes say it, the workshop does it and keeps what came out for a while."""

from .recipe import Continued, Filled, Recipe
from .status import Status, Tell, all_at_once
from .timelines import TimelineRequest
from .told import told_in_time, told_of, told_of_recipe
from .workshop import Workshop

__all__ = [
    "Continued",
    "Filled",
    "Recipe",
    "Status",
    "Tell",
    "TimelineRequest",
    "Workshop",
    "all_at_once",
    "told_in_time",
    "told_of",
    "told_of_recipe",
]
