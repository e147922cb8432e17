"""Where the videos of a data set are from: ``provenance.csv`` with every one of them, and a section of the card."""

import csv
import io
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq

from ..motionlib.sources.curated_videos import OUTCOME_FILE, video_folder
from ..utils.atomic_files import write_whole
from ..utils.user_files import read_user_json
from .steps import names_of_steps
from .work import CurationPlan, provenance

PROVENANCE_FILE = "provenance.csv"
#: Rows of the table on the card.
_MOST_ROWS = 100


def add_provenance(out: Path, work: Path, plan: CurationPlan) -> None:
    """Write ``provenance.csv`` into a data set that was built of ``work``, and a section into its card."""
    shards = sorted((out / "data").glob("*.parquet"))
    clips = Counter(name for shard in shards for name in pq.read_table(shard, columns=["origin"])["origin"].to_pylist())
    rows = []
    for video in plan.videos:
        source = provenance(plan, video.id)
        left_out = read_user_json(video_folder(work, video.id) / OUTCOME_FILE)["left_out"]
        rows.append((video.id, source.licence, source.url, source.author, str(clips[video.id]), "; ".join(left_out)))
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(("file", "licence", "url", "author", "clips", "left_out"))
    writer.writerows(rows)
    write_whole(out / PROVENANCE_FILE, text.getvalue().encode())
    card = out / "README.md"
    section = _section(plan, [row for row in rows if row[4] != "0"], len(rows))
    write_whole(card, (card.read_text(encoding="utf-8").rstrip("\n") + "\n" + section).encode())


def _section(plan: CurationPlan, rows: list[tuple[str, ...]], total: int) -> str:
    skipped = plan.options.skip
    steps = ", ".join(names_of_steps(plan.options))
    lines = [
        "",
        "## Where the videos are from",
        "",
        f"{len(rows):,} of {total:,} files gave clips; all of them are in `{PROVENANCE_FILE}`, with what was left out "
        "and why. The videos themselves are not here.",
        "",
        f"Motions were lifted from 2D keypoints by `{plan.options.lifter}`, in the steps {steps}"
        + (f" (left out: {', '.join(skipped)})" if skipped else "")
        + ". They are estimates, off by centimetres. The score `implausibility` is 1 less the weight that a motion "
        "deserves in training, by what bodies and floors allow.",
        "",
        "| file | licence | from | author | clips |",
        "|---|---|---|---|---|",
    ]
    for name, licence, url, author, clips, _ in rows[:_MOST_ROWS]:
        lines.append(f"| {' | '.join(_cell(value) for value in (name, licence or 'unknown', url, author, clips))} |")
    if len(rows) > _MOST_ROWS:
        lines.append(f"\n{len(rows) - _MOST_ROWS:,} more are in the file.")
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("\n", " ")


__all__ = ["PROVENANCE_FILE", "add_provenance"]
