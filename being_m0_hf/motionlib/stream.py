"""Reading a data set of any size in shuffled order, by many processes, from any point on.

The row groups of a split are shuffled with (seed, epoch) and dealt out to all readers: each worker of each process's
``DataLoader`` is one. A reader takes ``window`` of its row groups at a time and shuffles their rows. So memory is a
window per worker however large the set is; neighbours on disk are apart; each row is read by one reader, once an epoch;
and the whole order follows from (seed, epoch) and the number of readers, so that a run can go on at any row.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import torch
from torch.utils.data import IterableDataset, get_worker_info

from .shards import list_shards, open_shard, read_group

#: Columns that become numpy arrays; thousands of numbers a row are too many for Python lists.
MOTION_COLUMNS = ("rotations", "translation")
#: Rows that go through a transform together; at 16 clips the arithmetic hides the cost of starting it.
TRANSFORM_ROWS = 16
_FOOTER_THREADS = 16

Transform = Callable[[list[dict], list[random.Random]], list]


@dataclass(frozen=True)
class RowGroup:
    """Where a row group is, and how many rows it has."""

    shard: str
    index: int
    rows: int


class MotionStream(IterableDataset):
    """The rows of one split of one or several data sets in shuffled order, for ``DataLoader`` or a plain loop.

    Readers of an epoch may differ by a few row groups. Processes that must take the same number of steps should
    count them, with ``repeat``, which goes on with the next epoch for ever. The stream shares the rows out among
    processes by itself: its loader is not for ``Accelerator.prepare``.

    Args:
        path: folder or Hub id of the data set; a list of them mixes several.
        split: ``train``, ``val`` or ``test``.
        weights: for each of several data sets, how many of the rows come from it, as shares of any sum. An epoch then
            has about as many rows as all of them together: of a set that shall give more than it has, row groups come
            again; of one that shall give fewer, others come in each epoch. Without weights each row comes once.
        columns: what to read, all by default. Other columns are not even fetched.
        transform: (rows, random generators) -> one item for each row, e.g. a ``view.MotionView``. The generators are
            seeded by the row's place in the order, so what they draw can be repeated.
        seed: of the order.
        window: row groups that a worker holds and shuffles together.
        shuffle: off, rows come as they were written.
        repeat: go on with the next epoch.
        rank, world_size: of this process; asked from Accelerate by default.

    Rows are dictionaries of plain values; `rotations` and `translation` are flat numpy arrays.

    Raises:
        FileNotFoundError: no such data set or split.
        ValueError: an unknown column, a damaged shard, a rank outside the world, weights that do not fit.
    """

    def __init__(
        self,
        path: str | Path | Sequence[str | Path],
        split: str = "train",
        *,
        weights: Sequence[float] | None = None,
        columns: Sequence[str] | None = None,
        transform: Transform | None = None,
        seed: int = 0,
        window: int = 8,
        shuffle: bool = True,
        repeat: bool = False,
        rank: int | None = None,
        world_size: int | None = None,
    ) -> None:
        if rank is None or world_size is None:
            rank, world_size = _this_process()
        if not 0 <= rank < world_size:
            raise ValueError(f"rank is {rank}, expected 0 to {world_size - 1} in a world of {world_size}")
        if window < 1:
            raise ValueError(f"window is {window}, expected at least 1 row group")
        paths = [path] if isinstance(path, str | Path) else list(path)
        if not paths:
            raise ValueError("there is no data set to read; give at least one")
        self.paths, self.split = [str(each) for each in paths], split
        self.weights = _shares(weights, len(paths))
        self.columns = None if columns is None else list(columns)
        self.transform = transform
        self.seed, self.window, self.shuffle, self.repeat = seed, window, shuffle, repeat
        self.rank, self.world_size = rank, world_size
        self._groups_of_sets = [_find_row_groups(list_shards(each, split), self.columns) for each in paths]
        self._rows = 0  # where the newest loop over this stream stands
        # shared memory: workers that outlive an epoch must see where the next one starts
        self._start = torch.zeros(5, dtype=torch.int64).share_memory_()

    @property
    def row_groups(self) -> list[RowGroup]:
        """The row groups of all data sets, each once."""
        return [group for groups in self._groups_of_sets for group in groups]

    @property
    def num_rows(self) -> int:
        """Rows of the split, over all readers and data sets; with weights, about as many as an epoch has."""
        return sum(group.rows for group in self.row_groups)

    @property
    def epoch(self) -> int:
        return int(self._start[0])

    def set_epoch(self, epoch: int) -> None:
        """Another order, from its beginning."""
        self._start.copy_(torch.tensor([epoch, 0, 0, 0, 0]))
        self._rows = 0

    def state_dict(self) -> dict[str, int]:
        """Where the reader stands: its own rows of ``epoch`` and, with ``repeat``, of the epochs after it.

        In a loop without workers this is the process's position. Loaders that ask their workers for states, as
        torchdata's ``StatefulDataLoader`` does, get the position of each worker. For a plain ``DataLoader`` with
        workers see `resume_loader`.
        """
        return {
            "seed": self.seed,
            "epoch": self.epoch,
            "rows": self._rows,
            "window": self.window,
            "world": self.world_size,
            "groups": len(self.row_groups),
            "weights": self.weights,
        }

    def load_state_dict(self, state: dict[str, int]) -> None:
        """Go on behind the rows of ``state_dict``. Stays in force until `set_epoch`.

        Raises:
            ValueError: the state belongs to another order.
        """
        own = self.state_dict()
        for name in ("seed", "window", "world", "groups", "weights"):
            # states of before several data sets could be mixed have no groups and weights
            if state.get(name, own[name]) != own[name]:
                raise ValueError(f"the state was saved with {name} {state[name]}, this stream has {own[name]}")
        self._start.copy_(torch.tensor([state["epoch"], state["rows"], 0, 0, 0]))
        self._rows = state["rows"]

    def resume_loader(self, epoch: int, samples: int, batch_size: int, drop_last: bool = False) -> None:
        """Go on in a plain ``DataLoader`` behind the ``samples`` that this process has taken from it in ``epoch``.

        Workers deliver whole batches in turn, so each can tell from the sum what it has delivered itself. It then skips
        row groups without reading them. Stays in force until `set_epoch`.

        Args:
            epoch: with ``repeat``, the first one; samples are then counted from its beginning.
            samples: whole batches, or all rows.
            batch_size, drop_last: of the loader, as it was and will be; so must be its number of workers.
        """
        self._start.copy_(torch.tensor([epoch, 0, samples, batch_size, int(drop_last)]))
        self._rows = 0

    def __iter__(self) -> Iterator:
        epoch, skip, samples, batch_size, drop_last = self._start.tolist()
        worker, workers = _this_worker()
        if samples:
            ends_at = [None if self.repeat else self._num_rows(epoch, other, workers) for other in range(workers)]
            delivered, turn = _delivered(samples, batch_size, bool(drop_last), ends_at)
            # a new loader begins with its worker 0, which must go on where the old one's next worker stood
            worker = (worker + turn) % workers
            skip = delivered[worker]
        groups_of_all = len(self._epoch(epoch))
        if self.repeat and self.world_size * workers > groups_of_all:
            raise ValueError(
                f"{self.world_size * workers} readers for {groups_of_all} row groups: "
                "use fewer workers or write the set with fewer rows_per_group"
            )
        self._rows = skip
        while True:
            groups = self._groups(epoch, worker, workers)
            for first in range(0, len(groups), self.window):
                window = groups[first : first + self.window]
                rows = sum(group.rows for group in window)
                if skip >= rows:
                    skip -= rows
                    continue
                place = (self.seed, epoch, self.rank, worker, first)
                for item in self._read_window(window, place, skip):
                    self._rows += 1
                    yield item
                skip = 0
            if not self.repeat:
                return
            epoch += 1

    def _groups(self, epoch: int, worker: int, workers: int) -> list[RowGroup]:
        """The row groups of one of this process's workers, in order."""
        reader, readers = self.rank * workers + worker, self.world_size * workers
        return self._epoch(epoch)[reader::readers]

    def _epoch(self, epoch: int) -> list[RowGroup]:
        """The row groups of an epoch in the order in which readers take them."""
        if self.weights is None:
            groups = self.row_groups
        else:
            total = self.num_rows
            groups = []
            for number, (own, share) in enumerate(zip(self._groups_of_sets, self.weights, strict=True)):
                draws = np.random.default_rng((self.seed, epoch, number))
                groups += _as_many_rows(own, share * total, draws)
        if not self.shuffle:
            return groups
        order = np.random.default_rng((self.seed, epoch)).permutation(len(groups))
        return [groups[index] for index in order]

    def _num_rows(self, epoch: int, worker: int, workers: int) -> int:
        return sum(group.rows for group in self._groups(epoch, worker, workers))

    def _read_window(self, groups: list[RowGroup], place: tuple[int, ...], skip: int) -> Iterator:
        """Items of some row groups, shuffled together, without the first ``skip``."""
        rng = np.random.default_rng(place)
        counts = [group.rows for group in groups]
        order = rng.permutation(sum(counts)) if self.shuffle else np.arange(sum(counts))
        seeds = rng.integers(2**63, size=len(order))
        rows = [row for group in groups for row in _read_rows(group, self.columns)]
        # always from a multiple of TRANSFORM_ROWS: sums over other rows would differ in the last bit
        for first in range(skip - skip % TRANSFORM_ROWS, len(order), TRANSFORM_ROWS):
            chosen = order[first : first + TRANSFORM_ROWS]
            items = [rows[index] for index in chosen]
            if self.transform is not None:
                draws = [random.Random(int(seed)) for seed in seeds[first : first + TRANSFORM_ROWS]]
                items = self.transform(items, draws)
            yield from items[max(0, skip - first) :]


