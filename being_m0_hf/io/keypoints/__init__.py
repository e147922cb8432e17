"""Files of 2D keypoints, as detectors of people write them."""

from .files import DEFAULT_FPS, KeypointFile, KeypointPerson, read_keypoints
from .layouts import LAYOUTS, KeypointLayout, h36m_keypoints

__all__ = [
    "DEFAULT_FPS", "LAYOUTS", "KeypointFile", "KeypointLayout", "KeypointPerson", "h36m_keypoints", "read_keypoints",
]  # fmt: skip
