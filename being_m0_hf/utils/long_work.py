"""Who waits for long work hears how far it is, and may end it.

The work says ``report(done, total)`` now and then; who called it listens with ``listening``. Nobody needs to. Work that
is done in several goes says with ``stretch`` which share of all each of them is, so that the whole is heard of, once.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

#: Hears the share of all work that is done, 0 to 1 and never less than before, and what is being done, "" if not said.
Listener = Callable[[float, str], None]

#: Nobody knows how often a stretch is gone over: of what is left of it, each go over it fills this much.
SHARE_OF_A_GO = 0.9


class StoppedError(Exception):
    """What a listener raises so that the work ends."""


@dataclass
class _Stretch:
    """A piece of the work, from ``first`` to ``last`` of all of it."""

    listener: Listener
    first: float = 0.0
    last: float = 1.0
    what: str = ""
    _begun: float = field(init=False)  # where the go that is under way began
    _done: int = 0

    def __post_init__(self) -> None:
        self._begun = self.first

    def hear(self, done: int, total: int) -> None:
        if done <= self._done:  # it is gone over once more
            self._begun = self._to
        self._done = done
        self.listener(self._begun + (self._to - self._begun) * min(1.0, done / total), self.what)

    @property
    def _to(self) -> float:
        return self._begun + SHARE_OF_A_GO * (self.last - self._begun)


_NOW: ContextVar[_Stretch | None] = ContextVar("stretch", default=None)


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Inside, and in this thread, ``listener(share, what)`` hears of the work; what it raises ends it."""
    furthest = 0.0

    def heard(share: float, what: str) -> None:
        nonlocal furthest
        furthest = max(furthest, share)
        listener(furthest, what)

    with _under_way(_Stretch(heard)):
        yield
    heard(1.0, "")


@contextmanager
def stretch(first: float, last: float, what: str = "") -> Iterator[None]:
    """What is reported inside counts as this piece of the work that is under way, and is called by its name.

    Args:
        first, last: where it lies in that work, 0 to 1.
        what: is done in it, for people; by default what that work is called.
    """
    whole = _NOW.get()
    if whole is None:
        yield
        return
    begin, length = whole.first, whole.last - whole.first
    piece = _Stretch(whole.listener, begin + first * length, begin + last * length, what or whole.what)
    with _under_way(piece):
        yield
    piece.listener(piece.last, piece.what)


def report(done: int, total: int) -> None:
    """Tell who listens, if anybody does."""
    now = _NOW.get()
    if now is not None:
        now.hear(done, total)


@contextmanager
def _under_way(piece: _Stretch) -> Iterator[None]:
    token = _NOW.set(piece)
    try:
        yield
    finally:
        _NOW.reset(token)


__all__ = ["StoppedError", "listening", "report", "stretch"]
