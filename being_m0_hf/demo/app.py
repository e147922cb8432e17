"""The page itself: a prompt on one side, a moving body and its files on the other."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr

from being_m0_hf.motion import PART_NAMES, Motion
from being_m0_hf.pipelines.styles import StyledPipeline
from being_m0_hf.utils.imports import need_library

from .clip import ShownMotion
from .files import write_files
from .model_queue import ModelQueue, Pipeline, Ticket, Visitor
from .panels import EXAMPLES, INTRODUCTION, RequestPanel, ResultPanel, request_panel, result_panel
from .requests import USUAL_SECONDS, PageRequest, checked_request, checked_styles
from .studio import connect_part_texts
from .theme import CSS_FILE, THEME

STATUS_SECONDS = 0.5  # between two looks at the queue for a visitor who waits
SCRIPT_FILE = Path(__file__).parent / "page.js"

# Runs in the browser as a part of the request: the seed on the page stays the one of the motion on the page.
_CHOOSE_SEED_SCRIPT = """(text, seconds, seed, ...rest) => {
  const renew = rest[rest.length - 1];
  return [text, seconds, renew ? Math.floor(Math.random() * 1000000) : seed, ...rest];
}"""


def build_demo(pipeline: Pipeline) -> gr.Blocks:
    """Builds the page around a model. The model runs once at once, so that the page opens on a moving body.

    Args:
        pipeline: for example ``being_m0_hf.load_pipeline()``; see ``model_queue.Pipeline``. A small model on the CPU
            is called from one thread a core, and these threads use one core each. Of a ``StyledPipeline`` visitors
            choose the adapters; the first is chosen when the page opens.

    Returns:
        The app, not yet launched; ``launch_demo`` gives it its look.
    """
    queue = ModelQueue(pipeline)

    async def generate_for_programs(
        text: str = EXAMPLES[0].text,
        seconds: float = 4,
        seed: int = 0,
        root: str = "",
        torso: str = "",
        left_arm: str = "",
        right_arm: str = "",
        left_leg: str = "",
        right_leg: str = "",
        styles: Sequence[str] | None = None,
        request: gr.Request = None,
    ) -> tuple[Path, ...]:
        """Turns an English sentence about one person's movement into a 3D human motion.

        Args:
            text: what the person does, for example "a person waves with the left hand". One or two actions; no objects,
                no second person, no fingers or faces.
            seconds: length of the motion, 1 to 10.
            seed: a whole number; the same seed gives the same motion again.
            root: what the body as a whole does, for example "the body turns to the left"; empty for what the text says.
            torso: what torso and head do, for example "leans forward"; empty for what the text says.
            left_arm: what the left arm does, for example "waves"; empty for what the text says.
            right_arm: what the right arm does; empty for what the text says.
            left_leg: what the left leg does, for example "kicks"; empty for what the text says.
            right_leg: what the right leg does; empty for what the text says.
            styles: names of styles that the motion shall have, with a weight where wanted, for example "my-style:0.7";
                an empty list for none.

        Returns:
            Links to files with the motion: animated body (.glb), skeleton (.bvh), AMASS arrays (.npz) and plain
            numbers (.json).
        """
        texts = dict(zip(PART_NAMES, (root, torso, left_arm, right_arm, left_leg, right_leg), strict=True))
        asked = _checked(pipeline, text, seconds, seed, texts, styles)
        motion = await _made(queue, asked, _visitor("api", request))
        return tuple(await _files(motion, asked))

    async def generate_on_page(
        text: Any,
        seconds: Any,
        seed: Any,
        root: Any,
        torso: Any,
        left_arm: Any,
        right_arm: Any,
        left_leg: Any,
        right_leg: Any,
        styles: Any,
        new_seed: Any,
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),
    ) -> tuple[Any, ...]:
        texts = dict(zip(PART_NAMES, (root, torso, left_arm, right_arm, left_leg, right_leg), strict=True))
        asked = _checked(pipeline, text, seconds, seed, texts, styles)
        if not_known := _not_known(pipeline, text):
            gr.Info(not_known)
        motion = await _made(queue, asked, _visitor("page", request), lambda said: progress(0, desc=said))
        return _shown(motion, asked), asked.seed, *await _files(motion, asked)

    names = list(_style_weights(pipeline))
    first = _checked(pipeline, EXAMPLES[0].text, USUAL_SECONDS, 0, {}, names[:1])
    welcome = queue.submit(first, Visitor("this machine")).future.result()

    with gr.Blocks(title="Being-M0: text to motion", analytics_enabled=False, delete_cache=(3600, 3600)) as demo:
        gr.Markdown(INTRODUCTION, elem_classes="page-title")
        with gr.Row(elem_classes="workbench"):
            asks = request_panel(names)
            result = result_panel(_shown(welcome, first), write_files(welcome, first.sentence, first.seed))
        _connect(asks, result, generate_on_page, generate_for_programs)
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
    }
    try:
        # nothing on the page is uploaded, and so nothing is taken: 1 byte is the smallest limit
        demo.launch(**look | {"max_file_size": 1} | options)
    except KeyboardInterrupt:  # the page answers a moment before launch begins to wait for Ctrl-C
        demo.close()


def _connect(asks: RequestPanel, result: ResultPanel, on_page: Callable, for_programs: Callable) -> None:
    """What happens on a click. Values go to ``checked_request`` as they come, not through Gradio's own conversions."""
    inputs = [asks.prompt, asks.seconds, asks.seed, *asks.part_texts, asks.styles]
    many: dict[str, Any] = {
        "concurrency_limit": None,
        "preprocess": False,
    }  # the model's own queue says whose turn it is

    def generate_on(
        trigger: Callable[..., gr.events.Dependency], trigger_mode: str, js: str | None = _CHOOSE_SEED_SCRIPT
    ) -> None:
        trigger(
            on_page,
            inputs=[*inputs, asks.new_seed],
            outputs=[result.viewer, asks.seed, *result.downloads],
            js=js,
            show_progress_on=result.viewer,
            trigger_mode=trigger_mode,
            api_visibility="private",
            **many,
        )

    generate_on(asks.button.click, "once")
    generate_on(asks.prompt.submit, "once")
    connect_part_texts(asks.figure_texts, asks.part_texts, lambda asked: generate_on(asked, "once", None))
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
    if not asks.styles.choices:  # programs hear of styles where there are some
        inputs = inputs[:-1]
    gr.Button(visible=False).click(for_programs, inputs, result.downloads, api_name="generate", **many)


