"""Frames of a video to people with keypoints."""

from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray

from ..io.keypoints import Frame, FramesFound, KeypointFile, people_of_frames
from ..io.keypoints.frames import MOST_FRAMES
from ..utils.user_files import UserFileError
from .detectors import PeopleDetector, load_detector
from .reader import DEFAULT_RATE, VideoFrames

MOST_PEOPLE = 5
#: Seconds: frames whose times differ less from regular ones are regular, files round their times.
REGULAR = 0.002


def detect_people(
    frames: VideoFrames | Iterable[tuple[float, NDArray]],
    detector: PeopleDetector | str = "blazepose",
    most_people: int = MOST_PEOPLE,
) -> KeypointFile:
    """Each person of a video with Human3.6M's joints in every frame, who is seen most first.

    Args:
        frames: of `read_video`, or pairs of seconds and a picture (height, width, 3) of RGB bytes, all of one size.
        detector: its name, or one that `load_detector` gave, which saves loading it for every video.
        most_people: in one frame; whoever comes later than so many is not seen.

    Returns:
        As `being_m0_hf.io.keypoints.read_keypoints` gives a file; keypoints in pixels of the frames.

    Raises:
        UserFileError: nobody was seen, or the video cannot be read.
        ValueError: the detector cannot be used.
    """
    found = detect_frames(frames, detector, most_people)
    return people_of_frames(found, frames.path if isinstance(frames, VideoFrames) else "the frames")


def detect_frames(
    frames: VideoFrames | Iterable[tuple[float, NDArray]],
    detector: PeopleDetector | str = "blazepose",
    most_people: int = MOST_PEOPLE,
    each: Callable[[Iterable], Iterable] = iter,
) -> FramesFound:
    """As `detect_people`, before the people are put together: what `save_keypoints` writes.

    Args:
        each: wraps the loop over the frames, for example to show how far it is.
    """
    detector = load_detector(detector) if isinstance(detector, str) else detector
    follower = detector.follow(most_people)
    seen: list[Frame] = []
    times: list[float] = []
    size: tuple[int, int] | None = None
    for time, picture in each(frames):
        here = picture.shape[1], picture.shape[0]
        if size is not None and size != here:
            raise ValueError(f"frames have different sizes: {size[0]} x {size[1]}, then {here[0]} x {here[1]}")
        if len(times) == MOST_FRAMES:
            raise UserFileError(f"the video has more than {MOST_FRAMES:,} frames; cut it into shorter ones")
        size = here
        seen.append(follower.see(picture))
        times.append(float(time))
    if size is None:
        raise UserFileError("there are no frames")
    fps, irregular = _rate(times, frames.fps if isinstance(frames, VideoFrames) else DEFAULT_RATE)
    width, height = size
    return FramesFound(seen, fps, (float(width), float(height)), detector.layout, times if irregular else None)


def _rate(times: list[float], said: float) -> tuple[float, bool]:
    """Frames a second, and whether they come irregularly."""
    if len(times) < 2:
        return said, False
    rate = (len(times) - 1) / (times[-1] - times[0])
    regular = times[0] + np.arange(len(times)) / rate
    return rate, bool(np.abs(np.array(times) - regular).max() > REGULAR)


__all__ = ["detect_frames", "detect_people"]
