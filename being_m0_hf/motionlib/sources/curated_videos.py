"""The work folder of ``being-m0 data curate`` as a source: the clips of each video, or why there are none.

``curation.json`` names the videos. Each has a folder of its own with the files of every step; the last of them are
``clips.parquet``, rows of the schema, and ``outcome.json``, which says what was left out.
"""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq

from ...motion import MotionError
from ...utils.user_files import read_user_json
from ..schema import Clip, row_to_clip
from .source import SourceOptions

PLAN_FILE, OUTCOME_FILE, CLIPS_FILE = "curation.json", "outcome.json", "clips.parquet"
MOST_PLAN_BYTES = 4_000_000_000  # of ten million videos


def video_folder(work: Path, video: str) -> Path:
    """Where the steps of a video lie: spread over 256 folders, for file systems dislike a million names in one."""
    digest = hashlib.sha256(video.encode("utf-8", "surrogateescape")).hexdigest()
    readable = re.sub(r"[^A-Za-z0-9._-]+", "_", Path(video).name)[:40]
    return work / "videos" / digest[:2] / f"{digest[:12]}-{readable}"


class CuratedVideosSource:
    """Videos whose motions are there already; a unit is a video."""

    def __init__(self, options: SourceOptions):
        self.work = Path(options.folder)

    @staticmethod
    def fits(folder: Path) -> bool:
        return (folder / PLAN_FILE).is_file()

    def units(self) -> list[str]:
        plan = read_user_json(self.work / PLAN_FILE, most_bytes=MOST_PLAN_BYTES)
        return [video["id"] for video in plan["videos"]]

    def read(self, unit: str) -> Iterator[Clip]:
        folder = video_folder(self.work, unit)
        outcome = read_user_json(folder / OUTCOME_FILE)
        rows = folder / CLIPS_FILE
        if rows.is_file():
            for row in pq.read_table(rows).to_pylist():
                yield row_to_clip(row)
        if outcome["left_out"]:
            raise MotionError("; ".join(outcome["left_out"]))
