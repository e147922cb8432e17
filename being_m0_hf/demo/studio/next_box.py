"""The line below the stage for what comes next: said to a live motion while it is written, else added to the end."""

from dataclasses import dataclass

import gradio as gr

from ..requests import LONGEST_PROMPT, MOST_ADDED, SHORTEST_SECONDS

#: Seconds to add that the page begins with.
USUALLY_ADDED = 3
_CLICK_SCRIPT = """() => {
  [...document.querySelectorAll(".next button")].find((each) => each.offsetParent)?.click();
  return [];
}"""


@dataclass(frozen=True)
class NextBox:
    """What is in it. ``add`` and ``seconds`` are seen while the motion is whole, ``say`` and ``end`` while it grows."""

    text: gr.Textbox
    seconds: gr.Number
    add: gr.Button
    say: gr.Button
    end: gr.Button


def next_box(can_add: bool, can_say: bool) -> NextBox:
    """Builds it here.

    Args:
        can_add: whether the model goes on with a motion that is whole.
        can_say: whether it hears what comes next while it writes.
    """
    with gr.Row(visible=can_add or can_say, elem_classes=["next"] if can_add else ["next", "when-live"]):
        text = gr.Textbox(
            label="What comes next?",
            placeholder="sits down",
            lines=1,
            max_lines=1,
            max_length=LONGEST_PROMPT,
            elem_classes="next-text",
        )
        seconds = gr.Number(
            USUALLY_ADDED,
            label="for seconds",
            minimum=SHORTEST_SECONDS,
            maximum=MOST_ADDED,
            step=0.5,
            min_width=100,
            visible=can_add,
            elem_classes=["next-seconds", "when-whole"],
        )
        add = gr.Button("Add to the end", scale=0, min_width=130, visible=can_add, elem_classes="when-whole")
        say = gr.Button("Say it", scale=0, min_width=80, elem_classes="when-live")
        end = gr.Button("Stop", scale=0, min_width=80, elem_classes="when-live")
    text.submit(fn=None, js=_CLICK_SCRIPT, queue=False, api_visibility="private")
    return NextBox(text, seconds, add, say, end)
