"""Training of the text-motion evaluator, and of the ranker, which is one."""

from .pairs import HardNegatives, PairSource
from .settings import EvaluatorSettings
from .train import main

__all__ = ["EvaluatorSettings", "HardNegatives", "PairSource", "main"]
