"""From keypoints to motions in the world."""

from functools import lru_cache

from ...io.keypoints import KeypointFile, KeypointPerson
from ...models.hummuss import HumMussForPoseLifting
from ...motion import Motion, MotionError
from ...pipelines.lifting import LiftOptions, lift_person, load_lifter
from ..curated_video import CuratedVideo, LeftOut, PersonTrack
from ..options import CurationOptions


@lru_cache(maxsize=1)
def _lifter(name: str) -> HumMussForPoseLifting:
    return load_lifter(name)


def lifted(video: CuratedVideo, options: CurationOptions) -> CuratedVideo:
    """The video with a motion for each of its tracks."""
    focal = {"focal": options.focal} if options.focal else {}
    how = LiftOptions(in_place=video.kind == "image", **focal)
    tracks, left_out = [], []
    for track in video.tracks:
        person = KeypointPerson(track.name, track.keypoints)
        try:
            motion = lift_person(_file_of(video, track, person), person, _lifter(options.lifter), how)
        except MotionError as error:
            left_out.append(LeftOut("", str(error)))
        else:
            tracks.append(track.replace(motion=_held(motion) if video.kind == "image" else motion))
    return video.without(left_out, tracks)


def _held(motion: Motion) -> Motion:
    """The pose in the middle, held: a lifter is less sure at both ends of what it sees."""
    middle = motion.num_frames // 2
    rotations, translation = motion.rotations[middle], motion.translation[middle]
    frames = motion.num_frames
    return motion.replace(rotations=rotations.expand(frames, -1, -1), translation=translation.expand(frames, -1))


def _file_of(video: CuratedVideo, track: PersonTrack, person: KeypointPerson) -> KeypointFile:
    """A track as a file of its own."""
    times = None if video.times is None else video.times[track.first :][: track.num_frames]
    return KeypointFile([person], video.fps, video.size, "h36m17", times, True, True)


__all__ = ["lifted"]
