"""From videos to clips of a MotionLib data set, as Being-M0 describes it; each step can be looked at and left out.

A `CuratedVideo` goes through the steps of `steps`: people found, shots cut, masks and smoothing, lifting, refinement.
`motionlib.build` makes the data set of what comes out: captions, filters, duplicates, splits, shards, card.
"""

from .curated_video import CuratedVideo, LeftOut, PersonTrack
from .options import SKIPPABLE, CurationOptions
from .work import CurationPlan, curate_video, curate_videos, plan_curation, read_plan

__all__ = [
    "SKIPPABLE", "CuratedVideo", "CurationOptions", "CurationPlan", "LeftOut", "PersonTrack", "curate_video",
    "curate_videos", "plan_curation", "read_plan",
]  # fmt: skip
