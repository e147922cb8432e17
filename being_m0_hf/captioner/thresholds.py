"""The thresholds of ``thresholds.yaml``: when a word is said, and until when it is true."""

from dataclasses import dataclass
from functools import cache
from importlib import resources

import yaml


@dataclass(frozen=True)
class Threshold:
    """``state``: from where a word is said; ``holds``: from where it is still true when measured again."""

    state: float
    holds: float
    why: str


@cache
def _table() -> dict[str, Threshold]:
    text = resources.files(__package__).joinpath("thresholds.yaml").read_text(encoding="utf-8")
    return {name: Threshold(**row) for name, row in yaml.safe_load(text).items()}


def state(name: str) -> float:
    """The threshold from which the captioner says a word."""
    return _table()[name].state


def holds(name: str) -> float:
    """The threshold from which a word is still true."""
    return _table()[name].holds
