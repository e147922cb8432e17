"""A page to look at results next to the videos: what was seen, made of it, said of it, and left out.

One HTML file in the work folder, which opens without a server. Videos are shown from where they lie.
"""

import json
import os
from pathlib import Path
from urllib.parse import quote

import numpy as np

from ..motion import PARENTS, Motion
from ..motionlib.clips import read_clips
from ..motionlib.schema import Clip
from ..motionlib.sources.curated_videos import OUTCOME_FILE, video_folder
from ..utils.atomic_files import write_whole
from ..utils.user_files import read_user_json
from .curated_video import CuratedVideo, load_step
from .steps import last_step
from .work import CurationPlan

PAGE_FILE = "review.html"
#: Videos with moving figures: more would make the page too large for a browser.
MOST_SHOWN = 40
MOST_LINES = 2000
_FPS = 10.0
_PLACE = "/*DATA*/null"


def write_review_page(work: Path, out: Path, plan: CurationPlan) -> Path:
    """Write ``review.html`` of a work folder and the data set that was built of it; returns its path."""
    clips: dict[str, list[Clip]] = {}
    for clip in read_clips(out):
        if clip.origin in clips or len(clips) < MOST_SHOWN:
            clips.setdefault(clip.origin, []).append(clip)
    shown, lines = [], []
    for given in plan.videos:
        folder = video_folder(work, given.id)
        left_out = read_user_json(folder / OUTCOME_FILE)["left_out"]
        lines += [f"{given.id}: {reason}" for reason in left_out]
        video = load_step(folder, last_step(plan.options)) if given.id in clips else None
        if video is None:
            continue
        path = given.folder(plan.options) / given.id
        source = quote(Path(os.path.relpath(path, work)).as_posix()) if given.kind in ("video", "image") else ""
        shown.append(
            {
                "id": given.id,
                "kind": given.kind,
                "source": source,
                "size": [round(side) for side in video.size],
                "seconds": video.seconds_at(video.num_frames - 1),
                "left_out": left_out,
                "seen": _seen(video),
                "clips": [_shown(clip) for clip in sorted(clips[given.id], key=lambda clip: clip.origin_start)],
            }
        )
    content = {
        "name": plan.name,
        "fps": _FPS,
        "parents": list(PARENTS),
        "videos": shown,
        "left_out": lines[:MOST_LINES],
        "more": max(0, len(lines) - MOST_LINES),
    }
    template = Path(__file__).with_name("review_page.html").read_text(encoding="utf-8")
    # a name of a file must not end the script
    data = json.dumps(content, separators=(",", ":")).replace("<", "\\u003c")
    write_whole(work / PAGE_FILE, template.replace(_PLACE, data).encode())
    return work / PAGE_FILE


def _seen(video: CuratedVideo) -> list[dict]:
    """Keypoints of each person about ten times a second."""
    every = max(1, round(video.fps / _FPS))
    return [
        {
            "name": track.name,
            "times": [round(video.seconds_at(track.first + index), 2) for index in range(0, track.num_frames, every)],
            "points": np.where(track.keypoints[::every, :, 2:] > 0, track.keypoints[::every, :, :2].round(), -1)
            .astype(int)
            .tolist(),
            "visible": track.visible[::every].astype(int).tolist(),
        }
        for track in video.tracks
    ]


def _shown(clip: Clip) -> dict:
    motion: Motion = clip.motion.resample(_FPS)
    return {
        "id": clip.id,
        "person": clip.labels["person"],
        "split": clip.split,
        "start": clip.origin_start,
        "joints": (motion.joints() * 100).round().int().tolist(),
        "weight": round(1 - clip.scores.get("implausibility", 0.0), 3),
        "flags": list(clip.flags),
        "texts": [
            f"{name}: {text}" for name, texts in (("body", clip.body), *clip.parts.items()) for text in texts[:1]
        ],
    }


__all__ = ["PAGE_FILE", "write_review_page"]
