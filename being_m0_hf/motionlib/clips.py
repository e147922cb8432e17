"""Reading a finished data set clip by clip, for checks, pictures and the makers of training samples."""

from collections.abc import Iterator
from pathlib import Path

from ..utils.user_files import read_user_json
from .schema import SPLITS, Clip, row_to_clip
from .shards import list_shards, open_shard, read_group
from .stream import MotionStream


def read_rows(dataset: str | Path, splits: tuple[str, ...] = SPLITS) -> Iterator[dict]:
    """The rows of a data set, a folder or one on the Hub, split after split, as `MotionStream` reads them unshuffled.

    Raises:
        FileNotFoundError: there are no shards of any of the splits.
    """
    streams, missing = [], []
    for split in splits:
        try:
            streams.append(MotionStream(dataset, split, shuffle=False, window=1, rank=0, world_size=1))
        except FileNotFoundError as error:  # a small data set may have no clips in a split
            missing.append(error)
    if not streams:
        raise missing[0]
    for stream in streams:
        yield from stream


def read_shard(address: str) -> Iterator[dict]:
    """The rows of a shard. Raises ValueError where they are not what was written."""
    with open_shard(address) as shard:
        for group in range(shard.num_row_groups):
            yield from read_group(address, shard, group).to_pylist()


def read_clips(
    dataset: str | Path, splits: tuple[str, ...] = SPLITS, sources: tuple[str, ...] = (), fps: float | None = None
) -> Iterator[Clip]:
    """`read_rows` as clips; of some sources only, if named, and at another frame rate, if given."""
    for row in read_rows(dataset, splits):
        if not sources or row["source"] in sources:
            clip = row_to_clip(row)
            yield clip if fps is None else clip.replace(motion=clip.motion.resample(fps))


def find_clip(dataset: str | Path, clip_id: str) -> Clip:
    """One clip by its id.

    Raises:
        ValueError: there is no such clip; the message says why it was left out, or names some that are like it.
    """
    similar: list[str] = []
    for address in (address for split in SPLITS for address in _shards(dataset, split)):
        with open_shard(address) as shard:
            for group in range(shard.num_row_groups):
                ids = read_group(address, shard, group, ["id"])["id"].to_pylist()
                if clip_id in ids:
                    table = read_group(address, shard, group).slice(ids.index(clip_id), 1)
                    return row_to_clip(table.to_pylist()[0])
                similar += [name for name in ids if clip_id.lower() in name.lower()][: 3 - len(similar)]
    reason = _why_left_out(dataset, clip_id)
    hint = f"; it was left out: {reason}" if reason else f"; did you mean {', '.join(similar)}?" if similar else ""
    raise ValueError(f"{dataset}: no clip is called {clip_id!r}{hint}")


def _why_left_out(dataset: str | Path, clip_id: str) -> str:
    """The reason in a local data set's report, or nothing. Files that gave no clip stand there without the source."""
    path = Path(dataset) / "report.json"
    if not path.is_file():
        return ""
    rejected = read_user_json(path)["rejected"]
    return next((row["reason"] for row in rejected if row["id"] in (clip_id, clip_id.partition("/")[2])), "")


def _shards(dataset: str | Path, split: str) -> list[str]:
    try:
        return list_shards(dataset, split)
    except FileNotFoundError:
        return []
