"""From finished chunks to a data set: duplicates out, splits, shards, statistics, report, card."""

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from tqdm import tqdm

from ...motion import Motion, MotionError
from ...utils.atomic_files import write_whole
from ...utils.user_files import read_user_json
from ..checksums import STATS_FILE, shard_checksums
from ..schema import FEATURES, SPLITS, row_to_motion
from ..shards import ShardWriter
from ..stats import StatsCollector
from .build import REPORT_FILE, WORK_FOLDER, BuildPlan, Rejection, chunk_paths
from .card import write_card
from .duplicates import MotionSignature, near_duplicates
from .shuffle import Scatter
from .splits import SplitEntry, assign_splits

#: Of what was left out for one reason, on the terminal.
_MOST_NAMES = 3
_KEYS = (
    "id", "source", "subject", "origin", "split", "fps", "frames", "body_origin", "timed", "digest", "descriptor",
)  # fmt: skip


@dataclass(frozen=True)
class BuildReport:
    """What became of the recordings: written to ``report.json``.

    Args:
        recordings: how many there were.
        kept: how many of them have clips in the data set.
        clips: in each split.
        rejected: left out, with reasons.
    """

    recordings: int
    kept: int
    clips: dict[str, int]
    rejected: tuple[Rejection, ...]

    @property
    def reasons(self) -> dict[str, int]:
        """Reason -> how many, numbers in a reason left out, most frequent first."""
        counts: dict[str, int] = {}
        for rejection in self.rejected:
            reason = reason_of(rejection.reason)
            counts[reason] = counts.get(reason, 0) + 1
        return dict(sorted(counts.items(), key=lambda item: -item[1]))

    def lines(self) -> Iterator[str]:
        """What was left out, for people: each reason with the first names."""
        names: dict[str, list[str]] = {}
        for rejection in self.rejected:
            names.setdefault(reason_of(rejection.reason), []).append(rejection.id)
        for reason, count in self.reasons.items():
            some = ", ".join(names[reason][:_MOST_NAMES])
            more = f" and {count - _MOST_NAMES:,} more" if count > _MOST_NAMES else ""
            yield f"left out {count:,}: {reason} ({some}{more})"


def reason_of(message: str) -> str:
    """The kind of a rejection: the message without file names, with an ellipsis for each number and each clip."""
    words = [word for word in message.split(";")[0].split() if "/" not in word or word.startswith("m/s")]
    reason = re.sub(r"[-+]?\d[\d.,]*", "…", " ".join(words)).strip(" :,")
    return reason + ")" * (reason.count("(") - reason.count(")"))


def finish_build(out: Path, plan: BuildPlan) -> BuildReport:
    """Put the data set together. Interrupted, it begins again; the chunks stay until the end.

    Raises:
        UserFileError: a chunk is missing or damaged.
        MotionError: no clip is left; the report says why.
    """
    chunks = [chunk_paths(out, index) for index in range(plan.num_chunks)]
    reports = [read_user_json(path) for _, path in chunks]
    rejected = [Rejection(**row) for report in reports for row in report["rejected"]]
    entries, signatures, places, origins, captioned = [], {}, {}, {}, set()
    for number, (path, _) in enumerate(tqdm(chunks, desc="comparing", unit=" chunks", mininterval=1)):
        for row in pq.read_table(path, columns=list(_KEYS)).to_pylist():
            clip_id = row["id"]
            if clip_id in places:
                rejected.append(Rejection(clip_id, "another clip has the same id"))
                continue
            places[clip_id] = number
            origins[clip_id] = (row["source"], row["origin"])
            if row["timed"] or set(row["body_origin"]) - {"rules"}:
                captioned.add(clip_id)
            seconds = row["frames"] / row["fps"]
            # without a subject, the pieces of one recording are the neighbours
            group = f"{row['source']}/{row['subject'] or row['origin']}"
            entries.append(SplitEntry(clip_id, group, seconds, row["split"]))
            descriptor = np.asarray(row["descriptor"], dtype=np.float32)
            signatures[clip_id] = MotionSignature(row["digest"], descriptor, seconds)
    loader = _ChunkLoader([path for path, _ in chunks], places)
    # of two copies the earlier one stays: people's words must not go with the other
    signatures = dict(sorted(signatures.items(), key=lambda item: item[0] not in captioned))
    twins = {twin.second: twin for twin in near_duplicates(signatures, loader.motion)}
    for twin in twins.values():
        rejected.append(Rejection(twin.second, f"another clip shows the same: {twin.first}"))
    splits = assign_splits(entry for entry in entries if entry.id not in twins)
    if not splits:
        report = BuildReport(len(plan.units), 0, {}, tuple(rejected))
        write_report(out, report)
        shutil.rmtree(out / WORK_FOLDER)
        some = list(report.lines())[:_MOST_NAMES]
        more = f", and for {len(report.reasons) - len(some)} more reasons" if len(report.reasons) > len(some) else ""
        raise MotionError(
            f"{out}: no clip is left of {len(plan.units):,} recordings; {'; '.join(some)}{more}; "
            f"every one of them is in {out / REPORT_FILE}"
        )
    kept = len({origins[clip_id] for clip_id in splits})
    stats = StatsCollector()
    writers = {split: ShardWriter(out, split) for split in SPLITS}
    scatter = Scatter(out / WORK_FOLDER, FEATURES.arrow_schema, len(splits))
    for path, _ in tqdm(chunks, desc="shuffling", unit=" chunks", mininterval=1):
        scatter.add([row for row in pq.read_table(path).to_pylist() if _placed(row, splits)])
    total = len(entries) - len(twins)
    for row in tqdm(scatter.rows(), total=total, desc="writing shards", unit=" clips", mininterval=1):
        writers[row["split"]].append(row)
        stats.add(row)
    shards = [path for writer in writers.values() for path in writer.close()]
    clips = {split: writer.num_rows for split, writer in writers.items()}
    report = BuildReport(len(plan.units), kept, clips, tuple(rejected))
    summary = stats.summary() | {"shards": {path.name: shard_checksums(path) for path in shards}}
    write_whole(out / STATS_FILE, json.dumps(summary, indent=1).encode())
    write_report(out, report)
    write_card(out, plan, summary, report)
    shutil.rmtree(out / WORK_FOLDER)
    return report


def write_report(out: Path, report: BuildReport) -> None:
    """Write ``report.json``."""
    content = {**asdict(report), "reasons": report.reasons}
    write_whole(out / REPORT_FILE, json.dumps(content, indent=1).encode())


def _placed(row: dict, splits: dict[str, str]) -> bool:
    """Gives a row its split; False for one that is left out."""
    del row["digest"], row["descriptor"]
    row["split"] = splits.pop(row["id"], "")  # popped: a second clip of the same id is left out
    return bool(row["split"])


class _ChunkLoader:
    """Reads single motions back out of chunks. Candidates for duplicates often lie in a few neighbouring ones."""

    def __init__(self, paths: list[Path], places: dict[str, int]):
        self._paths, self._places = paths, places
        self._rows = lru_cache(maxsize=16)(self._read)

    def motion(self, clip_id: str) -> Motion:
        return row_to_motion(self._rows(self._places[clip_id])[clip_id])

    def _read(self, number: int) -> dict[str, dict]:
        columns = ["id", "rotations", "translation", "rest_offsets", "fps"]
        rows = pq.read_table(self._paths[number], columns=columns).to_pylist()
        return {row["id"]: row for row in rows}
