"""Batches of a run: drawn from seeds alone, so that neither restarts nor the number of processes change them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy
import torch
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

Batch = dict[str, torch.Tensor]


def step_seed(*numbers: int) -> int:
    """One seed from several numbers, the same on every machine."""
    return int(numpy.random.SeedSequence(numbers).generate_state(1)[0])


@dataclass(frozen=True)
class Draw:
    """What a batch is drawn with. The rows of all processes make one large batch; each process makes its own rows.

    Two processes with 4 rows each see the same 8 samples as one process with 8 rows: what is chosen for the whole
    batch comes from ``generator()``, which is the same everywhere, and what is chosen for a row from
    ``row_generator(row)``, which depends on the row's place in the large batch alone.

    Args:
        seed: of this batch, the same in all processes.
        process, processes: whose rows to make, and how many processes share the batch.
    """

    seed: int
    process: int = 0
    processes: int = 1

    def generator(self) -> torch.Generator:
        """A fresh generator that draws the same in every process."""
        return torch.Generator().manual_seed(self.seed)

    def row_generator(self, row: int) -> torch.Generator:
        """A generator for one row of the large batch."""
        return torch.Generator().manual_seed(step_seed(self.seed, row))

    def rows(self, each: int) -> range:
        """This process's rows of the large batch, of which every process makes ``each``."""
        return range(self.process * each, (self.process + 1) * each)


MakeBatch = Callable[[Draw], Batch]


class BatchStream(IterableDataset):
    """The batches of a run from a step on, in order: batch ``k`` is micro-batch ``k % micro`` of step ``k // micro``.

    Workers take turns, and a DataLoader asks them in turn, so that the order stays.
    """

    def __init__(self, make_batch: MakeBatch, seed: int, first_step: int, last_step: int, micro: int, place: Draw):
        self.make_batch, self.seed, self.micro, self.place = make_batch, seed, micro, place
        self.numbers = range(first_step * micro, last_step * micro)

    def draw(self, number: int) -> Draw:
        step, micro = divmod(number, self.micro)
        return Draw(step_seed(self.seed, step, micro), self.place.process, self.place.processes)

    def __iter__(self) -> Iterator[Batch]:
        worker = get_worker_info()
        numbers = self.numbers[worker.id :: worker.num_workers] if worker else self.numbers
        for number in numbers:
            yield self.make_batch(self.draw(number))


def load_batches(stream: BatchStream, workers: int, pin_memory: bool) -> Iterator[Batch]:
    """The stream's batches; ``workers`` are processes that make them while the model learns from earlier ones."""
    if workers == 0:
        return iter(stream)
    return iter(
        DataLoader(
            stream,
            batch_size=None,
            num_workers=workers,
            prefetch_factor=4,
            pin_memory=pin_memory,
            # one thread each: batches are small, and threads that wait for each other make all of them slow
            worker_init_fn=lambda _: torch.set_num_threads(1),
        )
    )
