"""Which files of a data set folder may leave."""

from pathlib import Path

from ..models.checkpoint_files import ABOUT, read_json
from ..motionlib.schema import SPLITS

SHARDS = tuple(f"data/{split}-*-of-*.parquet" for split in SPLITS)
DATA_SET_FILES = (*SHARDS, "stats.json", "report.json", "stats.png", "clips.png", *ABOUT)


def is_data_set(folder: Path) -> bool:
    """Whether `being-m0 data build` wrote and finished it.

    Raises:
        ValueError: its figures are damaged.
    """
    stats = folder / "stats.json"
    return (folder / "data").is_dir() and stats.is_file() and "clips" in read_json(stats)
