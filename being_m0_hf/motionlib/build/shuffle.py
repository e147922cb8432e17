"""Rows in random order, more of them than fit into memory.

A reader shuffles only within a few row groups, so what lies beside each other on disk is met together in training.
Recordings come in the order of their files: takes of one person, pieces of one recording. Rows are therefore scattered
over as many bucket files as there will be shards, and each bucket is shuffled as a whole.
"""

import random
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa


class Scatter:
    """Takes rows in any order and gives them back in one that depends on the seed alone.

    Args:
        folder: for the bucket files, which are removed when they are read.
        rows: how many rows will come, about.
        rows_per_bucket: how many may be in memory at once, about.
    """

    def __init__(self, folder: Path, schema: pa.Schema, rows: int, rows_per_bucket: int = 4096, seed: int = 0):
        self._random = random.Random(seed)
        self._schema = schema
        count = max(1, round(rows / rows_per_bucket))
        self._paths = [folder / f"bucket-{index:05d}.arrow" for index in range(count)]
        # no parquet: its writer remembers every piece, and a million clips come in as many pieces
        options = pa.ipc.IpcWriteOptions(compression="zstd")
        self._writers = [pa.ipc.new_stream(str(path), schema, options=options) for path in self._paths]

    def add(self, rows: list[dict]) -> None:
        """Scatter some rows, best many at once."""
        shares: dict[int, list[dict]] = {}
        for row in rows:
            shares.setdefault(self._random.randrange(len(self._paths)), []).append(row)
        for bucket, share in shares.items():
            self._writers[bucket].write_table(pa.Table.from_pylist(share, schema=self._schema))

    def rows(self) -> Iterator[dict]:
        """All rows, shuffled; after this nothing can be added."""
        for writer in self._writers:
            writer.close()
        for path in self._paths:
            with pa.ipc.open_stream(str(path)) as bucket:
                rows = bucket.read_all().to_pylist()
            path.unlink()
            self._random.shuffle(rows)
            yield from rows
