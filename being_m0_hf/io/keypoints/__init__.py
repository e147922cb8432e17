"""Files of 2D keypoints, as detectors of people write them."""

from .files import DEFAULT_FPS, KeypointFile, KeypointPerson, people_of_frames, read_keypoints
from .formats import FramesFound
from .frames import Frame, Seen
from .layouts import LAYOUTS, KeypointLayout, h36m_keypoints
from .saving import save_keypoints
from .tracking import body_distance, body_size

__all__ = [
    "DEFAULT_FPS", "LAYOUTS", "Frame", "FramesFound", "KeypointFile", "KeypointLayout", "KeypointPerson", "Seen",
    "body_distance", "body_size", "h36m_keypoints", "people_of_frames", "read_keypoints", "save_keypoints",
]  # fmt: skip
