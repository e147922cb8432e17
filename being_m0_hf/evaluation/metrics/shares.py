"""Means and shares of outcomes, and how a report writes them."""

import math
from collections.abc import Iterable


def mean(values: Iterable[float]) -> float:
    """Of verdicts, the share that is true; NaN where there are none."""
    values = list(values)
    return sum(values) / len(values) if values else math.nan


def percent(share: float) -> str:
    """``85%``; a dash for what cannot be told, NaN and infinity."""
    return f"{share:.0%}" if math.isfinite(share) else "-"
