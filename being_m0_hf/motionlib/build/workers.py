"""Work on chunks in several processes, of which some may be killed: for memory by the system, or by anybody.

A worker that dies takes the others of its pool with it, and nobody says which chunk it was at. So each of those that
were being worked on then is done again alone, with the whole memory: if its worker dies there too, the recording that
it was reading is left out, and the rest goes on.
"""

import contextlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import connection

import torch
from tqdm import tqdm

from ...motion import MotionError

START_METHOD = "spawn"  # forked threads of torch hang


@dataclass(frozen=True)
class Chunks:
    """Pieces of work that are done or not, as their files say.

    Args:
        sizes: recordings in each of them.
        done: (chunk) -> whether its result is there.
        marked: (chunk) -> whether a process ended while it was at it.
        leave_out: (chunk) -> whether it found the recording that was being read, and marked it to be left out.
    """

    sizes: Sequence[int]
    done: Callable[[int], bool]
    marked: Callable[[int], bool]
    leave_out: Callable[[int], bool]


def work_through(work: Callable[[int], int], chunks: Chunks, processes: int, what: str) -> None:
    """All chunks that are not done, with a bar of progress; those that a process died of alone, and first.

    Args:
        work: (chunk) -> how many recordings it did; a function that travels to other processes.
        what: is done, for the bar of progress.

    Raises:
        MotionError: the processes end before they do anything.
    """
    with tqdm(total=sum(chunks.sizes), unit=" recordings", desc=what, mininterval=1) as progress:
        while missing := [index for index in range(len(chunks.sizes)) if not chunks.done(index)]:
            progress.n = progress.total - sum(chunks.sizes[index] for index in missing)
            progress.refresh()
            # a mark is left where a build or a worker was killed
            suspects = [index for index in missing if chunks.marked(index)]
            others = sorted(set(missing) - set(suspects))
            try:
                for index in suspects:
                    progress.update(work_alone(work, index, chunks.leave_out))
                if processes == 1:
                    for index in others:
                        progress.update(work(index))
                else:
                    for count in work_together(work, others, processes):
                        progress.update(count)
            except BrokenProcessPool:
                if not any(chunks.marked(index) for index in missing):
                    raise MotionError(
                        "the processes of the build ended before they did anything; is there too little memory? "
                        "Try --processes 1"
                    ) from None


def work_together(work: Callable[[int], int], chunks: Sequence[int], processes: int) -> Iterator[int]:
    """What ``work`` returns of each chunk, in the order in which they are done.

    Raises:
        BrokenProcessPool: a worker was killed.
    """
    with _pool(processes) as pool:
        with _no_interrupts():
            futures = [pool.submit(work, chunk) for chunk in chunks]
        for future in as_completed(futures):
            yield future.result()


def work_alone(work: Callable[[int], int], chunk: int, leave_out: Callable[[int], bool]) -> int:
    """What ``work`` returns of a chunk that may kill its process, done again without each recording that does.

    Args:
        leave_out: (chunk) -> whether it found the recording that was being read, and marked it to be left out.

    Raises:
        BrokenProcessPool: the worker was killed and no recording was being read.
    """
    while True:
        try:
            return next(work_together(work, [chunk], 1))
        except BrokenProcessPool:
            if not leave_out(chunk):
                raise


@contextlib.contextmanager
def _pool(processes: int) -> Iterator[ProcessPoolExecutor]:
    """A pool whose workers end with this process, however it ends, and at once when the block is interrupted."""
    others = set(multiprocessing.active_children())
    context = multiprocessing.get_context(START_METHOD)
    pool = ProcessPoolExecutor(processes, mp_context=context, initializer=_begin_worker)
    try:
        yield pool
    except BaseException:
        for worker in set(multiprocessing.active_children()) - others:
            worker.terminate()  # chunks are whole or not there; what it was at is done again
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


@contextlib.contextmanager
def _no_interrupts() -> Iterator[None]:
    """Ctrl-C reaches every process of a terminal. Workers that start in here never hear of it: the one that started
    them does, a moment later, and ends them.
    """
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _begin_worker() -> None:
    torch.set_num_threads(1)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """A worker would wait for work for ever after its parent was killed."""
    connection.wait([multiprocessing.parent_process().sentinel])
    os._exit(1)
