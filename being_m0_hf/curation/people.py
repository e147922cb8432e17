"""Who is in a video, and where the joints are: from a file of keypoints, or found in the pictures."""

from pathlib import Path

import numpy as np

from ..io.keypoints import KeypointFile, read_keypoints
from ..motion import MODEL_FPS, MotionError
from .curated_video import CuratedVideo, LeftOut, PersonTrack
from .inputs import InputFile
from .options import CurationOptions

#: Frames that the pose of a still image is held, as in Being-M0.
HELD_FRAMES = 64
#: A video is one of a crowd if there is one for this share of the time.
CROWD_SHARE = 0.2


def find_people(given: InputFile, options: CurationOptions) -> CuratedVideo:
    """The video with a track for everybody, whole, as the detector names them.

    Raises:
        UserFileError: the keypoints cannot be read, or there is nobody.
        MotionError: there are no keypoints.
    """
    if not given.keypoints:
        raise MotionError("has no keypoint file beside it (NAME.keypoints.json)")
    found = read_keypoints(given.folder(options) / given.keypoints, options.fps, options.size, options.layout)
    return as_video(given, found, f"keypoints ({found.layout}) of {Path(given.keypoints).name}")


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
        ((0, frames),),
        tuple(tracks),
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


__all__ = ["HELD_FRAMES", "as_video", "find_people", "without_crowds"]
