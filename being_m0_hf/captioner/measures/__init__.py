"""What can be stated about a motion, measured part by part."""

from .body import measure, measure_rest

__all__ = ["measure", "measure_rest"]
