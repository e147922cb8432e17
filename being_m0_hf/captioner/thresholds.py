"""The thresholds of ``thresholds.yaml``: when a word is said, and until when it is true."""

from dataclasses import dataclass
from functools import cache

from being_m0_hf.utils.package_data import read_package_yaml


@dataclass(frozen=True)
class Threshold:
    """``state``: from where a word is said; ``holds``: from where it is still true when measured again."""

    state: float
    holds: float
    why: str


@cache
def _table() -> dict[str, Threshold]:
    return {name: Threshold(**row) for name, row in read_package_yaml(__package__, "thresholds.yaml").items()}


def state(name: str) -> float:
    """The threshold from which the captioner says a word."""
    return _table()[name].state


def holds(name: str) -> float:
    """The threshold from which a word is still true."""
    return _table()[name].holds
