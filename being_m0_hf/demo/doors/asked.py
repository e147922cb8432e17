"""What every door does with what comes in: who asks, for what, and one line where something is wrong."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import gradio as gr

from being_m0_hf.pipelines.styles import StyledPipeline

from ..model_queue import Pipeline, Visitor
from ..requests import PageRequest, checked_request, checked_styles
from ..workshop import Tell


@contextmanager
def told_in_one_line() -> Iterator[None]:
    """Turns what the package raises for input into what Gradio shows, without a traceback in the log."""
    try:
        yield
    except ValueError as error:
        raise gr.Error(" ".join(str(error).split()), print_exception=False) from error


def telling(progress: gr.Progress) -> Tell:
    """Shows how far a request is, on the page, to who waits for it."""
    return lambda status: progress(status.share or 0, desc=status.line)


def visitor_of(door: str, request: gr.Request | None) -> Visitor:
    """Who sent a request."""
    client = getattr(request, "client", None)
    return Visitor(client.host if client else "", door, getattr(request, "session_hash", None) or "")


def asked_for(
    pipeline: Pipeline, text: Any, seconds: Any, seed: Any, parts: dict[str, Any], styles: Any
) -> PageRequest:
    """The request behind values from outside, with the words that its styles need.

    Raises:
        ValueError: one that is none, or out of range.
    """
    request = checked_request(text, seconds, seed, parts)
    weights = pipeline.weights if isinstance(pipeline, StyledPipeline) else {}
    chosen = checked_styles(styles, weights)
    if isinstance(pipeline, StyledPipeline) and chosen:
        words = pipeline.with_words(request.text, chosen)
        request = replace(request, text=words, styles=tuple(chosen.items()))
    return request
