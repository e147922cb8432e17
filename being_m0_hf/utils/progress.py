"""A line on the terminal for work that takes longer than a moment."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

REFRESH_SECONDS = 0.2


@contextmanager
def status_line(doing: str) -> Iterator[None]:
    """Say on stderr what is going on; on a terminal with a running clock, elsewhere (logs, pipes) only once."""
    stream = sys.stderr
    if not stream.isatty():
        print(f"{doing} ...", file=stream, flush=True)
        yield
        return
    started, finished = time.monotonic(), threading.Event()

    def show(end: str = "") -> None:
        print(f"\r{doing} ... {time.monotonic() - started:.1f} s", end=end, file=stream, flush=True)

    def tick() -> None:
        while not finished.wait(REFRESH_SECONDS):
            show()

    clock = threading.Thread(target=tick, daemon=True)
    clock.start()
    try:
        yield
    finally:
        finished.set()
        clock.join()
        show(end="\n")
