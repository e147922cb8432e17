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
    """What a batch is drawn with. A step's samples are one large batch; each process and micro-batch makes a share.

    Two processes with 4 rows each see the same 8 samples as one process with 8 rows, or as one with twice 4: what is
    chosen for the large batch comes from ``generator()``, which is the same for all shares, and what is chosen for a
    row from ``row_generator(row)``, which depends on the row's place in the large batch alone.

    Args:
        seed: of this step.
        share, shares: which part of the large batch to make, and how many there are.
    """

    seed: int
    share: int = 0
    shares: int = 1

    def generator(self) -> torch.Generator:
        """A fresh generator that draws the same for every share."""
        return torch.Generator().manual_seed(self.seed)

    def row_generator(self, row: int) -> torch.Generator:
        """A generator for one row of the large batch."""
        return torch.Generator().manual_seed(step_seed(self.seed, row))

    def rows(self, each: int) -> range:
        """The rows of this share, when every share has ``each``."""
        return range(self.share * each, (self.share + 1) * each)


MakeBatch = Callable[[Draw], Batch]


class BatchStream(IterableDataset):
    """The batches that one process needs for a run, from a step on, in order: ``micro`` of them for each step.

    Workers take turns, and a DataLoader asks them in turn, so that the order stays.
    """

    def __init__(
        self, make_batch: MakeBatch, seed: int, steps: range, micro: int = 1, process: int = 0, processes: int = 1
    ):
        self.make_batch, self.seed, self.micro = make_batch, seed, micro
        self.process, self.processes = process, processes
        self.numbers = range(steps.start * micro, steps.stop * micro)

    def draw(self, number: int) -> Draw:
        step, micro = divmod(number, self.micro)
        return Draw(step_seed(self.seed, step), micro * self.processes + self.process, self.micro * self.processes)

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
