"""The timeline under the stage, and the call that makes its motion."""

from typing import Any

import gradio as gr

from ..doors.asked import telling, told_in_one_line, visitor_of
from ..doors.programs import MANY
from ..doors.shown import shown_motion
from ..workshop import Recipe, TimelineRequest, Workshop
from .seed_script import SEED_TO_USE
from .timeline_board import TimelineBoard


def add_timeline(
    workshop: Workshop,
    board: TimelineBoard,
    seed: gr.Number,
    new_seed: gr.Checkbox,
    viewer: gr.HTML,
) -> gr.events.Dependency:
    """``pipeline.timeline`` with the lines of the board."""

    async def timeline_on_page(
        seed: Any, renew: Any, request: gr.Request, event: gr.EventData, progress: gr.Progress = gr.Progress()
    ) -> tuple[Any, ...]:
        with told_in_one_line():
            recipe = Recipe(TimelineRequest.checked(event._data.get("lines"), seed))
            motion = await workshop.motion_of(recipe, visitor_of("page", request), telling(progress))
        return shown_motion(workshop, recipe, motion), recipe.seed

    return board.submit(
        timeline_on_page,
        [seed, new_seed],
        [viewer, seed],
        js=f"(seed, renew) => [{SEED_TO_USE}, renew]",
        show_progress_on=viewer,
        trigger_mode="once",
        api_visibility="private",
        **MANY,
    )
