"""Sentences about a motion read back into what they claim, and each claim judged on the motion."""

from .claims import Claim, clauses_of, read_claims
from .contradictions import contradiction
from .judge import Judged, judge, supported

__all__ = ["Claim", "Judged", "clauses_of", "contradiction", "judge", "read_claims", "supported"]
