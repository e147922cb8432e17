"""The two halves of the page: what a visitor asks for, and what comes out."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import gradio as gr

from being_m0_hf.motion import PARTS

from .clip import ShownMotion
from .example_pictures import example_card
from .export_panel import export_panel
from .exports import RATES, USUAL_RATE
from .files import FILE_KINDS
from .requests import (
    HIGHEST_SEED,
    LONGEST_PART_TEXT,
    LONGEST_PROMPT,
    MOST_TAKES,
    USUAL_SECONDS,
    PageRequest,
)
from .studio import LengthChoice, NextBox, OnStage, PartTexts, TimelineBoard, length_choice, next_box
from .viewer import MotionViewer
from .workshop import Workshop

INTRODUCTION = "# Being-M0\nDescribe a movement, watch a body perform it."
#: What a visitor should know before the first disappointment; more in the model's card.
LIMITS = (
    "The model knows everyday and sports movements of **one person**. It cannot do objects, a second person, fingers "
    "or faces, and it does up to four actions in a row: give more of them their own blocks in the timeline."
)


@dataclass(frozen=True)
class Example:
    """A request to try."""

    text: str
    parts: dict[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        return PageRequest(self.text, parts=self.parts).sentence


EXAMPLES = (
    Example("a person waves with the right hand"),
    Example("a person walks forward", {"left_arm": "waves"}),
    Example("a person raises both hands"),
    Example("a person turns to the left"),
    Example("someone runs forward"),
    Example("a man bows deeply"),
    Example("a person does a cartwheel"),
    Example("an old person walks slowly"),
)

LIVE_INFO = (
    f"The motion plays while it is written, {USUAL_SECONDS} s if you choose no length, and you say below it what comes "
    "next. Without Live it takes a little longer, and the best of eight drafts is kept."
)
TIMELINE_TITLE = "Timeline: several prompts in time"
PARTS_HINT = "**Click a part of the figure** and say what it does. The rest does what the description says."

PART_HINTS = {
    "root": "the body turns to the left",
    "torso": "leans forward",
    "left_arm": "waves",
    "right_arm": "is raised",
    "left_leg": "kicks",
    "right_leg": "is lifted",
}


@dataclass(frozen=True)
class RequestPanel:
    """What a visitor fills in, and the two things to press."""

    prompt: gr.Textbox
    button: gr.Button
    stop: gr.Button
    part_texts: list[gr.Textbox]
    figure_texts: PartTexts
    styles: gr.Dropdown
    length: LengthChoice
    seed: gr.Number
    new_seed: gr.Checkbox
    takes: gr.Slider
    live: gr.Checkbox
    examples: gr.Dataset


@dataclass(frozen=True)
class ResultPanel:
    """The moving body and its files, and a place below for what else is done with it."""

    viewer: MotionViewer
    next: NextBox
    on_stage: OnStage
    rate: gr.Dropdown
    downloads: list[gr.DownloadButton]
    more: gr.Column
    board: TimelineBoard


def request_panel(styles: Sequence[str] = (), can_stream: bool = True) -> RequestPanel:
    """The left half, on a phone above and below the body; with a choice of styles where there are some."""
    with gr.Column(scale=4, min_width=300, elem_classes="request"):
        prompt = gr.Textbox(
            value=EXAMPLES[0].text,
            label="What does the person do?",
            placeholder="a person walks forward and waves with the left hand",
            lines=1,
            max_lines=4,
            max_length=LONGEST_PROMPT,
            elem_classes="prompt",
        )
        with gr.Row(elem_classes="actions"):
            button = gr.Button("Generate motion", variant="primary", size="lg", elem_classes="generate")
            stop = gr.Button("Stop", size="lg", scale=0, min_width=90, elem_classes="stop")  # seen while something runs
        figure_texts = PartTexts()
        gr.Markdown(LIMITS, elem_classes=["hint", "limits"])
        with gr.Column(elem_classes="unseen"):  # the viewer shows and changes them
            part_texts = [
                gr.Textbox(
                    "",
                    label=part.title,
                    placeholder=PART_HINTS[part.name],
                    lines=1,
                    max_lines=1,
                    max_length=LONGEST_PART_TEXT,
                    elem_id=f"part-{part.name}",
                    elem_classes="part-text",
                )
                for part in PARTS
            ]
        gr.Markdown(PARTS_HINT, elem_classes=["hint", "parts-hint"])
        chosen_styles = gr.Dropdown(
            list(styles),
            value=list(styles[:1]),
            multiselect=True,
            allow_custom_value=True,  # a name with a weight
            label="Style",
            info="Several mix. With a weight: NAME:0.5",
            visible=bool(styles),
            elem_classes="styles",
        )
        # Gradio's own description allows the bare names alone, and assistants' libraries refuse "NAME:0.5" by it
        items = {"type": "string", "description": f"one of {', '.join(styles)}; with a weight: NAME:0.5"}
        chosen_styles.api_info = lambda: {"type": "array", "items": items}
        examples = gr.Dataset(
            components=[gr.HTML(visible=False)],
            samples=[[example_card(number, example.title)] for number, example in enumerate(EXAMPLES)],
            type="index",
            label="Or try one of these",
            elem_classes="examples",
        )
        length = length_choice()
        with gr.Row(elem_classes="seed"):
            seed = gr.Number(0, label="Seed", precision=0, minimum=0, maximum=HIGHEST_SEED, min_width=100)
            new_seed = gr.Checkbox(True, label="New one each time", min_width=100)
        live = gr.Checkbox(False, label="Live", info=LIVE_INFO, visible=can_stream, elem_classes="live")
        takes = gr.Slider(
            1, MOST_TAKES, value=1, step=1, label="Takes", info="Side by side, each with a seed of its own"
        )
    return RequestPanel(
        prompt, button, stop, part_texts, figure_texts, chosen_styles, length, seed, new_seed, takes, live, examples,
    )  # fmt: skip


def result_panel(shown: ShownMotion, files: Sequence[Path], workshop: Workshop) -> ResultPanel:
    """The right half, which opens on a motion; its files have `USUAL_RATE`."""
    with gr.Column(scale=8, min_width=320, elem_classes="result"):
        viewer = MotionViewer(shown, parts_to_choose=PART_HINTS, times_to_change=workshop.can_edit)
        following = next_box(workshop.can_edit, workshop.can_stream)
        with gr.Row(elem_classes=["downloads", "takes-home"]):
            rate = gr.Dropdown(
                list(RATES), value=USUAL_RATE, label="Frames a second", min_width=120, elem_classes="rate"
            )
            downloads = [
                gr.DownloadButton(f"Download {kind.title}", value=path, size="md", min_width=120)
                for kind, path in zip(FILE_KINDS, files, strict=True)
            ]
        on_stage = OnStage(value=shown.recipe)
        uses = " · ".join(f"**{kind.title}** {kind.use}" for kind in FILE_KINDS)
        gr.Markdown(uses, elem_classes=["hint", "file-uses"])
        with gr.Accordion(TIMELINE_TITLE, open=False, visible=workshop.can_time, elem_classes="timeline"):
            board = TimelineBoard()
        export_panel(downloads[[kind.suffix for kind in FILE_KINDS].index(".json")], rate, on_stage)
        more = gr.Column(elem_classes="more")
    return ResultPanel(viewer, following, on_stage, rate, downloads, more, board)
