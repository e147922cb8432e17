"""What a visitor handles on the page besides plain fields: the figure's parts, takes, and the timeline."""

from .length_choice import LengthChoice, length_choice
from .next_box import NextBox, next_box
from .on_stage import OnStage
from .part_texts import PartTexts, connect_part_texts
from .timeline_board import TimelineBoard

__all__ = [
    "LengthChoice",
    "NextBox",
    "OnStage",
    "PartTexts",
    "TimelineBoard",
    "connect_part_texts",
    "length_choice",
    "next_box",
]
