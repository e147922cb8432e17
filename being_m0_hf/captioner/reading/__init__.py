"""Sentences about a motion read back into what they claim, and each claim judged on the motion."""

from .claims import Claim, read_claims
from .judge import Judged, judge, supported

__all__ = ["Claim", "Judged", "judge", "read_claims", "supported"]
