"""Checksums of shards: written to ``stats.json`` with a data set, compared when it is checked or read.

Parquet's own checksums cover the pages. Between them, and in the footer, lie the numbers that say what the pages are: a
flipped bit there may give other values, fewer rows or another order, and no error. So each row group has a checksum
over all of its bytes, and the footer one over the rest of the file. A shard of the Hub, which comes with checksums of
its transport, is compared by its pages alone.
"""

import zlib
from functools import lru_cache
from pathlib import Path

import pyarrow.parquet as pq

from ..utils.user_files import UserFileError, read_user_json

STATS_FILE = "stats.json"


def shard_checksums(path: Path) -> dict:
    """What ``stats.json`` keeps of a shard: its rows, and for each row group and the footer [first byte, end, CRC-32].

    Together the ranges are the whole file.
    """
    metadata = pq.read_metadata(path)
    ends = []
    for index in range(metadata.num_row_groups):
        group = metadata.row_group(index)
        columns = [group.column(number) for number in range(group.num_columns)]
        ends.append(max(_first_byte(column) + column.total_compressed_size for column in columns))
    size = path.stat().st_size
    starts = [0, *ends]
    ranges = [[start, end, _crc(path, start, end)] for start, end in zip(starts, [*ends, size], strict=True)]
    return {"rows": metadata.num_rows, "bytes": size, "groups": ranges[:-1], "footer": ranges[-1]}


def check_footer(address: str) -> None:
    """Compare what says where the row groups of a local shard are.

    Raises:
        ValueError: it is not what was written.
    """
    known = known_checksums(address)
    if known is None:
        return
    path = Path(address)
    if path.stat().st_size != known["bytes"]:
        raise ValueError(f"{address} has {path.stat().st_size} bytes, {known['bytes']} were written; {_AGAIN}")
    _check(address, path.stat().st_mtime_ns, tuple(known["footer"]))


def check_group(address: str, index: int) -> None:
    """Compare the bytes of a row group of a local shard, once for each state of the file.

    Raises:
        ValueError: they are not what was written.
    """
    known = known_checksums(address)
    if known is not None:
        _check(address, Path(address).stat().st_mtime_ns, tuple(known["groups"][index]))


def known_checksums(address: str) -> dict | None:
    """What ``stats.json`` says of a local shard; None where it says nothing."""
    path = Path(address)
    stats = path.parent.parent / STATS_FILE
    if not stats.is_file():  # of a shard on the Hub, too
        return None
    return read_shard_table(str(stats), stats.stat().st_mtime_ns).get(path.name)


@lru_cache(maxsize=8)
def read_shard_table(stats: str, changed: int) -> dict[str, dict]:
    """The checksums in a ``stats.json``, by shard; empty in one of before they were written.

    Raises:
        UserFileError: it is damaged.
    """
    content = read_user_json(stats)
    table = content.get("shards", {}) if isinstance(content, dict) else None
    try:
        for each in table.values():
            rows, size, ranges = each["rows"], each["bytes"], [*each["groups"], each["footer"]]
            if not all(type(number) is int for number in (rows, size, *(n for three in ranges for n in three))):
                raise TypeError
            if any(len(three) != 3 for three in ranges):
                raise ValueError
    except (AttributeError, KeyError, TypeError, ValueError):
        raise UserFileError(f"{stats}: is damaged: its checksums are none; {_AGAIN}") from None
    return table


_AGAIN = "fetch or build the data set again"


@lru_cache(maxsize=100_000)
def _check(address: str, changed: int, checksum: tuple[int, int, int]) -> None:
    start, end, expected = checksum
    if _crc(Path(address), start, end) != expected:
        raise ValueError(f"{address}: bytes {start:,} to {end:,} are not what was written; {_AGAIN}")


def _crc(path: Path, start: int, end: int) -> int:
    with open(path, "rb") as file:
        file.seek(start)
        return zlib.crc32(file.read(end - start))


def _first_byte(column: pq.ColumnChunkMetaData) -> int:
    if column.has_dictionary_page and column.dictionary_page_offset is not None:
        return min(column.dictionary_page_offset, column.data_page_offset)
    return column.data_page_offset
