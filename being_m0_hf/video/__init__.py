"""Videos in, keypoints of the people in them out.

frames = read_video("clip.mp4")
found = detect_people(frames)  # as `being_m0_hf.io.keypoints.read_keypoints` gives a file
"""

from .detect import detect_frames, detect_people
from .detectors import load_detector
from .reader import VideoFrame, VideoFrames, read_video

__all__ = ["VideoFrame", "VideoFrames", "detect_frames", "detect_people", "load_detector", "read_video"]
