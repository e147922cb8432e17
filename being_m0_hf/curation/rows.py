"""Tracks with motions as clips of a MotionLib data set."""

from collections.abc import Iterator

from ..motionlib.schema import HELD_POSE, Clip
from .curated_video import CuratedVideo
from .licences import Provenance
from .options import CurationOptions


def clips_of(video: CuratedVideo, options: CurationOptions, name: str, provenance: Provenance) -> Iterator[Clip]:
    """A clip for each track.

    Args:
        name: of the collection.
        provenance: of the video.
    """
    skipped = f"; without {', '.join(options.skip)}" if options.skip else ""
    for track in video.tracks:
        labels = {"person": track.name, "url": provenance.url, "author": provenance.author}
        if len(video.shots) > 1:
            labels["shot"] = str(track.shot + 1)
        yield Clip(
            id=f"{name}/{video.id}/{track.name}",
            motion=track.lifted,
            source=name,
            licence=provenance.licence,
            subject=provenance.subject,
            labels={label: value for label, value in labels.items() if value},
            scores=track.scores,
            flags=track.flags + (HELD_POSE,) * (video.kind == "image"),
            origin=video.id,
            origin_start=video.seconds_at(track.first) if video.kind != "image" else 0.0,
            made_by=f"{video.origin}, lifted by {options.lifter}{skipped}",
        )


__all__ = ["clips_of"]
