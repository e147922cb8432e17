"""A person before a camera, lifted while they move."""

import time as clock
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...io.keypoints import LAYOUTS, Frame, FramesFound
from ...utils.user_files import UserFileError
from ...video.detectors import PeopleDetector
from ..lifting import LiftedFrame, LiftStream


@dataclass(frozen=True, eq=False)
class LiveMoment:
    """What is known of the frame that came last.

    Args:
        time: seconds since the first frame.
        picture: (height, width, 3) of RGB bytes.
        frame: who was seen.
        lifted: the pose; None before anybody was seen.
        seconds: from the picture to the pose.
    """

    time: float
    picture: NDArray
    frame: Frame
    lifted: LiftedFrame | None
    seconds: float


def film_live(
    frames: Iterable[tuple[float, NDArray]],
    detector: PeopleDetector,
    stream: LiftStream,
    each: Callable[[LiveMoment], bool],
    seconds: float | None = None,
) -> FramesFound:
    """Look at frames as they come, and lift the person who is seen. Ctrl-C ends it as the last frame does.

    Args:
        frames: seconds and pictures, for example of `being_m0_hf.video.camera.CameraFrames`.
        detector: see `being_m0_hf.video.load_detector`; the stream must have its layout.
        stream: lifts; afterwards ``stream.motion()`` is the motion.
        each: told every moment; says whether to go on.
        seconds: stop after so many.

    Returns:
        The keypoints, from the first frame in which somebody was seen.

    Raises:
        UserFileError: nobody was seen.
    """
    follower = detector.follow(1)
    missing = np.zeros((len(LAYOUTS[detector.layout].points), 3))
    seen: list[Frame] = []
    times: list[float] = []
    try:
        for time, picture in frames:
            started = clock.perf_counter()
            frame = follower.see(picture)
            lifted = None
            if frame or seen:
                lifted = stream.push(frame[0].points if frame else missing, time)
                seen.append(frame)
                times.append(float(time))
            moment = LiveMoment(time, picture, frame, lifted, clock.perf_counter() - started)
            if not each(moment) or (seconds is not None and time >= seconds):
                break
    except KeyboardInterrupt:
        pass  # the usual end of a recording
    if not seen:
        raise UserFileError("nobody was seen by the camera")
    width, height = stream.size
    return FramesFound(seen, stream.fps, (width, height), detector.layout, times)


__all__ = ["LiveMoment", "film_live"]
