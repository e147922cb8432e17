"""Tools for assistants (MCP): a few lines of text with links come back, never a motion."""

import asyncio
from typing import Any

import gradio as gr
from gradio.route_utils import get_root_url
from gradio_client.utils import encode_file_path

from being_m0_hf.motion import PART_NAMES

from ..workshop import Continued, Filled, Recipe, Workshop, told_of
from .asked import asked_for, told_in_one_line, visitor_of
from .shown import files_of, shown_motion


def add_tools(workshop: Workshop) -> None:
    """Adds the tools to the page that is being built."""

    async def answer(recipe: Recipe, request: gr.Request | None) -> str:
        shown = shown_motion(workshop, recipe, await workshop.motion_of(recipe, visitor_of("api", request)))
        files = await asyncio.to_thread(files_of, shown)
        address = _address(request)
        lines = [shown.told["line"]] if shown.told else []
        lines.append(f"{shown.motion.seconds:.1f} s. Files, kept for an hour:")
        lines += [f"{address}/gradio_api/file={encode_file_path(str(path))}" for path in files]
        return "\n".join([*lines, f"To watch and to edit: {address}/?{recipe}"])

    async def generate_motion(
        text: str,
        seconds: float | None = None,
        seed: int = 0,
        root: str = "",
        torso: str = "",
        left_arm: str = "",
        right_arm: str = "",
        left_leg: str = "",
        right_leg: str = "",
        styles: list[str] | None = None,
        request: gr.Request = None,
    ) -> str:
        """Makes a 3D human motion from an English sentence and answers with links to files.

        Args:
            text: what one person does, one or two actions; no objects, second person, fingers or faces.
            seconds: 1 to 10; without it the motion is as long as the text says, else as long as it takes.
            seed: another seed, another motion.
            root: what the body as a whole does, if something else than the text says.
            torso: the same for torso and head, for example "leans forward".
            left_arm: for example "waves".
            right_arm: the same.
            left_leg: for example "kicks".
            right_leg: the same.
            styles: names of styles, with a weight where wanted, "NAME:0.7"; STYLES
        """
        texts = dict(zip(PART_NAMES, (root, torso, left_arm, right_arm, left_leg, right_leg), strict=True))
        with told_in_one_line():
            asked = asked_for(workshop.pipeline, text, seconds, seed, texts, styles)
            return await answer(Recipe(asked), request)

    # assistants hear of an argument by its docstring alone, and of styles nobody knows before the page is built
    names = ", ".join(workshop.style_weights) or "there are none"
    generate_motion.__doc__ = (generate_motion.__doc__ or "").replace("STYLES", names)

    async def understand_text(text: str) -> str:
        """Tells what a sentence would be taken for and how sure that is, without making a motion.

        Args:
            text: what a person does.
        """
        with told_in_one_line():
            told = told_of(workshop.pipeline, asked_for(workshop.pipeline, text, None, 0, {}, None).text)
        return told["line"] if told else "This model cannot tell."

    async def describe_motion(motion: str, part: str = "", request: gr.Request = None) -> str:
        """Says in a sentence what a motion shows.

        Args:
            motion: the link "to watch and to edit" of another tool's answer.
            part: a body part, for example "left arm"; empty for the whole body.
        """
        with told_in_one_line():
            return await workshop.describe(Recipe.parse(motion), part or None, visitor_of("api", request))

    async def continue_motion(
        motion: str, text: str = "", seconds: float = 3, seed: int = 0, request: gr.Request = None
    ) -> str:
        """Goes on with a motion after its end.

        Args:
            motion: the link "to watch and to edit" of another tool's answer.
            text: what comes next; empty for whatever fits.
            seconds: that are added, 1 to 9.
            seed: another seed, another motion.
        """
        with told_in_one_line():
            edit = Continued.checked({"seconds": seconds, "text": text, "seed": seed})
            return await answer(Recipe.parse(motion).then(edit), request)

    async def edit_motion(
        motion: str,
        start: float,
        end: float,
        text: str = "",
        parts: list[str] | None = None,
        seed: int = 0,
        request: gr.Request = None,
    ) -> str:
        """Makes a stretch of time of a motion anew, or some body parts of it; the rest stays.

        Args:
            motion: the link "to watch and to edit" of another tool's answer.
            start: seconds.
            end: seconds.
            text: what happens there; empty for whatever fits.
            parts: for example ["left arm"]; an empty list for the whole body.
            seed: another seed, another motion.
        """
        with told_in_one_line():
            edit = Filled.checked({"from": start, "to": end, "text": text, "parts": parts or [], "seed": seed})
            return await answer(Recipe.parse(motion).then(edit), request)

    tools: list[Any] = [generate_motion]
    tools += [understand_text] if getattr(workshop.pipeline, "listed", None) else []
    tools += [describe_motion] if workshop.can_describe else []
    tools += [continue_motion, edit_motion] if workshop.can_edit else []
    for tool in tools:
        # beside Gradio's own queue, where a tool would not know the address that the assistant called
        gr.api(tool, queue=False, concurrency_limit=None)


def _address(request: gr.Request | None) -> str:
    """Of the page, as the assistant knows it."""
    asked = getattr(request, "request", None) or request  # Gradio's own, or the server's
    if asked is None:
        return ""
    path = asked.url.path
    route = path[path.find("/gradio_api") :] if "/gradio_api" in path else path
    return get_root_url(asked, route, None)
