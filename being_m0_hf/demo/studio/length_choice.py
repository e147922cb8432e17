"""How long a motion gets: as long as it takes, or so many seconds."""

from dataclasses import dataclass
from typing import Any

import gradio as gr

from ..requests import LONGEST_SECONDS, SHORTEST_SECONDS, USUAL_SECONDS

_INFO = 'Untick it to choose a length, or say one: "for eight seconds", "ten jumping jacks"'
_DESCRIPTION = f"a number from {SHORTEST_SECONDS} to {LONGEST_SECONDS}, or null for as long as the motion takes"


@dataclass(frozen=True)
class LengthChoice:
    """``seconds`` is seen, and counts, where ``as_it_takes`` is not ticked; ``for_programs`` is never seen."""

    as_it_takes: gr.Checkbox
    seconds: gr.Slider
    for_programs: gr.Number

    @property
    def fields(self) -> list[Any]:
        """In the order of what `seconds_of` takes and `shown_length` gives."""
        return [self.as_it_takes, self.seconds]


def length_choice() -> LengthChoice:
    """Builds it here."""
    with gr.Column(elem_classes="length"):  # a radio of Gradio 6.31 has no name that is read out
        as_it_takes = gr.Checkbox(True, label="Length: as long as it takes", info=_INFO)
        seconds = gr.Slider(
            SHORTEST_SECONDS,
            LONGEST_SECONDS,
            value=USUAL_SECONDS,
            step=0.5,
            label="Length in seconds",
            elem_classes="length-seconds",
        )
        # programs that give nothing get what a field has at first: here nothing
        for_programs = gr.Number(None, label="Length in seconds", visible=False)
    for_programs.api_info = lambda: {"type": "number", "description": _DESCRIPTION}
    return LengthChoice(as_it_takes, seconds, for_programs)


def seconds_of(as_it_takes: Any, seconds: Any) -> Any:
    """The length that is asked for; None for as long as it takes."""
    return None if as_it_takes is True else seconds


def shown_length(seconds: float | None) -> list[Any]:
    """Both fields for the length that a motion was asked for."""
    return [True, gr.skip()] if seconds is None else [False, seconds]
