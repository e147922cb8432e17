"""Lifted motions made more like what a body does: joint limits, feet on the floor and at rest where they stand.

Bones have their lengths already, for lifting fits rotations of one skeleton.
"""

from ...motion import MODEL_FPS, Motion
from ...motion.rotations import angle_between
from ...pipelines.postprocess import postprocess
from ..curated_video import CuratedVideo
from .joint_limits import within_limits
from .plausibility import plausible_weight

#: Degrees by which a joint is bent back that count as a correction.
_CORRECTED = 1.0


def refined(video: CuratedVideo) -> CuratedVideo:
    """The video with refined motions at 20 frames a second."""
    tracks = []
    for track in video.tracks:
        motion = track.lifted.resample(MODEL_FPS)
        limited = within_limits(motion)
        bent = angle_between(motion.rotations, limited.rotations).rad2deg().amax(dim=1) > _CORRECTED
        scores = {"bent_back": float(bent.float().mean())}
        tracks.append(track.replace(motion=on_floor_and_calm(limited), scores=track.scores | scores))
    return video.replace(tracks=tuple(tracks))


def on_floor_and_calm(motion: Motion) -> Motion:
    """A motion at 20 frames a second, calmed, with its feet on the floor; it begins where and as it did."""
    done = Motion.from_d135(postprocess(motion.to_d135()))
    return done.moved(motion.heading()[0], motion.translation[0, [0, 2]])


def weighted(video: CuratedVideo) -> CuratedVideo:
    """The video with ``implausibility`` among the scores: 1 less the weight of `plausible_weight`."""
    return video.replace(
        tracks=tuple(
            track.replace(scores=track.scores | {"implausibility": 1 - plausible_weight(track.lifted)})
            for track in video.tracks
        )
    )


__all__ = ["refined", "weighted"]
