"""Who is in a video, and where the joints are: from a file of keypoints, or found in the pictures."""

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import numpy as np

from ...io.keypoints import KeypointFile, people_of_frames, read_keypoints
from ...motion import MODEL_FPS
from ...utils.standard_streams import one_line
from ...video import detect_frames, load_detector, read_video
from ...video.detectors import PeopleDetector
from ..curated_video import CuratedVideo, LeftOut, PersonTrack
from ..inputs import InputFile
from ..options import CurationOptions
from .picture_cuts import CutFinder

#: Frames that the pose of a still image is held, as in Being-M0.
HELD_FRAMES = 64
#: Frames a second that are looked at; lifters were trained on at most so many.
HIGHEST_RATE = 60.0
#: A video is one of a crowd if there is one for this share of the time.
CROWD_SHARE = 0.2


def find_people(given: InputFile, options: CurationOptions) -> CuratedVideo:
    """The video with a track for everybody, whole, as the detector names them.

    Raises:
        UserFileError: the video or its keypoints cannot be read, or there is nobody.
        ValueError: the detector cannot be used.
    """
    if given.keypoints:
        found = read_keypoints(given.folder(options) / given.keypoints, options.fps, options.size, options.layout)
        return as_video(given, found, f"keypoints ({found.layout}) of {Path(given.keypoints).name}")
    frames = read_video(given.folder(options) / given.id, max_fps=HIGHEST_RATE)
    finder = CutFinder()
    # more than a crowd begins with, so that crowds are known
    seen = detect_frames(frames, _detector(options.detector), options.most_people + 2, finder.watch)
    found = people_of_frames(seen, frames.path)
    video = as_video(given, found, f"keypoints by {options.detector}")
    broken = [LeftOut("the rest", frames.trouble.removeprefix(f"{frames.path}: "))] if frames.trouble else []
    return video.replace(cuts=finder.cuts()).without(broken, video.tracks)


def check_detector(videos: Iterable[InputFile], options: CurationOptions) -> None:
    """Raise ValueError with what to do where some videos need a detector, and it is not there."""
    bare = next((given.id for given in videos if given.kind in ("video", "image") and not given.keypoints), None)
    if bare is not None:
        try:
            _detector(options.detector)
        except (ValueError, OSError) as error:
            raise ValueError(f"{bare} has no keypoint file beside it, and {one_line(error)}") from None


@lru_cache(maxsize=1)
def _detector(name: str) -> PeopleDetector:
    return load_detector(name)


def as_video(given: InputFile, found: KeypointFile, origin: str) -> CuratedVideo:
    """What was found in the frames of a video, or in one image, whose frame is held."""
    still = given.kind == "image"
    tracks = []
    for person in found.people:
        keypoints = np.repeat(person.keypoints[:1], HELD_FRAMES, axis=0) if still else person.keypoints
        tracks.append(PersonTrack(person.name, 0, 0, keypoints, keypoints[..., 2] > 0))
    frames = HELD_FRAMES if still else found.num_frames
    return CuratedVideo(
        given.id,
        given.kind,
        MODEL_FPS if still else found.fps,
        found.size,
        frames,
        None if still else found.times,
        origin,
        shots=((0, frames),),
        tracks=tuple(tracks),
    )


def without_crowds(video: CuratedVideo, options: CurationOptions) -> CuratedVideo:
    """Without the shots in which too many people are seen at once, and without people who are tiny.

    Whole shots are left out: in a crowd nobody can tell who is who.
    """
    left_out, kept = [], []
    large = []
    for track in video.tracks:
        if track.height >= options.smallest:
            large.append(track)
        else:
            reason = f"is {track.height:.0f} pixels tall, less than {options.smallest:g}"
            left_out.append(LeftOut(f"person {track.name}", reason))
    for number, (first, stop) in enumerate(video.shots):
        here = [track for track in large if track.shot == number]
        at_once = np.zeros(stop - first, dtype=int)
        for track in here:
            at_once[track.first - first :][: track.num_frames] += track.visible.any(axis=1)
        if here and (at_once > options.most_people).mean() > CROWD_SHARE:
            what = "" if len(video.shots) == 1 else f"shot {number + 1}, frames {first} to {stop}"
            reason = f"is of a crowd: {at_once.max()} people at once, more than {options.most_people}"
            left_out.append(LeftOut(what, reason))
        else:
            kept += here
    return video.without(left_out, kept)


__all__ = ["HELD_FRAMES", "as_video", "check_detector", "find_people", "without_crowds"]
