"""Named endpoints for programs: values in, files and plain values out."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from being_m0_hf.motion import PART_NAMES, PARTS

from ..clip import ShownMotion
from ..model_queue import Visitor
from ..panels import EXAMPLES
from ..workshop import Continued, Filled, Recipe, Workshop, told_of
from .asked import asked_for, told_in_one_line, visitor_of
from .brought import recipe_of_file
from .shown import files_of, shown_motion

#: Of events: the model's own queue says whose turn it is, and values come as they were sent.
MANY: dict[str, Any] = {"concurrency_limit": None, "preprocess": False}


def add_programs(workshop: Workshop, inputs: Sequence[Any], downloads: Sequence[Any]) -> None:
    """Adds the endpoints to the page that is being built.

    Args:
        workshop: makes the motions.
        inputs: the page's prompt, seconds, seed, texts of parts and, where there are some, styles: they describe what
            ``generate`` takes.
        downloads: what describes the files that come out.
    """

    async def made(recipe: Recipe, visitor: Visitor) -> tuple[ShownMotion, list[Path]]:
        shown = shown_motion(workshop, recipe, await workshop.motion_of(recipe, visitor))
        return shown, await asyncio.to_thread(files_of, shown)

    async def generate(
        text: str = EXAMPLES[0].text,
        seconds: float | None = None,
        seed: int = 0,
        root: str = "",
        torso: str = "",
        left_arm: str = "",
        right_arm: str = "",
        left_leg: str = "",
        right_leg: str = "",
        styles: Sequence[str] | None = None,
        request: gr.Request = None,
    ) -> tuple[Any, ...]:
        """Turns an English sentence about one person's movement into a 3D human motion.

        Args:
            text: what the person does, for example "a person waves with the left hand". One or two actions; no objects,
                no second person, no fingers or faces.
            seconds: length of the motion, 1 to 10; None for as long as the text says ("for eight seconds", "ten jumping
                jacks"), else as long as it takes.
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
            Files with the motion, animated body (.glb), skeleton (.bvh), AMASS arrays (.npz) and plain numbers (.json),
            and what the sentence was taken for.
        """
        texts = dict(zip(PART_NAMES, (root, torso, left_arm, right_arm, left_leg, right_leg), strict=True))
        with told_in_one_line():
            asked = asked_for(workshop.pipeline, text, seconds, seed, texts, styles)
            shown, files = await made(Recipe(asked), visitor_of("api", request))
        return *files, shown.told

    async def understand(text: str) -> dict[str, Any] | None:
        """Tells what a sentence would be taken for, and how sure that is, without making a motion.

        Args:
            text: what a person does, for example "somebody waves hello".

        Returns:
            verdict ("known", "nearest" or "not understood"), certainty (0 to 1), nearest (the sentence as the model
            knows it), reason (what is in the way) and line (all of it for people).
        """
        with told_in_one_line():
            asked = asked_for(workshop.pipeline, text, None, 0, {}, None)
            return told_of(workshop.pipeline, asked.text)

    async def describe(motion: Any, part: str = "", request: gr.Request = None) -> str:
        """Says in a sentence what a motion file shows.

        Args:
            motion: the file: .bvh, .glb, .npz (AMASS, SMPL-X) or .json, at most 20 MB.
            part: a body part, for example "left arm", to tell about that alone; empty for the whole body.

        Returns:
            The sentence.
        """
        with told_in_one_line():
            recipe = await recipe_of_file(workshop, motion)
            return await workshop.describe(recipe, part or None, visitor_of("api", request))

    async def go_on(
        motion: Any, text: str = "", seconds: float = 3, seed: int = 0, request: gr.Request = None
    ) -> list[Path]:
        """Goes on with a motion: its own frames as they are, then more.

        Args:
            motion: the file: .bvh, .glb, .npz (AMASS, SMPL-X) or .json, at most 20 MB.
            text: what comes next, for example "sits down"; empty for whatever fits.
            seconds: that are added, 1 to 9.
            seed: a whole number; the same seed gives the same motion again.

        Returns:
            Files with the longer motion: .glb, .bvh, .npz, .json.
        """
        with told_in_one_line():
            edit = Continued.checked({"seconds": seconds, "text": text, "seed": seed})
            recipe = await recipe_of_file(workshop, motion)
            _, files = await made(recipe.then(edit), visitor_of("api", request))
            return files

    async def fill(
        motion: Any,
        start: float,
        end: float,
        text: str = "",
        parts: Sequence[str] | None = None,
        seed: int = 0,
        request: gr.Request = None,
    ) -> list[Path]:
        """Makes a stretch of time of a motion anew, or some body parts of it; everything else stays as it is.

        Args:
            motion: the file: .bvh, .glb, .npz (AMASS, SMPL-X) or .json, at most 20 MB.
            start: of the stretch, seconds.
            end: of the stretch, seconds; at most 9 after the start.
            text: what happens there, for example "waves"; empty for whatever fits.
            parts: body parts that are made anew, for example ["left arm"]; an empty list for the whole body.
            seed: a whole number; the same seed gives the same motion again.

        Returns:
            Files with the changed motion: .glb, .bvh, .npz, .json.
        """
        with told_in_one_line():
            facts = {"from": start, "to": end, "text": text, "parts": parts or [], "seed": seed}
            edit = Filled.checked(facts)
            recipe = await recipe_of_file(workshop, motion)
            _, files = await made(recipe.then(edit), visitor_of("api", request))
            return files

    titles = [part.title for part in PARTS]
    text = gr.Textbox("", label="Text", visible=False)
    told = gr.JSON(label="What the sentence was taken for", visible=False)
    _endpoint(generate, inputs, [*downloads, told], "generate")
    if getattr(workshop.pipeline, "listed", None):
        _endpoint(understand, [text], [told], "understand")
    file = gr.File(label="Motion file", visible=False)
    seed = gr.Number(0, label="Seed", precision=0, visible=False)
    if workshop.can_describe:
        part = gr.Dropdown(titles, label="Part", value="", allow_custom_value=True, visible=False)
        _endpoint(describe, [file, part], [text], "describe")
    if workshop.can_edit:
        seconds, start, end = (
            gr.Number(value, label=label, visible=False) for label, value in (("Seconds", 3), ("Start", 0), ("End", 1))
        )
        parts = gr.CheckboxGroup(titles, label="Parts", visible=False)
        _endpoint(go_on, [file, text, seconds, seed], downloads, "continue")
        _endpoint(fill, [file, start, end, text, parts, seed], downloads, "fill")


def _endpoint(function: Any, inputs: Sequence[Any], outputs: Sequence[Any], name: str) -> None:
    """One endpoint. Assistants have tools of their own (see ``assistants``), whose answers are short."""
    function._mcp_type = "endpoint"  # Gradio lists what is a "tool", which everything is by default
    gr.Button(visible=False).click(function, list(inputs), list(outputs), api_name=name, **MANY)
