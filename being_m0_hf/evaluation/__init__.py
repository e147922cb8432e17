"""Does a motion do what its text says? Checks of the motion itself, prompts to ask for it, and quality metrics."""

from . import arm_checks, body_checks, locomotion_checks, pair_checks  # noqa: F401  fills the register
from .body_track import BodyTrack
from .check import CHECKS, Check, CheckResult, Measure, run_check
from .following import FollowingReport, Outcome, evaluate_following
from .physical import PhysicalMetrics, mean_physical_metrics, physical_metrics
from .prompts import PROMPTS, PairPrompts, Prompts, held_out_texts

__all__ = [
    "CHECKS", "PROMPTS", "BodyTrack", "Check", "CheckResult", "FollowingReport", "Measure", "Outcome", "PairPrompts",
    "PhysicalMetrics", "Prompts", "evaluate_following", "held_out_texts", "mean_physical_metrics", "physical_metrics",
    "run_check",
]  # fmt: skip
