"""Training data of pose from images: pictures of our own body, and data sets of crops with what is true of them."""

from .appearance import Appearance, draw_appearance
from .person_images import PersonImages, write_shard
from .photos import PhotoOptions, photograph

__all__ = ["Appearance", "PersonImages", "PhotoOptions", "draw_appearance", "photograph", "write_shard"]
