"""What a sentence was taken for, as the page, programs and files are told."""

from dataclasses import replace
from typing import Any

from being_m0_hf.motion import Motion
from being_m0_hf.understanding import Understanding, Verdict

from ..model_queue import Pipeline
from .recipe import Recipe
from .recipe_lines import body_texts
from .timelines import TimelineRequest

_WORST_FIRST = (Verdict.UNKNOWN, Verdict.NEAREST, Verdict.KNOWN)


def told_of(pipeline: Pipeline, text: str, motion: Motion | None = None) -> dict[str, Any] | None:
    """What the model takes a sentence for; None where there is no sentence, or the model cannot tell.

    Args:
        motion: that was made for it, if it was. Whether it is a written action depends on its length and on texts of
            parts as well, so then the motion's own ``source`` is told, and its ``doubt``.

    Returns:
        ``verdict`` ("known", "nearest" or "not understood"), ``certainty`` 0 to 1, ``nearest``: the sentence as the
        model knows it, ``reason``: what is in the way, ``doubt``: what the motion lacks, and ``line``: all of it for
        people.
    """
    if not (text.strip() and getattr(pipeline, "listed", None)):
        return None
    understood = pipeline.understand(text)
    if motion is not None:
        understood = replace(understood, source=motion.source or "", doubt=motion.doubt or "")
    return _facts(understood)


def told_of_recipe(pipeline: Pipeline, recipe: Recipe, motion: Motion) -> dict[str, Any] | None:
    """As `told_of`, of what was asked for last. Each line of a timeline is a sentence of its own."""
    if recipe.edits or not isinstance(recipe.start, TimelineRequest):
        return told_of(pipeline, recipe.text, motion)
    lines = list(dict.fromkeys(entry.text for entry in recipe.start.in_order if not entry.parts))
    if not (lines and getattr(pipeline, "listed", None)):
        return None
    read = [replace(pipeline.understand(line), source="") for line in lines]  # the model makes all of a timeline
    worst = min(read, key=lambda each: (each.is_known, _WORST_FIRST.index(each.verdict), each.certainty))
    facts = _facts(worst) | {"nearest": ", then ".join(each.nearest_told for each in read if each.nearest_told)}
    if len(read) > 1:
        known = f"known: all {len(read)} lines ({worst.certainty:.0%} sure or more)"
        facts["line"] = known if worst.is_known else f'"{worst.text}" is {worst.line()}'
    return facts


def told_in_time(pipeline: Pipeline, recipe: Recipe, motion: Motion) -> list[dict[str, Any]]:
    """What each text of the whole body was taken for, where there are several, in the order of time.

    Args:
        motion: that was made; its ``source`` names the written actions that are in it.

    Returns:
        ``from``: seconds, ``text``, and ``told`` as of `told_of`; [] where one text holds all the time.
    """
    entries = body_texts(recipe, motion.seconds)
    if len(entries) < 2:
        return []
    shown = {"", *(motion.source or "").split(", ")}

    def told(text: str) -> dict[str, Any] | None:
        if not getattr(pipeline, "listed", None):
            return None
        understood = pipeline.understand(text)
        is_shown = shown.issuperset(understood.source.split(", "))
        return _facts(understood if is_shown else replace(understood, source=""))

    return [{"from": each.start, "text": each.text, "told": told(each.text)} for each in entries]


def _facts(understood: Understanding) -> dict[str, Any]:
    return {
        "verdict": str(understood.verdict),
        "certainty": round(understood.certainty, 3),
        "nearest": understood.nearest_told,
        "reason": understood.reason,
        "doubt": understood.doubt,
        "line": understood.line(),
    }
