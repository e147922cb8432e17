"""The walker and the tiny random model behind the pages of the tests, and what drives these pages in a browser."""

import asyncio
import re
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import roma
import torch
from tiny_models import BACKBONES, tiny_encoder, tiny_model, tiny_processor

from being_m0_hf.models.shipped_checkpoints import checkpoint_folder
from being_m0_hf.motion import JOINT_INDEX, MODEL_FPS, NUM_JOINTS, Motion, MotionError
from being_m0_hf.pipelines.text_to_motion import DEFAULT_CHECKPOINT, MotionPipeline
from being_m0_hf.understanding import read_action_list

DESKTOP = {"width": 820, "height": 640}
PATIENCE = 120_000  # milliseconds; software rendering on a busy machine is slow
UNKNOWN = "juggle"
#: A walker that shall wait does so until this is set.
WAIT, GO_ON = "wait", threading.Event()


def walk(text: str, seconds: float | None = None, seed: int = 0, parts: Mapping[str, str] | None = None) -> Motion:
    """A walker on straight legs, 1.2 m/s; the seed sets how far the arms swing, an arm with a text is held up."""
    if WAIT in text:
        GO_ON.wait(timeout=60)
    frames = round((seconds or 4.0) * MODEL_FPS)
    phase = torch.arange(frames) / MODEL_FPS * 2 * torch.pi
    angles = torch.zeros(frames, NUM_JOINTS, 3)
    for sign, side, other in ((1, "left", "right"), (-1, "right", "left")):
        angles[:, JOINT_INDEX[f"{side}_hip"], 0] = 0.5 * sign * torch.sin(phase)
        angles[:, JOINT_INDEX[f"{other}_shoulder"], 1] = (0.2 + 0.1 * (seed % 5)) * torch.sin(phase)
    for side, sign in (("left", 1), ("right", -1)):
        if f"{side}_arm" in (parts or {}):
            angles[:, JOINT_INDEX[f"{side}_shoulder"]] = torch.tensor([0.0, 0.0, sign * 1.2])
    if UNKNOWN in text:
        raise MotionError(f"nothing is known about {UNKNOWN}; describe it in other words")
    translation = torch.zeros(frames, 3)
    translation[:, 1] = 0.9
    translation[:, 2] = 1.2 * torch.arange(frames) / MODEL_FPS
    return Motion(roma.rotvec_to_unitquat(angles), translation, text=text)


def walkers(texts, seconds, seed, parts) -> list[Motion]:
    """What the page needs of a model: several motions in one call."""
    return [walk(*each) for each in zip(texts, seconds, seed, parts, strict=True)]


ALL_TASKS = ["text-to-motion", "motion-to-text", "fill"]
TINY_STEPS = 40


def tiny_pipeline() -> MotionPipeline:
    """It has the shipped model's list of actions, so that it can tell what it takes a sentence for."""
    model = tiny_model(BACKBONES["llama"] | {"max_position_embeddings": 1024}, max_steps=TINY_STEPS)
    model.config.tasks = ALL_TASKS
    listed = read_action_list(checkpoint_folder(DEFAULT_CHECKPOINT))
    return MotionPipeline(model, tiny_processor(TINY_STEPS), tiny_encoder(), listed=listed)


@contextmanager
def served(pipeline, **options) -> Iterator:
    """Its page, launched on this machine."""
    from being_m0_hf.demo import build_demo, launch_demo

    demo = build_demo(pipeline)
    launch_demo(demo, server_name="127.0.0.1", prevent_thread_lock=True, quiet=True, **options)
    try:
        yield demo
    finally:
        demo.close()


# Who reloads a page while an answer is on its way breaks it off, and Gradio reports that as an error of the old page.
QUIET_WHILE_LEAVING = """
addEventListener('beforeunload', () => {
  const report = console.error;
  console.error = () => {};
  setTimeout(() => { console.error = report; }, 1000);  // some downloads begin like this too, and the page stays
});
"""


@contextmanager
def visit(browser, url: str, viewport: dict[str, int], before: str | None = None, **options):
    """A page of its own. Leaving it checks that it asked nobody but this machine and reported no error."""
    context = browser.new_context(viewport=viewport, **options)
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    complaints: list[str] = []
    page.on("request", lambda request: _is_local(request.url) or complaints.append(f"asked {request.url}"))
    page.on("console", lambda entry: entry.type == "error" and complaints.append(f"console: {entry.text}"))
    page.on("pageerror", lambda error: complaints.append(f"page error: {error}"))
    if before:
        page.add_init_script(before)
    page.add_init_script(QUIET_WHILE_LEAVING)
    page.goto(url)
    page.wait_for_function("document.querySelector('.motion-viewer')?.motionViewer")
    yield page
    page.evaluate("0")  # what was reported until now has come then
    before_leaving = list(complaints)  # closing breaks off what is on its way, which Gradio reports
    context.close()
    assert not before_leaving, "; ".join(before_leaving)


def _is_local(url: str) -> bool:
    return re.match(r"(http://127\.0\.0\.1:\d+/|http://localhost:\d+/|data:|blob:)", url) is not None


def viewer(page, expression: str, index: int = 0):
    """The value of ``viewer.<expression>`` in the page."""
    return page.evaluate(f"document.querySelectorAll('.motion-viewer')[{index}].motionViewer.{expression}")


def control(page, selector: str, index: int = 0):
    return page.locator(".motion-viewer").nth(index).locator(selector)


def choose_length(page, seconds: str) -> None:
    page.get_by_label("Length: as long as it takes").uncheck()
    page.get_by_label("Length in seconds").first.fill(seconds)


def next_frames(page, count: int = 2) -> None:
    """Waits until the page has drawn so many times."""
    page.evaluate(
        "count => new Promise(done => { const wait = () => count-- ? requestAnimationFrame(wait) : done(); wait(); })",
        count,
    )


def ask_as_an_assistant(url: str, *calls: tuple[str, dict]):
    """The tools that the page at this address offers by MCP, and the text that each call (name, arguments) gives."""
    import mcp
    from mcp.client.streamable_http import streamablehttp_client

    async def ask():
        async with streamablehttp_client(f"{url}gradio_api/mcp/") as (read, write, _):
            async with mcp.ClientSession(read, write) as session:
                await session.initialize()
                tools = (await session.list_tools()).tools
                answers = [await session.call_tool(*call) for call in calls]
                return tools, ["\n".join(item.text for item in answer.content) for answer in answers]

    with ThreadPoolExecutor(1) as thread:  # a browser of other tests has this thread's event loop
        return thread.submit(asyncio.run, ask()).result()
