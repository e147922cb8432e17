"""What a visitor handles on the page besides plain fields: the figure's parts."""

from .part_texts import PartTexts, connect_part_texts

__all__ = ["PartTexts", "connect_part_texts"]
