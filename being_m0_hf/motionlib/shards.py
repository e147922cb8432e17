"""Parquet shards of a MotionLib data set: writing them whole, and finding and opening them again.

A split is ``data/<split>-00000-of-000NN.parquet``. Row groups are small (128 clips, 3 to 5 MB), because a row group is
the least that can be read: a reader that shuffles holds a few of them in memory, whatever the size of the set.
"""

import contextlib
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from datasets import Features
from huggingface_hub import HfFileSystem

from ..utils.standard_streams import one_line
from .checksums import check_footer, check_group
from .schema import FEATURES, SPLITS

ROWS_PER_GROUP = 128
GROUPS_PER_SHARD = 32
_SHARD_NAME = re.compile(r"(?P<split>\w+)-(?P<index>\d{5})-of-(?P<total>\d{5})\.parquet")
_HUB_ID = re.compile(r"[\w.-]+/[\w.-]+(@[\w./-]+)?")
_HUB_PREFIX = "hf://"


class ShardWriter:
    """Writes one split of a data set, row by row; a context manager.

    Until the end the files are called ``<split>-00000.partial``. Then they get their final names, and shards of the
    same split from an earlier build are removed. A build that is killed or fails therefore leaves what was there.

    Args:
        folder: of the data set; shards go to its ``data``.
        split: ``train``, ``val`` or ``test``.
        rows_per_group: clips in a row group.
        groups_per_shard: row groups in a file.
        features: columns, by default those of ``schema``.

    Raises:
        ValueError: an unknown split, or a size below 1.
    """

    def __init__(
        self,
        folder: str | Path,
        split: str,
        rows_per_group: int = ROWS_PER_GROUP,
        groups_per_shard: int = GROUPS_PER_SHARD,
        features: Features = FEATURES,
    ) -> None:
        if split not in SPLITS:
            raise ValueError(f"split is {split!r}, expected one of {', '.join(SPLITS)}")
        if rows_per_group < 1 or groups_per_shard < 1:
            raise ValueError(f"{rows_per_group} rows a group and {groups_per_shard} groups a shard: give at least 1")
        self.data, self.split = Path(folder) / "data", split
        self.rows_per_group, self.groups_per_shard = rows_per_group, groups_per_shard
        self.num_rows = 0
        self._schema = features.arrow_schema
        self._rows: list[dict] = []
        self._partials: list[Path] = []
        self._file: pq.ParquetWriter | None = None
        self._groups_in_file = 0
        self.data.mkdir(parents=True, exist_ok=True)
        self._remove(f"{split}-*.partial")

    def __enter__(self) -> "ShardWriter":
        return self

    def __exit__(self, kind: type | None, *_) -> None:
        if kind is None:
            self.close()
            return
        self._end_file()
        self._remove(f"{self.split}-*.partial")

    def append(self, row: dict) -> None:
        """Add a row, as ``schema.clip_to_row`` makes it."""
        self._rows.append(row)
        self.num_rows += 1
        if len(self._rows) == self.rows_per_group:
            self._write_group()

    def close(self) -> list[Path]:
        """Write what is left and give the shards their final names; returns them. A split of no rows has no shards."""
        self._write_group()
        self._end_file()
        self._remove(f"{self.split}-*-of-*.parquet")
        total = len(self._partials)
        finished = [self.data / f"{self.split}-{index:05d}-of-{total:05d}.parquet" for index in range(total)]
        for partial, final in zip(self._partials, finished, strict=True):
            partial.rename(final)
        return finished

    def _write_group(self) -> None:
        if not self._rows:
            return
        if self._file is None:
            self._partials.append(self.data / f"{self.split}-{len(self._partials):05d}.partial")
            self._file = pq.ParquetWriter(
                self._partials[-1], self._schema, compression="zstd", write_page_checksum=True
            )
        table = pa.Table.from_pylist(self._rows, schema=self._schema)
        self._file.write_table(table, row_group_size=self.rows_per_group)
        self._rows = []
        self._groups_in_file += 1
        if self._groups_in_file == self.groups_per_shard:
            self._end_file()

    def _end_file(self) -> None:
        if self._file is not None:
            self._file.close()
        self._file, self._groups_in_file = None, 0

    def _remove(self, pattern: str) -> None:
        for path in self.data.glob(pattern):
            path.unlink()


def list_shards(path_or_hub_id: str | Path, split: str) -> list[str]:
    """The shards of a split in order: paths of a local folder, or ``hf://`` addresses of a Hub data set.

    Args:
        path_or_hub_id: a folder that holds ``data``, or ``owner/name``, with ``@revision`` if wanted.

    Raises:
        FileNotFoundError: there is no such folder, or no shard of this split.
        ValueError: a shard is missing, or shards of two builds are mixed.
    """
    name = str(path_or_hub_id)
    if Path(name).is_dir():
        found = [str(path) for path in sorted((Path(name) / "data").glob(f"{split}-*-of-*.parquet"))]
    elif _HUB_ID.fullmatch(name) and not name.startswith("."):
        found = sorted(HfFileSystem().glob(f"datasets/{name}/data/{split}-*-of-*.parquet"))
        found = [_HUB_PREFIX + path for path in found]
    else:
        raise FileNotFoundError(f"{name} is neither a folder nor a Hub id (owner/name)")
    if not found:
        raise FileNotFoundError(f"{name} has no shards of split {split!r}: expected data/{split}-00000-of-....parquet")
    names = [_SHARD_NAME.fullmatch(path.rsplit("/", 1)[-1]) for path in found]
    totals = {int(match["total"]) for match in names if match}
    indices = [int(match["index"]) for match in names if match]
    if totals != {len(found)} or indices != list(range(len(found))):
        raise ValueError(
            f"{name}: {len(found)} shards of split {split!r}, but their names say {sorted(totals)}; "
            "fetch or build the data set again"
        )
    return found


@contextlib.contextmanager
def open_shard(address: str) -> Iterator[pq.ParquetFile]:
    """A shard of ``list_shards``, open for reading by `read_group`.

    Raises:
        ValueError: the file is no parquet file, a cut one, or not the one that was written.
    """
    with contextlib.ExitStack() as stack:
        if address.startswith(_HUB_PREFIX):
            source = stack.enter_context(HfFileSystem().open(address.removeprefix(_HUB_PREFIX), "rb"))
        else:
            source = address
            check_footer(address)
        try:
            # pre_buffer joins the many small reads of a row group: over a network each would wait for an answer
            file = pq.ParquetFile(source, pre_buffer=address.startswith(_HUB_PREFIX), page_checksum_verification=True)
        except (pa.ArrowException, OSError, ValueError) as error:
            raise _unreadable(address, error) from None
        yield stack.enter_context(file)


def read_group(
    address: str, file: pq.ParquetFile, index: int, columns: Sequence[str] | None = None, use_threads: bool = True
) -> pa.Table:
    """A row group of a shard that `open_shard` has opened, with all columns or some.

    Raises:
        ValueError: its bytes are not those that were written.
    """
    if not address.startswith(_HUB_PREFIX):
        check_group(address, index)
    try:
        table = file.read_row_group(index, columns=None if columns is None else list(columns), use_threads=use_threads)
        table.validate(full=True)  # texts that are no UTF-8, offsets out of range
    except (pa.ArrowException, OSError, ValueError) as error:
        raise _unreadable(address, error) from None
    return table


def _unreadable(address: str, error: Exception) -> ValueError:
    return ValueError(f"{address} cannot be read, fetch or build it again: {one_line(error)}")
