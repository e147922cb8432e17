"""What a live motion is told while it is written: ``stream.say``."""

from typing import Any

import gradio as gr

from ..doors.asked import told_in_one_line, visitor_of
from ..doors.programs import MANY
from ..workshop import Workshop
from .next_box import NextBox


def add_saying(workshop: Workshop, box: NextBox) -> None:
    """While a motion is written, what is typed there is done next, and the other button ends it where it is."""

    async def say_on_page(words: Any, request: gr.Request) -> str:
        with told_in_one_line():
            workshop.live_of(visitor_of("page", request)).say(words)
        return ""

    async def end_on_page(request: gr.Request) -> None:
        with told_in_one_line():
            workshop.live_of(visitor_of("page", request)).stop()

    here: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private", **MANY}
    box.say.click(say_on_page, [box.text], [box.text], trigger_mode="once", **here)
    box.end.click(end_on_page, None, None, trigger_mode="once", **here)