def _not_known(pipeline: Pipeline, text: str) -> str:
    """What a visitor should know of a sentence before its motion comes; "" where it is simply known."""
    if not (text.strip() and getattr(pipeline, "listed", None)):
        return ""
    understood = pipeline.understand(text)
    return "" if understood.is_clear else understood.line()


def _filled_in(index: Any) -> list[str]:
    if not isinstance(index, int) or not 0 <= index < len(EXAMPLES):
        raise _message(ValueError(f"There are {len(EXAMPLES)} examples; choose one of them."))
    example = EXAMPLES[index]
    return [example.text, *(example.parts.get(name, "") for name in PART_NAMES)]


async def _made(
    queue: ModelQueue, asked: PageRequest, visitor: Visitor, tell: Callable[[str], Any] = lambda said: None
) -> Motion:
    """The motion, when its turn has come; meanwhile ``tell`` hears how long the queue is."""
    try:
        ticket = queue.submit(asked, visitor)
        motion = asyncio.wrap_future(ticket.future)
        while not motion.done():
            tell(_status(queue, ticket))
            await asyncio.wait([motion], timeout=STATUS_SECONDS)
        return motion.result()
    except ValueError as error:  # what queue and pipeline raise for what they cannot take, in one line
        raise _message(error) from error
    except asyncio.CancelledError:  # the visitor has gone
        ticket.future.cancel()
        raise


async def _files(motion: Motion, asked: PageRequest) -> list[Path]:
    """Writes the files beside the event loop, which meanwhile answers others."""
    return await asyncio.to_thread(write_files, motion, asked.sentence, asked.seed)


def _status(queue: ModelQueue, ticket: Ticket) -> str:
    ahead = queue.ahead_of(ticket)
    if ahead is None:
        return "Writing the motion"
    return f"Waiting, {ahead} before you" if ahead else "Waiting, you are next"


def _style_weights(pipeline: Pipeline) -> Mapping[str, float]:
    return pipeline.weights if isinstance(pipeline, StyledPipeline) else {}


def _checked(pipeline: Pipeline, text: Any, seconds: Any, seed: Any, parts: dict[str, Any], styles: Any) -> PageRequest:
    try:
        request = checked_request(text, seconds, seed, parts)
        chosen = checked_styles(styles, _style_weights(pipeline))
        if isinstance(pipeline, StyledPipeline) and chosen:
            words = pipeline.with_words(request.text, chosen)
            request = replace(request, text=words, styles=tuple(chosen.items()))
        return request
    except ValueError as error:
        raise _message(error) from error


def _visitor(door: str, request: gr.Request) -> Visitor:
    address = request.client.host if request.client else ""
    return Visitor(address, door, request.session_hash or "")


def _shown(motion: Motion, asked: PageRequest) -> ShownMotion:
    return ShownMotion(motion, asked.sentence, asked.seed, asked.parts)


def _message(error: ValueError) -> gr.Error:
    return gr.Error(" ".join(str(error).split()), print_exception=False)
