"""One model for many visitors: everybody in turn, alike requests together, one thread a core."""

import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from being_m0_hf.motion import Motion
from being_m0_hf.utils.long_work import StoppedError, listening

from .requests import LONGEST_SECONDS, PageRequest

#: What the page needs of a model: ``pipeline(texts, seconds=[...], seed=[...], parts=[...]) -> [Motion, ...]``, each
#: motion the one that its text gives alone; ValueError for input that it cannot use. Where visitors choose styles, it
#: also takes ``styles={name: weight}``, as `pipelines.styles.StyledPipeline` does.
Pipeline = Callable[..., list[Motion]]

#: Requests that are made in one batch at most. Four of 4 s take two thirds of the time that they take one by one.
LARGEST_BATCH = 4
#: The same where so many requests wait. A motion of 4 s takes 0.72 s of a core in a batch of eight, 0.87 s in one of
#: four, 0.79 s in one of twelve; in a short queue the median visitor would wait longer for it.
MANY_WAITING, LARGEST_BATCH_OF_MANY = 16, 8
#: Models up to so many parameters run on one thread a call. Their operations are so short that threads wait for each
#: other: beside other work two threads are ten times slower than one (25 s instead of 2 s for 4 s of motion).
SMALL_MODEL = 100_000_000
MOST_WORKERS = 4

#: Seconds of motion that may wait: of all visitors, of one address, of one visitor of the page.
MOST_WAITING = 480
MOST_OF_ADDRESS = 240
MOST_OF_PAGE = 4 * LONGEST_SECONDS

#: Visitors whose last turn is remembered.
MOST_REMEMBERED = 10_000


class QueueFullError(ValueError):
    """No more requests are taken now, of anybody or of this visitor; the message says so."""


@dataclass(frozen=True)
class Visitor:
    """Who asks.

    Args:
        address: where the request comes from; turns go round addresses first.
        door: "page" or "api"; the page does not wait for programs of the same address.
        session: of a browser's tab or a client.
    """

    address: str
    door: str = "page"
    session: str = ""

    def groups(self) -> tuple[tuple[str, ...], ...]:
        """The groups that this visitor belongs to, from the largest to the smallest."""
        return (self.address,), (self.address, self.door), (self.address, self.door, self.session)


@dataclass(frozen=True, eq=False)
class OtherWork:
    """What else the model does in its turn: an edit, a description. It is done alone.

    Args:
        work: called with the pipeline.
        seconds: of motion that takes about as long; so much counts as waiting.
    """

    work: Callable[[Pipeline], Any]
    seconds: float


@dataclass(eq=False)
class Ticket:
    """A request that waits, or is being made; ``future`` gives its motion, or the result of other work.

    Args:
        share: of the work that is done, 0 to 1.
        what: is being done, for people; "" where the work does not say.
    """

    request: PageRequest | OtherWork
    visitor: Visitor
    number: int
    future: "Future[Any]" = field(default_factory=Future)
    context: Context = field(default_factory=copy_context)  # ZeroGPU reads there whose visit it is
    stopped: bool = False
    share: float = 0.0
    what: str = ""

    def stop(self) -> None:
        """Nobody wants it any more: it leaves the queue, or the model ends its work on it at the next token."""
        self.stopped = True
        self.future.cancel()

    def hear(self, share: float, what: str) -> None:
        """So much of it is done; what is begun again after an error is not less."""
        self.share, self.what = max(self.share, share), what


