"""Who waits for long work hears how far it is, and may end it.

The work says ``report(done, total)`` now and then; who called it listens with ``listening``. Nobody needs to.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Listener = Callable[[int, int], None]

_LISTENER: ContextVar[Listener | None] = ContextVar("listener", default=None)


class StoppedError(Exception):
    """What a listener raises so that the work ends."""


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Inside, and in this thread, ``listener(done, total)`` hears of the work; what it raises ends it."""
    token = _LISTENER.set(listener)
    try:
        yield
    finally:
        _LISTENER.reset(token)


def report(done: int, total: int) -> None:
    """Tell who listens, if anybody does."""
    listener = _LISTENER.get()
    if listener is not None:
        listener(done, total)


__all__ = ["StoppedError", "listening", "report"]
