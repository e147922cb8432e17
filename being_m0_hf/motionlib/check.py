"""Is a data set sound? What a user wants to know before training on it or publishing it."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ..motion import MotionError
from ..utils.user_files import read_user_json
from .checksums import STATS_FILE, read_shard_table
from .clips import read_shard
from .schema import FEATURES, SPLITS, row_to_clip
from .shards import list_shards

_MOST_EXAMPLES = 3


@dataclass
class CheckResult:
    """Figures, and problems with examples.

    Args:
        clips: in each split.
        problems: what is wrong -> ids of clips.
    """

    clips: Counter = field(default_factory=Counter)
    problems: dict[str, list[str]] = field(default_factory=dict)

    def add(self, problem: str, clip_id: str) -> None:
        self.problems.setdefault(problem, []).append(clip_id)

    def lines(self) -> Iterator[str]:
        """The result for people."""
        yield ", ".join(f"{self.clips[split]:,} clips in {split}" for split in SPLITS)
        for problem, ids in self.problems.items():
            more = f" and {len(ids) - _MOST_EXAMPLES:,} more" if len(ids) > _MOST_EXAMPLES else ""
            yield f"{problem}: {', '.join(ids[:_MOST_EXAMPLES])}{more}"
        if not self.problems:
            yield "no problems"


def check_dataset(dataset: str | Path) -> CheckResult:
    """Read every clip: are the shards those that were written, motions motions, ids unique, times inside the clips,
    subjects in one split, texts there?

    Raises:
        FileNotFoundError: there is no such data set.
    """
    result = CheckResult()
    clips = _ClipCheck(result)
    split_of = _shards(dataset, result)
    for address, split in split_of.items():
        try:
            for row in read_shard(address):
                clips.add(row, split)
        except ValueError as error:
            result.add(f"a shard is damaged ({error})", _name(address))
    clips.finish()
    _compare_with_stats(dataset, split_of, result)
    return result


def _shards(dataset: str | Path, result: CheckResult) -> dict[str, str]:
    """Address -> split, of the shards that are there."""
    found: dict[str, str] = {}
    missing: list[FileNotFoundError] = []
    for split in SPLITS:
        try:
            found |= dict.fromkeys(list_shards(dataset, split), split)
        except FileNotFoundError as error:
            missing.append(error)
        except ValueError as error:
            result.add(f"shards are missing ({error})", f"split {split}")
    if not found and not result.problems:
        raise missing[0]
    return found


def _compare_with_stats(dataset: str | Path, split_of: dict[str, str], result: CheckResult) -> None:
    """What was lost as a whole can only be told from what ``stats.json`` remembers."""
    path = Path(dataset) / STATS_FILE
    if not Path(dataset).is_dir():  # on the Hub
        return
    if not path.is_file():
        result.add("is missing, so what was lost cannot be told", STATS_FILE)
        return
    try:
        stats, table = read_user_json(path), read_shard_table(str(path), path.stat().st_mtime_ns)
        expected = {split: int(count) for split, count in stats["clips"].items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        result.add(f"is damaged ({error})", STATS_FILE)
        return
    there = {_name(address) for address in split_of}
    for name in sorted(table.keys() - there):
        result.add(f"a shard that {STATS_FILE} lists is missing", name)
    for name in sorted(there - table.keys()) if table else ():
        result.add(f"a shard is not in {STATS_FILE}", name)
    for split in sorted(expected.keys() | result.clips.keys()):
        if expected.get(split, 0) != result.clips[split]:
            result.add(
                f"{STATS_FILE} counts {expected.get(split, 0):,} clips, there are {result.clips[split]:,}",
                f"split {split}",
            )


def _name(address: str) -> str:
    return address.rsplit("/", 1)[-1]


class _ClipCheck:
    """What is wrong with single clips, and with all of them together."""

    def __init__(self, result: CheckResult):
        self.result = result
        self.seen: set[str] = set()
        self.subjects: dict[tuple[str, str], dict[str, str]] = {}

    def add(self, row: dict, split: str) -> None:
        result = self.result
        missing = [name for name in FEATURES if row.get(name) is None]
        if missing:
            result.add(f"no value in {', '.join(missing)}", str(row.get("id", "?")))
            return
        clip_id = row["id"]
        result.clips[row["split"]] += 1
        if clip_id in self.seen:
            result.add("the id is there twice", clip_id)
        self.seen.add(clip_id)
        try:
            clip = row_to_clip(row)
        except MotionError as error:
            result.add(f"not a motion ({error})", clip_id)
            return
        if clip.motion.num_frames != row["frames"]:
            result.add("frames does not count the motion's frames", clip_id)
        if row["split"] not in SPLITS:
            result.add("split is not train, val or test", clip_id)
        elif row["split"] != split:
            result.add(f"lies in a shard of {split}, but says {row['split']}", clip_id)
        if not (clip.body or any(not said.part for said in clip.timed)):
            result.add("no sentence describes the clip", clip_id)
        if any(said.start < 0 or said.end <= said.start or said.start > clip.motion.seconds for said in clip.timed):
            result.add("a timed caption lies outside the clip", clip_id)
        if any(not text.strip() for text in (*clip.body, *(said.text for said in clip.timed))):
            result.add("an empty sentence", clip_id)
        if clip.subject:
            self.subjects.setdefault((clip.source, clip.subject), {}).setdefault(row["split"], clip_id)

    def finish(self) -> None:
        for (source, subject), places in self.subjects.items():
            if len(places) > 1:
                for split, clip_id in places.items():
                    self.result.add(f"subject {subject} of {source} is in several splits", f"{clip_id} ({split})")
