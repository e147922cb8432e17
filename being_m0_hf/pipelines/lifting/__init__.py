"""From 2D keypoints to motions: of files, and of a live camera."""

from .lift import lift_keypoints, lift_person, load_lifter
from .placing import LiftOptions
from .stream import LiftedFrame, LiftStream

__all__ = ["LiftOptions", "LiftStream", "LiftedFrame", "lift_keypoints", "lift_person", "load_lifter"]
