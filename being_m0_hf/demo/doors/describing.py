"""The button that says what the motion on the stage shows, as the model reads it."""

from collections.abc import Mapping
from html import escape
from typing import Any

import gradio as gr

from ...pipelines.editing.describing import ACTION, MEASURES, Description
from ..workshop import Recipe, Workshop
from .asked import telling, told_in_one_line, visitor_of
from .programs import MANY

#: Behind a sentence, by `Description.source`.
NOTES = {ACTION: " <small>(nearest known action)</small>", MEASURES: " <small>(as measured)</small>"}
#: Runs in the browser: the recipe of the motion on the stage goes with the click.
TAKE_RECIPE_SCRIPT = "() => [document.querySelector('.result .motion-viewer').motionViewer.recipe]"


def add_describing(workshop: Workshop, on_stage: gr.HTML, answers: gr.Column) -> None:
    """Adds the button here and its answer there, where the model has learned to describe."""
    if not workshop.can_describe:
        return

    async def describe_on_page(recipe: Any, request: gr.Request, progress: gr.Progress = gr.Progress()) -> str:
        with told_in_one_line():
            visitor = visitor_of("page", request)
            asked = Recipe.parse(recipe)
            return description(await workshop.describe_all(asked, visitor, telling(progress)))

    recipe = gr.Textbox(visible=False)
    button = gr.Button("Describe this motion", size="md", elem_classes="describe")
    with answers:
        answer = gr.HTML(elem_id="description")
    button.click(
        describe_on_page,
        [recipe],
        [answer],
        js=TAKE_RECIPE_SCRIPT,
        show_progress_on=answer,
        trigger_mode="once",
        api_visibility="private",
        **MANY,
    )
    # it was said of the motion before
    on_stage.submit(fn=None, js="() => ['']", outputs=[answer], queue=False, api_visibility="private")


def description(told: Mapping[str, Description]) -> str:
    """HTML of what a motion shows: the whole body first, then its parts; what the model did not write is marked."""
    rows = "".join(
        f"<dt>{escape(who)}</dt><dd>{escape(what) or '-'}{NOTES.get(what.source, '')}</dd>"
        for who, what in told.items()
    )
    return f'<dl class="description" role="status" aria-label="What this motion shows">{rows}</dl>'
