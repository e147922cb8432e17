"""Captions from kinematics: statements measured on a motion, verified by independent code, put into words."""

from .caption import MotionCaption, caption, caption_from_statements
from .llm_rewrite import refine
from .measures import measure
from .statements import Quantity, Statement
from .verification import Fact, VerificationReport, verified, verify, verify_motions

__all__ = [
    "Fact", "MotionCaption", "Quantity", "Statement", "VerificationReport", "caption", "caption_from_statements",
    "measure", "refine", "verified", "verify", "verify_motions",
]  # fmt: skip
