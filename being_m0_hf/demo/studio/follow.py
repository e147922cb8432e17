"""What follows the motion on the stage: its files, its seed, and the lines of the timeline."""

import asyncio
from collections.abc import Sequence
from typing import Any

import gradio as gr

from ..doors.asked import told_in_one_line, visitor_of
from ..doors.programs import MANY
from ..doors.shown import files_of, shown_motion
from ..exports import checked_rate
from ..workshop import Recipe, Workshop
from ..workshop.recipe_lines import timeline_lines
from .on_stage import FILES_ARE_COMING, FILES_ARE_THERE, OnStage

_TELL = """(...values) => {
  document.dispatchEvent(new Event("%s"));
  return values;
}"""
_SEED_SCRIPT = "(seed) => document.querySelector('.result .motion-viewer').motionViewer.seed ?? seed"


def follow_stage(
    workshop: Workshop,
    on_stage: OnStage,
    rate: gr.Dropdown,
    seed: gr.Number,
    downloads: Sequence[gr.DownloadButton],
    board: gr.HTML,
) -> None:
    """Files, seed and timeline of the page follow the motion on the stage; files have the chosen frame rate."""

    async def files_at(recipe: Any, fps: Any, request: gr.Request) -> tuple[str, list[Any]]:
        with told_in_one_line():
            asked, frames = Recipe.parse(recipe), checked_rate(fps)
            motion = await workshop.motion_of(asked, visitor_of("page", request))
            files = await asyncio.to_thread(files_of, shown_motion(workshop, asked, motion), fps=frames)
            return timeline_lines(asked, motion.seconds), files

    async def follow(recipe: Any, fps: Any, request: gr.Request) -> tuple[Any, ...]:
        lines, files = await files_at(recipe, fps, request)
        return lines, *files  # "" where it has none: lines of the motion before are not its own

    async def other_rate(recipe: Any, fps: Any, request: gr.Request) -> list[Any]:
        return (await files_at(recipe, fps, request))[1]

    here: dict[str, Any] = {
        "inputs": [on_stage, rate],
        "show_progress": "hidden",
        "trigger_mode": "always_last",
        "api_visibility": "private",
        **MANY,
    }
    there: dict[str, Any] = {"fn": None, "js": _TELL % FILES_ARE_THERE, "queue": False, "api_visibility": "private"}
    # in the browser and at once: a seed that a visitor types meanwhile stays
    on_stage.submit(fn=None, js=_SEED_SCRIPT, inputs=[seed], outputs=[seed], queue=False, api_visibility="private")
    on_stage.submit(follow, outputs=[board, *downloads], **here).success(**there)
    rate.change(other_rate, outputs=list(downloads), js=_TELL % FILES_ARE_COMING, **here).success(**there)
