"""Training data of pose from images: pictures of our own body, and data sets of crops with what is true of them."""

from .chance import Chance
from .person_images import PersonImages, write_shard
from .photos import Model, PhotoOptions, photograph
from .poses import PoseBank

__all__ = ["Chance", "Model", "PersonImages", "PhotoOptions", "PoseBank", "photograph", "write_shard"]
