"""Training data of pose lifting: motions filmed by cameras drawn at random, and keypoints as a detector gives them."""

from .cameras import Camera, draw_camera
from .keypoint_noise import NoiseOptions, detected
from .lifting_clips import LiftingClips, LiftingOptions

__all__ = ["Camera", "LiftingClips", "LiftingOptions", "NoiseOptions", "detected", "draw_camera"]
