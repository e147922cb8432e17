"""The timeline under the stage, and the call that makes its motion."""

import asyncio
from collections.abc import Sequence
from typing import Any

import gradio as gr

from ..doors.asked import told_in_one_line, visitor_of
from ..doors.programs import MANY
from ..doors.shown import files_of, shown_motion
from ..workshop import Recipe, TimelineRequest, Workshop
from .timeline_board import TimelineBoard

_SEED_SCRIPT = "(seed, renew) => [renew ? Math.floor(Math.random() * 1000000) : seed, renew]"


def add_timeline(
    workshop: Workshop,
    board: TimelineBoard,
    seed: gr.Number,
    new_seed: gr.Checkbox,
    viewer: gr.HTML,
    downloads: Sequence[gr.DownloadButton],
) -> gr.events.Dependency:
    """``pipeline.timeline`` with the lines of the board."""

    async def timeline_on_page(
        seed: Any, renew: Any, request: gr.Request, event: gr.EventData, progress: gr.Progress = gr.Progress()
    ) -> tuple[Any, ...]:
        with told_in_one_line():
            recipe = Recipe(TimelineRequest.checked(event._data.get("lines"), seed))
            motion = await workshop.motion_of(recipe, visitor_of("page", request), lambda said: progress(0, desc=said))
        shown = shown_motion(workshop, recipe, motion)
        return shown, recipe.seed, *await asyncio.to_thread(files_of, shown)

    return board.submit(
        timeline_on_page,
        [seed, new_seed],
        [viewer, seed, *downloads],
        js=_SEED_SCRIPT,
        show_progress_on=viewer,
        trigger_mode="once",
        api_visibility="private",
        **MANY,
    )
