"""Training data of pose lifting: motions filmed by cameras drawn at random, and keypoints as a detector gives them."""

from .cameras import draw_camera
from .joint_tracks import JointTrack, joint_tracks, read_tracks, track_of, write_tracks
from .keypoint_noise import NoiseOptions, detected
from .lifting_clips import LiftingClips, LiftingOptions, film

__all__ = [
    "JointTrack", "LiftingClips", "LiftingOptions", "NoiseOptions", "detected", "draw_camera", "film",
    "joint_tracks", "read_tracks", "track_of", "write_tracks",
]  # fmt: skip
