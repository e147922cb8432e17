"""What a sentence was taken for, as the page, programs and files are told."""

from dataclasses import replace
from typing import Any

from being_m0_hf.motion import Motion
from being_m0_hf.understanding import Understanding

from ..model_queue import Pipeline


def told_of(pipeline: Pipeline, text: str, motion: Motion | None = None) -> dict[str, Any] | None:
    """What the model takes a sentence for; None where there is no sentence, or the model cannot tell.

    Args:
        motion: that was made for it, if it was. Whether it is a written action depends on its length and on texts of
            parts as well, so then the motion's own ``source`` is told.

    Returns:
        ``verdict`` ("known", "nearest" or "not understood"), ``certainty`` 0 to 1, ``nearest``: the sentence as the
        model knows it, ``reason``: what is in the way, and ``line``: all of it for people.
    """
    if not (text.strip() and getattr(pipeline, "listed", None)):
        return None
    understood = pipeline.understand(text)
    return _facts(understood if motion is None else replace(understood, source=motion.source or ""))


def _facts(understood: Understanding) -> dict[str, Any]:
    return {
        "verdict": str(understood.verdict),
        "certainty": round(understood.certainty, 3),
        "nearest": understood.nearest,
        "reason": understood.reason,
        "line": understood.line(),
    }