def _shares(weights: Sequence[float] | None, count: int) -> list[float] | None:
    """Weights that add up to 1."""
    if weights is None:
        return None
    if len(weights) != count:
        raise ValueError(f"{len(weights)} weights for {count} data sets: give one for each")
    if not all(np.isfinite(weight) and weight > 0 for weight in weights):
        raise ValueError(f"weights are {', '.join(f'{weight:g}' for weight in weights)}, expected numbers above 0")
    return [float(weight) / sum(weights) for weight in weights]


def _as_many_rows(groups: list[RowGroup], rows: float, draws: np.random.Generator) -> list[RowGroup]:
    """Row groups of about so many rows, at least one: all of them as often as that goes, then some drawn ones."""
    own = sum(group.rows for group in groups)
    chosen = groups * int(rows // own)
    missing = rows - own * int(rows // own)
    for index in draws.permutation(len(groups)):
        if chosen and groups[index].rows > 2 * missing:  # without it, the number of rows is nearer
            break
        chosen.append(groups[index])
        missing -= groups[index].rows
    return chosen


def table_to_rows(table: pa.Table) -> list[dict]:
    """The rows of an Arrow table as dictionaries, `MOTION_COLUMNS` as numpy arrays that share its memory."""
    columns = {
        name: _arrays(table[name]) if name in MOTION_COLUMNS else table[name].to_pylist() for name in table.column_names
    }
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def _arrays(column: pa.ChunkedArray) -> list[np.ndarray]:
    arrays = []
    for chunk in column.chunks:
        values, offsets = chunk.values.to_numpy(), chunk.offsets.to_numpy()
        arrays += [values[start:end] for start, end in zip(offsets[:-1], offsets[1:], strict=True)]
    return arrays


def _read_rows(group: RowGroup, columns: list[str] | None) -> list[dict]:
    with open_shard(group.shard) as file:
        # no threads: each worker has one core, and the others are busy with the other workers
        return table_to_rows(read_group(group.shard, file, group.index, columns, use_threads=False))


def _find_row_groups(shards: list[str], columns: list[str] | None) -> list[RowGroup]:
    """All row groups of the shards, from their footers."""

    def of_shard(shard: str) -> list[RowGroup]:
        with open_shard(shard) as file:
            unknown = set(columns or ()) - set(file.schema_arrow.names)
            if unknown:
                raise ValueError(
                    f"{shard} has no column {', '.join(sorted(unknown))}; it has {', '.join(file.schema_arrow.names)}"
                )
            metadata = file.metadata
            return [
                RowGroup(shard, index, metadata.row_group(index).num_rows) for index in range(metadata.num_row_groups)
            ]

    with ThreadPoolExecutor(_FOOTER_THREADS) as pool:
        return [group for groups in pool.map(of_shard, shards) for group in groups]


def _delivered(samples: int, batch_size: int, drop_last: bool, ends_at: list[int | None]) -> tuple[list[int], int]:
    """Rows that each worker of a ``DataLoader`` has delivered when all together have delivered ``samples``.

    Batches come from the workers in turn; a worker that has come to its end (``ends_at`` rows, None for never) is left
    out from then on. Also returns whose turn is next.
    """
    delivered, turn = [0] * len(ends_at), 0
    if None in ends_at:
        # all are alike for ever: whole turns need not be counted one by one
        rows = samples // (batch_size * len(ends_at)) * batch_size
        delivered = [rows] * len(ends_at)
        samples -= rows * len(ends_at)
    while samples > 0:
        before = samples
        for worker, end in enumerate(ends_at):
            size = batch_size if end is None else min(batch_size, end - delivered[worker])
            if samples == 0 or size == 0 or (drop_last and size < batch_size):
                continue
            delivered[worker] += min(size, samples)
            samples -= min(size, samples)
            turn = (worker + 1) % len(ends_at)
        if samples == before:
            raise ValueError(f"the epoch ends {samples} samples before the given position; begin the next one")
    return delivered, turn


def _this_process() -> tuple[int, int]:
    """Rank and number of processes. Accelerate knows both, also before the ``Accelerator`` is made."""
    from accelerate import PartialState

    state = PartialState()
    return state.process_index, state.num_processes


def _this_worker() -> tuple[int, int]:
    info = get_worker_info()
    return (0, 1) if info is None else (info.id, info.num_workers)
