"""Does a motion do what its text says? Checks of the motion itself, prompts to ask for it, and quality metrics."""

from ..motion.body_track import BodyTrack
from ..motion.physical_metrics import PhysicalMetrics, mean_physical_metrics, physical_metrics
from .checks import arms, body, locomotion, pairs  # noqa: F401  fills the register
from .checks.check import CHECKS, Check, CheckResult, Measure, run_check
from .checks.prompts import PROMPTS, PairPrompts, Prompts, held_out_texts
from .following.sentences import FollowingReport, Outcome, evaluate_following

__all__ = [
    "CHECKS", "PROMPTS", "BodyTrack", "Check", "CheckResult", "FollowingReport", "Measure", "Outcome", "PairPrompts",
    "PhysicalMetrics", "Prompts", "evaluate_following", "held_out_texts", "mean_physical_metrics", "physical_metrics",
    "run_check",
]  # fmt: skip
