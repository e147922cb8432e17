"""What a visitor does with the motion on the stage: changes it, goes back, opens a file, sends a link."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from being_m0_hf.motion import PART_NAMES, PARTS

from ..clip import ShownMotion
from ..panels import RequestPanel, ResultPanel
from ..requests import LONGEST_PROMPT
from ..studio.length_choice import shown_length
from ..studio.part_texts import NEW_SENTENCE_SCRIPT
from ..studio.seed_script import NEW_SEED
from ..workshop import Continued, Filled, Recipe, TimelineRequest, Workshop
from .asked import telling, told_in_one_line, visitor_of
from .brought import FILE_SUFFIXES, bring
from .describing import add_describing
from .programs import MANY
from .shown import shown_motion

_HISTORY = """
<div class="history" role="group" aria-label="The motions so far">
  <button type="button" data-do="undo" title="Undo (Ctrl Z)">Undo</button>
  <button type="button" data-do="redo" title="Redo (Ctrl Y)">Redo</button>
  <button type="button" data-do="link" title="A link that brings this motion back">Copy link</button>
  <details><summary>History</summary><ol></ol></details>
  <span role="status"></span>
  <input readonly hidden aria-label="Link to this motion">
</div>
"""
# In the browser: what is on the stage and what is marked go with the click, and a seed that makes another take.
_SCRIPT = f"""(recipe, start, end, seed, ...rest) => {{
  const viewer = document.querySelector(".result .motion-viewer").motionViewer;
  const time = viewer.timeToChange;
  return [viewer.recipe, time.start, time.end, {NEW_SEED}, ...rest];
}}"""
_SHOW_MARK_SCRIPT = """() => {
  document.querySelector(".result .motion-viewer").motionViewer.showMark(%s);
  return [];
}"""


#: Runs in the browser: a motion that was awaited does not come.
GIVE_UP_SCRIPT = """() => {
  document.querySelector(".result .motion-viewer")?.motionViewer?.giveUpWaiting();
  return [];
}"""


class MotionHistory(gr.HTML):
    """Undo, redo, the motions so far and a link. Its value is the recipe that it asks for, by ``submit``."""

    def __init__(self) -> None:
        super().__init__(
            value="",
            html_template=_HISTORY,
            js_on_load=(Path(__file__).parent / "history.js").read_text(encoding="utf-8"),
            apply_default_css=False,
            elem_classes="history-block",
        )

    @property
    def skip_api(self) -> bool:
        """Programs have links."""
        return True


def add_edits(workshop: Workshop, asks: RequestPanel, result: ResultPanel) -> list[gr.events.Dependency]:
    """Adds what is done with the motion on the stage, below it; returns the events that Stop ends."""
    on_stage = [result.viewer]
    # a motion that comes back brings what it was asked by, at once
    fields = [asks.prompt, *asks.length.fields, *asks.part_texts]

    async def shown(recipe: Recipe, request: gr.Request, progress: Any) -> ShownMotion:
        visitor = visitor_of("page", request)
        motion = await workshop.motion_of(recipe, visitor, telling(progress))
        return shown_motion(workshop, recipe, motion)

    async def bring_back(recipe: Any, request: gr.Request, progress: gr.Progress = gr.Progress()) -> ShownMotion:
        with told_in_one_line():
            return await shown(Recipe.parse(recipe), request, progress)

    def fields_of(recipe: Any) -> Sequence[Any]:
        try:
            return _fields(Recipe.parse(recipe))
        except ValueError:  # `bring_back` says what is wrong with it
            return _SKIPPED

    async def open_file(file: Any, request: gr.Request, progress: gr.Progress = gr.Progress()) -> ShownMotion:
        with told_in_one_line():
            recipe, said = await bring(workshop, file)
            gr.Info("; ".join(said))
            return await shown(recipe, request, progress)

    async def make_anew(
        recipe: Any,
        start: Any,
        end: Any,
        seed: Any,
        text: Any,
        parts: Any,
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),
    ) -> ShownMotion:
        with told_in_one_line():
            edit = Filled.checked({"from": start, "to": end, "text": text, "parts": parts, "seed": seed})
            return await shown(Recipe.parse(recipe).then(edit), request, progress)

    async def go_on_after(
        recipe: Any,
        start: Any,
        end: Any,
        seed: Any,
        text: Any,
        seconds: Any,
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),
    ) -> ShownMotion:
        with told_in_one_line():
            edit = Continued.checked({"seconds": seconds, "text": text, "seed": seed})
            return await shown(Recipe.parse(recipe).then(edit), request, progress)

    options: dict[str, Any] = {
        "show_progress_on": result.viewer,
        "api_visibility": "private",
        "trigger_mode": "once",
        **MANY,
    }
    running: list[gr.events.Dependency] = []
    answers = gr.Column(elem_classes="answers", render=False)
    with gr.Row(elem_classes="with-motion"):
        history = MotionHistory()
        if workshop.can_edit or workshop.can_describe:
            opened = gr.UploadButton("Open a file", file_types=list(FILE_SUFFIXES), size="md", elem_classes="open-file")
            # texts of parts were said of the motion before
            opened.upload(fn=None, js=NEW_SENTENCE_SCRIPT, queue=False, api_visibility="private")
            running.append(opened.upload(open_file, [opened], on_stage, **options))
        add_describing(workshop, result.on_stage, answers)
    answers.render()
    history.submit(fields_of, [history], fields, show_progress="hidden", queue=False, api_visibility="private")
    brought = history.submit(bring_back, [history], on_stage, **options)
    brought.failure(fn=None, js=GIVE_UP_SCRIPT, queue=False, api_visibility="private")
    running.append(brought)
    if workshop.can_edit:
        with gr.Accordion("Change this motion", open=False, elem_classes="edits") as panel:
            gr.Markdown("Mark a time with the two handles below the stage.", elem_classes="hint")
            text = gr.Textbox(
                label="What happens there",
                placeholder="waves, or leave it empty for whatever fits",
                max_length=LONGEST_PROMPT,
                lines=1,
                max_lines=3,
            )
            names = [(part.title, part.name) for part in PARTS]
            parts = gr.CheckboxGroup(names, label="Only these parts (none: the whole body)", elem_classes="edit-parts")
            anew = gr.Button("Change the marked time", size="md", min_width=180)
        unseen = [gr.Number(visible=False) for _ in range(3)]
        stage = [gr.Textbox(visible=False), *unseen]
        running.append(anew.click(make_anew, [*stage, text, parts], on_stage, js=_SCRIPT, **options))
        following = result.next
        given = [*stage, following.text, following.seconds]
        added = following.add.click(go_on_after, given, on_stage, js=_SCRIPT, **options)
        added.success(fn=None, js="() => ''", outputs=following.text, queue=False, api_visibility="private")
        running.append(added)
        for event, on in ((panel.expand, "true"), (panel.collapse, "false")):
            event(fn=None, js=_SHOW_MARK_SCRIPT % on, queue=False, api_visibility="private")
    return running


_SKIPPED = [gr.skip()] * (1 + len(shown_length(None)) + len(PART_NAMES))


def _fields(recipe: Recipe) -> Sequence[Any]:
    """What the page's fields show for a recipe: prompt, length and texts of parts."""
    asked = recipe.start
    if isinstance(asked, str):
        return _SKIPPED
    if isinstance(asked, TimelineRequest):  # the lines are below the stage; texts of parts belong to their times there
        body = ", then ".join(entry.text for entry in asked.in_order if not entry.parts) or asked.text
        return [body[:LONGEST_PROMPT], *shown_length(None), *("" for _ in PART_NAMES)]
    return [asked.text, *shown_length(asked.seconds), *(recipe.part_texts.get(name, "") for name in PART_NAMES)]
