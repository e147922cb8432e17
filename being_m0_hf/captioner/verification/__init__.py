"""Statements measured again by code that shares nothing with the captioner's measures."""

from .facts import Fact
from .verify import VerificationReport, verified, verify, verify_motions

__all__ = ["Fact", "VerificationReport", "verified", "verify", "verify_motions"]