class ModelQueue:
    """Makes the motions that visitors ask for.

    Who was served longest ago comes next: first by address, then by door, then by session. With whom the turn is,
    requests of the same length are made in one batch.

    Args:
        pipeline: see ``Pipeline``.
        workers: threads that call it; by default one a core for a small model on the CPU, one for any other.
    """

    def __init__(self, pipeline: Pipeline, workers: int | None = None) -> None:
        self.pipeline = pipeline
        model = getattr(pipeline, "model", None)
        small = model is None or (model.device.type == "cpu" and model.num_parameters() <= SMALL_MODEL)
        self.workers = workers or (min(usable_cores(), MOST_WORKERS) if small else 1)
        self._threads_a_call = 1 if small else torch.get_num_threads()
        self._waiting: list[Ticket] = []
        self._last_turns: dict[tuple[str, ...], int] = {}
        self._turns = self._tickets = 0
        self._changed = threading.Condition()
        for number in range(self.workers):
            threading.Thread(target=self._work, name=f"model-{number}", daemon=True).start()

    def submit(self, request: PageRequest | OtherWork, visitor: Visitor) -> Ticket:
        """Puts a request into the queue.

        Raises:
            QueueFullError: too much waits already.
        """
        with self._changed:
            self._check_room(_seconds(request), visitor)
            self._tickets += 1
            ticket = Ticket(request, visitor, self._tickets)
            self._waiting.append(ticket)
            self._changed.notify()
        return ticket

    def leave(self, session: str) -> None:
        """Takes what a visitor who has gone still waits for out of the queue. What is being made is finished."""
        with self._changed:
            gone = [ticket for ticket in self._waiting if session and ticket.visitor.session == session]
            for ticket in gone:
                self._waiting.remove(ticket)
        for ticket in gone:
            ticket.stop()

    def ahead_of(self, ticket: Ticket) -> int | None:
        """How many requests came earlier and still wait; None when this one waits no more."""
        with self._changed:
            if ticket not in self._waiting:
                return None
            return sum(other.number < ticket.number for other in self._waiting)

    def _check_room(self, seconds: float, visitor: Visitor) -> None:
        address, _, session = visitor.groups()
        waits = {(): 0.0, address: 0.0, session: 0.0}
        for ticket in self._waiting:
            for group in ((), *ticket.visitor.groups()):
                if group in waits:
                    waits[group] += _seconds(ticket.request)
        if waits[()] + seconds > MOST_WAITING:
            raise QueueFullError(f"{len(self._waiting)} requests wait already; try again in a minute.")
        if waits[address] + seconds > MOST_OF_ADDRESS or (
            visitor.door == "page" and waits[session] + seconds > MOST_OF_PAGE
        ):
            raise QueueFullError("Too many of your requests wait already; try again when one of them is done.")

    def _work(self) -> None:
        torch.set_num_threads(self._threads_a_call)
        while True:
            with self._changed:
                while not self._waiting:
                    self._changed.wait()
                batch = self._next_batch()
            self._make([ticket for ticket in batch if ticket.future.set_running_or_notify_cancel()])

    def _next_batch(self) -> list[Ticket]:
        """Takes the next request from the queue, and alike ones, so many that the other workers have some left."""
        most = LARGEST_BATCH if len(self._waiting) < MANY_WAITING else LARGEST_BATCH_OF_MANY
        size = min(most, -(-len(self._waiting) // self.workers))
        batch = [self._take(self._waiting)]
        while len(batch) < size:
            alike = [ticket for ticket in self._waiting if _shape(ticket.request) == _shape(batch[0].request)]
            if not alike:
                break
            batch.append(self._take(alike))
        return batch

    def _take(self, tickets: Sequence[Ticket]) -> Ticket:
        def last_turns(ticket: Ticket) -> tuple[int, ...]:
            return (*(self._last_turns.get(group, -1) for group in ticket.visitor.groups()), ticket.number)

        ticket = min(tickets, key=last_turns)
        self._waiting.remove(ticket)
        self._turns += 1
        for group in ticket.visitor.groups():
            self._last_turns.pop(group, None)  # so that the dictionary's first entries are the oldest turns
            self._last_turns[group] = self._turns
        while len(self._last_turns) > 3 * MOST_REMEMBERED:
            del self._last_turns[next(iter(self._last_turns))]
        return ticket

    def _make(self, batch: list[Ticket]) -> None:
        for ticket in (each for each in batch if each.stopped):
            ticket.future.set_exception(StoppedError())
        batch = [ticket for ticket in batch if not ticket.stopped]
        if not batch:
            return
        requests = [ticket.request for ticket in batch if isinstance(ticket.request, PageRequest)]
        if not requests:
            self._do(batch[0])
            return
        styles = {"styles": dict(requests[0].styles)} if requests[0].styles else {}

        def made() -> list[Motion]:
            with listening(lambda share, what: _hear(batch, share, what)):
                return self.pipeline(
                    [request.text for request in requests],
                    seconds=[request.seconds for request in requests],
                    seed=[request.seed for request in requests],
                    parts=[request.parts for request in requests],
                    **styles,
                )

        try:
            motions = batch[0].context.run(made)
        except StoppedError:
            self._make(batch)  # takes the stopped ones away
            return
        except Exception as error:
            if len(batch) == 1:
                batch[0].future.set_exception(error)
            else:  # the fault is one visitor's; the others get their motions
                for ticket in batch:
                    self._make([ticket])
            return
        for ticket, motion in zip(batch, motions, strict=True):
            ticket.future.set_result(motion)

    def _do(self, ticket: Ticket) -> None:
        """Other work."""

        def done() -> Any:
            with listening(lambda share, what: _hear([ticket], share, what)):
                return ticket.request.work(self.pipeline)

        try:
            result = ticket.context.run(done)
            ticket.future.set_result(result)
        except Exception as error:
            ticket.future.set_exception(error)


def _hear(batch: Sequence[Ticket], share: float, what: str) -> None:
    """What the model reports of a batch: it ends when nobody of the batch waits any more."""
    for ticket in batch:
        ticket.hear(share, what)
    if all(ticket.stopped for ticket in batch):
        raise StoppedError


def _seconds(request: PageRequest | OtherWork) -> float:
    """Of motion, as which a request counts while it waits."""
    return request.seconds if isinstance(request, OtherWork) else request.end


def _shape(request: PageRequest | OtherWork) -> Any:
    """Requests of one shape share a batch and cost the same in it; part texts are drawn in a second go."""
    if isinstance(request, OtherWork):
        return id(request)
    return request.seconds, bool(request.parts), request.styles


def usable_cores(quota_file: Path = Path("/sys/fs/cgroup/cpu.max")) -> int:
    """Cores that this process may use: in a container often fewer than the machine has."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        quota, period = quota_file.read_text().split()
        return max(1, min(cores, int(quota) // int(period)))
    except (OSError, ValueError):  # no such file, or "max": no limit
        return cores
