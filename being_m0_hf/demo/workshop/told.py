"""What a sentence was taken for, as the page, programs and files are told."""

from typing import Any

from being_m0_hf.understanding import Understanding

from ..model_queue import Pipeline


def told_of(pipeline: Pipeline, text: str) -> dict[str, Any] | None:
    """What the model takes a sentence for; None where there is no sentence, or the model cannot tell.

    Returns:
        ``verdict`` ("known", "nearest" or "not understood"), ``certainty`` 0 to 1, ``nearest``: the sentence as the
        model knows it, ``reason``: what is in the way, and ``line``: all of it for people.
    """
    if not (text.strip() and getattr(pipeline, "listed", None)):
        return None
    return _facts(pipeline.understand(text))


def _facts(understood: Understanding) -> dict[str, Any]:
    return {
        "verdict": str(understood.verdict),
        "certainty": round(understood.certainty, 3),
        "nearest": understood.nearest,
        "reason": understood.reason,
        "line": understood.line(),
    }
