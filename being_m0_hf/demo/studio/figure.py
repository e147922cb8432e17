"""What is done at the figure: a body part made anew."""

from typing import Any

import gradio as gr

from ..doors.asked import telling, told_in_one_line, visitor_of
from ..doors.programs import MANY
from ..doors.shown import shown_motion
from ..workshop import Filled, Recipe, Workshop
from .part_texts import PartTexts
from .seed_script import SEED_TO_USE

#: Runs in the browser: the recipe of the motion on the stage and the time to change go with the request, and a seed.
_REMAKE_SCRIPT = f"""(recipe, start, end, seed, renew) => {{
  const viewer = document.querySelector(".result .motion-viewer").motionViewer;
  const time = viewer.timeToChange;
  return [viewer.recipe, time.start, time.end, {SEED_TO_USE}, renew];
}}"""


def add_remaking(
    workshop: Workshop,
    figure: PartTexts,
    seed: gr.Number,
    new_seed: gr.Checkbox,
    viewer: gr.HTML,
) -> gr.events.Dependency:
    """One part anew, the rest exactly as it is: ``pipeline.fill`` over the marked time, or all of it, for that part."""

    async def remake_on_page(
        recipe: Any,
        start: Any,
        end: Any,
        seed: Any,
        renew: Any,
        request: gr.Request,
        event: gr.EventData,
        progress: gr.Progress = gr.Progress(),
    ) -> tuple[Any, ...]:
        with told_in_one_line():
            part = event._data.get("part")
            facts = {"from": start, "to": end, "text": event._data.get("text"), "parts": [part], "seed": seed}
            made = Recipe.parse(recipe).then(Filled.checked(facts))
            motion = await workshop.motion_of(made, visitor_of("page", request), telling(progress))
        return shown_motion(workshop, made, motion), made.seed

    recipe, start, end = gr.Textbox(visible=False), gr.Number(visible=False), gr.Number(visible=False)
    return figure.submit(
        remake_on_page,
        [recipe, start, end, seed, new_seed],
        [viewer, seed],
        js=_REMAKE_SCRIPT,
        show_progress_on=viewer,
        trigger_mode="once",
        api_visibility="private",
        **MANY,
    )
