"""Two models look at the same person: where they see different poses, at least one of them is wrong."""

import roma

from ...motion import MODEL_FPS, Motion, MotionError
from ..curated_video import CuratedVideo, PersonTrack
from ..options import CurationOptions
from .lifting import lifted_motion

#: Metres of `disagreement` from which a clip is flagged.
MOST_APART = 0.15
DISAGREE, NOT_COMPARED = "lifters disagree", "lifters not compared"


def agreed(video: CuratedVideo, options: CurationOptions) -> CuratedVideo:
    """The video with a score ``disagreement`` for each track, and a flag where it is large, or cannot be told."""
    return video.replace(tracks=tuple(_compared(video, track, options) for track in video.tracks))


def _compared(video: CuratedVideo, track: PersonTrack, options: CurationOptions) -> PersonTrack:
    try:
        apart = disagreement(track.lifted, lifted_motion(video, track, options.agree_with, options))
    except MotionError:  # it sees nobody there, or there are only keypoints
        return track.replace(flags=(*track.flags, NOT_COMPARED))
    flags = (DISAGREE,) * (apart > MOST_APART)
    return track.replace(flags=track.flags + flags, scores=track.scores | {"disagreement": apart})


def disagreement(first: Motion, second: Motion) -> float:
    """Mean distance of joints about the pelvis, metres, after one rotation for the whole clip.

    The rotation takes away where each model thinks that the camera is. What is left are poses, and turns of the body.
    """
    ours, theirs = (motion.resample(MODEL_FPS).joints().double() for motion in (first, second))
    frames = min(len(ours), len(theirs))
    ours, theirs = (joints[:frames] - joints[:frames, :1] for joints in (ours, theirs))
    rotation = roma.special_procrustes(ours.reshape(-1, 3).T @ theirs.reshape(-1, 3))
    return float((ours @ rotation - theirs).norm(dim=-1).mean())


__all__ = ["DISAGREE", "NOT_COMPARED", "agreed", "disagreement"]
