"""Motions that are kept for a while, so that undo, links and downloads need not make them again."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from being_m0_hf.motion import Motion

#: Of all motions together, and how long one that nobody asks for is kept.
MOST_BYTES, KEPT_SECONDS = 64_000_000, 3600.0


class MotionStore:
    """Motions by key, the ones that were asked for last.

    Args:
        most_bytes: of all together.
        seconds: that one stays after it was last asked for.
        clock: tells the time in seconds.
    """

    def __init__(
        self,
        most_bytes: int = MOST_BYTES,
        seconds: float = KEPT_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most_bytes, self._seconds, self._clock = most_bytes, seconds, clock
        self._kept: OrderedDict[str, tuple[Motion, float]] = OrderedDict()  # the one asked for last at the end
        self._bytes = 0
        self._lock = threading.Lock()

    def put(self, key: str, motion: Motion) -> None:
        """Keeps a motion; what was not asked for for the longest time makes room."""
        with self._lock:
            self._take(key)
            self._kept[key] = motion, self._clock()
            self._bytes += _size(motion)
            self._clear()

    def get(self, key: str) -> Motion | None:
        """The motion, if it is still there."""
        with self._lock:
            self._clear()
            if key not in self._kept:
                return None
            motion, _ = self._kept.pop(key)
            self._kept[key] = motion, self._clock()
            return motion

    def _take(self, key: str) -> None:
        if key in self._kept:
            self._bytes -= _size(self._kept.pop(key)[0])

    def _clear(self) -> None:
        oldest = self._clock() - self._seconds
        while self._kept:
            key, (_, asked) = next(iter(self._kept.items()))
            if asked >= oldest and self._bytes <= self._most_bytes:
                return
            self._take(key)


def _size(motion: Motion) -> int:
    return sum(each.element_size() * each.numel() for each in (motion.rotations, motion.translation))
