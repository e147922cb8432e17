"""The page itself: a prompt on one side, a moving body and its files on the other."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr
from starlette.middleware import Middleware

from being_m0_hf.motion import PART_NAMES
from being_m0_hf.utils.imports import need_library

from .doors.asked import asked_for, telling, told_in_one_line, visitor_of
from .doors.assistants import add_tools
from .doors.brought import MOST_FILE_BYTES
from .doors.limits import SizeLimit
from .doors.page_edits import GIVE_UP_SCRIPT, add_edits
from .doors.programs import MANY, add_programs
from .doors.shown import files_of, shown_motion
from .exports import USUAL_RATE
from .kept_files import keep_clearing
from .model_queue import Pipeline
from .panels import EXAMPLES, INTRODUCTION, RequestPanel, ResultPanel, request_panel, result_panel
from .requests import PageRequest
from .studio import connect_part_texts
from .studio.figure import add_remaking
from .studio.follow import follow_stage
from .studio.length_choice import seconds_of
from .studio.part_texts import NEW_SENTENCE_SCRIPT
from .studio.saying import add_saying
from .studio.seed_script import SEED_TO_USE
from .studio.takes import growing_clips, made_together, takes_of
from .studio.timeline import add_timeline
from .theme import CSS_FILE, THEME
from .workshop import Recipe, Workshop

SCRIPT_FILE = Path(__file__).parent / "page.js"

# Runs in the browser as a part of the request: the seed on the page stays the one of the motion on the page.
_CHOOSE_SEED_SCRIPT = f"""(text, asItTakes, seconds, seed, ...rest) => {{
  const renew = rest[rest.length - 1];
  return [text, asItTakes, seconds, {SEED_TO_USE}, ...rest];
}}"""


#: Where the writing of a live motion fails, what there is of it is kept.
_STOPPED_SCRIPT = (
    """() => { document.querySelector(".result .motion-viewer").motionViewer.stopGrowing(); return []; }"""
)


def build_demo(pipeline: Pipeline) -> gr.Blocks:
    """Builds the page around a model. The model runs once at once, so that the page opens on a moving body.

    Args:
        pipeline: for example ``being_m0_hf.load_pipeline()``; see ``model_queue.Pipeline``. A small model on the CPU
            is called from one thread a core, and these threads use one core each. Of a ``StyledPipeline`` visitors
            choose the adapters; the first is chosen when the page opens.

    Returns:
        The app, not yet launched; ``launch_demo`` gives it its look.
    """
    workshop = Workshop(pipeline)

    async def generate_on_page(
        text: Any,
        as_it_takes: Any,
        seconds: Any,
        seed: Any,
        root: Any,
        torso: Any,
        left_arm: Any,
        right_arm: Any,
        left_leg: Any,
        right_leg: Any,
        styles: Any,
        live: Any,
        takes: Any,
        new_seed: Any,
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),
    ) -> AsyncIterator[tuple[Any, ...]]:
        texts = dict(zip(PART_NAMES, (root, torso, left_arm, right_arm, left_leg, right_leg), strict=True))
        with told_in_one_line():
            asked = asked_for(pipeline, text, seconds_of(as_it_takes, seconds), seed, texts, styles)
            recipes, visitor = takes_of(asked, takes, live), visitor_of("page", request)
            tell = telling(progress)
            grows = str(recipes[0]) if recipes[0].start.live else ""
            if grows:
                async for clip, now in growing_clips(workshop, recipes[0], visitor, tell):
                    recipes = [now]
                    yield clip, asked.seed
            motions = await made_together(workshop, recipes, visitor, tell)
        shown = [shown_motion(workshop, *each) for each in zip(recipes, motions, strict=True)]
        yield [replace(each, grows=grows) for each in shown], asked.seed

    names = list(workshop.style_weights)
    first = Recipe(asked_for(pipeline, EXAMPLES[0].text, None, 0, {}, names[:1]))
    welcome = shown_motion(workshop, first, workshop.first_motion(first))
    workshop.warm_up(PageRequest(EXAMPLES[1].text, parts=EXAMPLES[1].parts))
    keep_clearing()

    with gr.Blocks(title="Being-M0: text to motion", analytics_enabled=False, delete_cache=(3600, 3600)) as demo:
        gr.Markdown(INTRODUCTION, elem_classes="page-title")
        with gr.Row(elem_classes="workbench"):
            asks = request_panel(names, workshop.can_stream)
            result = result_panel(welcome, files_of(welcome, fps=USUAL_RATE, stays=True), workshop)
        running = _connect(workshop, asks, result, generate_on_page)
        inputs = [asks.prompt, asks.length.for_programs, asks.seed, *asks.part_texts]
        # programs hear of styles where there are some
        add_programs(workshop, [*inputs, asks.styles] if names else inputs, result.downloads)
        add_tools(workshop)
        with result.more:
            running += add_edits(workshop, asks, result)
        asks.stop.click(fn=None, js=GIVE_UP_SCRIPT, cancels=running, api_visibility="private")

        async def leave(request: gr.Request) -> None:
            workshop.queue.leave(request.session_hash or "")

        demo.unload(leave)
        demo.load(fn=None, js=SCRIPT_FILE.read_text(encoding="utf-8"), api_visibility="private")
    return demo


def launch_demo(demo: gr.Blocks, **options: Any) -> None:
    """Opens the page to visitors, with its look, until Ctrl-C.

    Args:
        demo: what ``build_demo`` returned.
        options: passed to ``gr.Blocks.launch``: ``server_name``, ``server_port``, ``inbrowser``,
            ``mcp_server`` (needs the extra ``mcp``) and so on.

    Raises:
        ValueError: ``mcp_server`` without the library for it.
    """
    if options.get("mcp_server"):
        need_library("mcp", "mcp", "the MCP server")
    look: dict[str, Any] = {
        "theme": THEME,
        "css_paths": CSS_FILE,
        "footer_links": ["api", "settings"],
        "max_file_size": MOST_FILE_BYTES,
        "i18n": gr.I18n(en={"common": {"complete": "Done"}}),  # Gradio 6.31 reads it out and has no word for it
        "app_kwargs": {"middleware": [Middleware(SizeLimit)]},
    }
    try:
        demo.launch(**look | options)
    except KeyboardInterrupt:  # the page answers a moment before launch begins to wait for Ctrl-C
        demo.close()


def _connect(
    workshop: Workshop, asks: RequestPanel, result: ResultPanel, on_page: Callable
) -> list[gr.events.Dependency]:
    """What happens on a click; returns the events that Stop ends.

    Values go to ``checked_request`` as they come, not through Gradio's own conversions.
    """
    inputs = [asks.prompt, *asks.length.fields, asks.seed, *asks.part_texts, asks.styles]

    def generate_on(
        trigger: Callable[..., gr.events.Dependency], trigger_mode: str, js: str | None = _CHOOSE_SEED_SCRIPT
    ) -> None:
        event = trigger(
            on_page,
            inputs=[*inputs, asks.live, asks.takes, asks.new_seed],
            outputs=[result.viewer, asks.seed],
            js=js,
            show_progress_on=result.viewer,
            trigger_mode=trigger_mode,
            api_visibility="private",
            **MANY,
        )
        event.then(fn=None, js=_STOPPED_SCRIPT, queue=False, api_visibility="private")
        running.append(event)

    running: list[gr.events.Dependency] = []
    shown = (asks.seed, asks.new_seed, result.viewer)
    generate_on(asks.button.click, "once")
    generate_on(asks.prompt.submit, "once")
    asked_again = connect_part_texts(asks.figure_texts, asks.part_texts)
    if workshop.can_edit:
        running.append(add_remaking(workshop, asks.figure_texts, *shown))
    else:  # the same seed makes the same motion, but for what is told of parts
        generate_on(asked_again(), "once", None)
    if workshop.can_stream:
        add_saying(workshop, result.next)
    if workshop.can_time:
        running.append(add_timeline(workshop, result.board, *shown))
    follow_stage(workshop, result.on_stage, result.rate, asks.seed, result.downloads, result.board)
    asks.prompt.input(fn=None, js=NEW_SENTENCE_SCRIPT, queue=False, api_visibility="private")
    chosen = asks.examples.click(
        _filled_in,
        asks.examples,
        [asks.prompt, *asks.part_texts],
        show_progress="hidden",
        queue=False,
        api_visibility="private",
    )
    generate_on(chosen.then, "always_last")
    # who types a seed wants it
    asks.seed.input(fn=None, js="() => false", outputs=asks.new_seed, api_visibility="private")
    return running


def _filled_in(index: Any) -> list[str]:
    if not isinstance(index, int) or not 0 <= index < len(EXAMPLES):
        raise gr.Error(f"There are {len(EXAMPLES)} examples; choose one of them.", print_exception=False)
    example = EXAMPLES[index]
    return [example.text, *(example.parts.get(name, "") for name in PART_NAMES)]
