"""Timing that other work on the machine disturbs little: several rounds, in which everything takes its turn."""

import statistics
import time
from collections.abc import Callable, Mapping


def seconds_of(work: Callable[[], object]) -> float:
    """How long one call takes, seconds."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def in_turn(works: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Median seconds of each work over some rounds; in a round each is done once, in their order.

    A round before them warms caches up and is not counted.
    """
    times: dict[str, list[float]] = {name: [] for name in works}
    for number in range(rounds + 1):
        for name, work in works.items():
            taken = seconds_of(work)
            if number:
                times[name].append(taken)
    return {name: statistics.median(each) for name, each in times.items()}
