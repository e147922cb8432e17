"""What is done at the figure: a body part made anew, another take chosen."""

import asyncio
from collections.abc import Sequence
from typing import Any

import gradio as gr

from ..doors.asked import told_in_one_line, visitor_of
from ..doors.programs import MANY
from ..doors.shown import files_of, shown_motion
from ..workshop import Filled, Recipe, Workshop
from .part_texts import PartTexts

#: Runs in the browser: the recipe and the length of the motion on the stage go with the request, and a seed.
_REMAKE_SCRIPT = """(recipe, seconds, seed, renew) => {
  const viewer = document.querySelector(".result .motion-viewer").motionViewer;
  const drawn = renew ? Math.floor(Math.random() * 1000000) : seed;
  return [viewer.recipe, viewer.playback.duration, drawn, renew];
}"""


def add_remaking(
    workshop: Workshop,
    figure: PartTexts,
    seed: gr.Number,
    new_seed: gr.Checkbox,
    viewer: gr.HTML,
    downloads: Sequence[gr.DownloadButton],
) -> gr.events.Dependency:
    """One part anew, the rest exactly as it is: ``pipeline.fill`` over the whole time, for that part."""

    async def remake_on_page(
        recipe: Any,
        seconds: Any,
        seed: Any,
        renew: Any,
        request: gr.Request,
        event: gr.EventData,
        progress: gr.Progress = gr.Progress(),
    ) -> tuple[Any, ...]:
        with told_in_one_line():
            part = event._data.get("part")
            facts = {"from": 0, "to": seconds, "text": event._data.get("text"), "parts": [part], "seed": seed}
            made = Recipe.parse(recipe).then(Filled.checked(facts))
            motion = await workshop.motion_of(made, visitor_of("page", request), lambda said: progress(0, desc=said))
        shown = shown_motion(workshop, made, motion)
        return shown, made.seed, *await asyncio.to_thread(files_of, shown)

    recipe, seconds = gr.Textbox(visible=False), gr.Number(visible=False)
    return figure.submit(
        remake_on_page,
        [recipe, seconds, seed, new_seed],
        [viewer, seed, *downloads],
        js=_REMAKE_SCRIPT,
        show_progress_on=viewer,
        trigger_mode="once",
        api_visibility="private",
        **MANY,
    )


class ChosenTake(gr.HTML):
    """Nothing to see: the recipe of the take that is chosen on the stage."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            value=kwargs.pop("value", ""),
            html_template="<span hidden></span>",
            js_on_load="""document.addEventListener("takechosen", ({ detail }) => {
                props.value = detail.recipe ?? ""; trigger("submit");
            });""",
            apply_default_css=False,
            elem_classes="unseen",
            **kwargs,
        )

    @property
    def skip_api(self) -> bool:
        return True


def add_choosing(workshop: Workshop, seed: gr.Number, downloads: Sequence[gr.DownloadButton]) -> None:
    """The files and the seed on the page are those of the take that is chosen."""

    async def choose_on_page(recipe: Any, request: gr.Request) -> tuple[Any, ...]:
        with told_in_one_line():
            chosen = Recipe.parse(recipe)
            motion = await workshop.motion_of(chosen, visitor_of("page", request))
        return chosen.seed, *await asyncio.to_thread(files_of, shown_motion(workshop, chosen, motion))

    take = ChosenTake()
    take.submit(
        choose_on_page,
        [take],
        [seed, *downloads],
        show_progress="hidden",
        trigger_mode="always_last",
        api_visibility="private",
        **MANY,
    )
