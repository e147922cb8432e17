"""Training data of pose lifting: motions filmed by cameras drawn at random, and keypoints as a detector gives them."""

from .cameras import draw_camera, draw_cameras
from .joint_tracks import JointTrack, TrackShelf, further_tracks, joint_tracks, read_tracks, track_of, write_tracks
from .keypoint_noise import NoiseOptions, detected
from .lifting_clips import LiftingClips, LiftingOptions, film, film_clips

__all__ = [
    "JointTrack", "LiftingClips", "LiftingOptions", "NoiseOptions", "TrackShelf", "detected", "draw_camera",
    "draw_cameras", "film", "film_clips", "further_tracks", "joint_tracks", "read_tracks", "track_of", "write_tracks",
]  # fmt: skip
