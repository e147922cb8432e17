"""The timeline on the page: prompts as blocks on tracks, and the same as lines of text."""

import json
from typing import Any

import gradio as gr

from being_m0_hf.motion import PARTS

from ..theme import PART_COLOURS
from ..viewer import BUNDLE
from ..workshop.timelines import MOST_SECONDS, TimelineRequest

EXAMPLE = """\
a person walks forward # 0 # 4
waves # 1 # 3 # left arm
a person sits down # 4 # 7"""

_MOUNT_SCRIPT = """
(async () => {
  const { mountTimeline } = await import((window.gradio_config?.root ?? "") + "/gradio_api/file=" + BUNDLE_PATH);
  const board = mountTimeline(element.querySelector(".timeline-board"), {
    parts: PARTS, most: MOST, text: props.value ?? "",
    read: (text) => server.read_timeline(text),
    make: (lines) => {
      trigger("submit", { lines });
      document.querySelector(".result .motion-viewer")?.scrollIntoView({ block: "nearest" });
    },
    clock: () => document.querySelector(".result .motion-viewer")?.motionViewer?.playback,
  });
  watch("value", () => board.setText(props.value ?? ""));
})();
"""


def read_timeline(text: Any) -> dict[str, Any]:
    """The entries of lines as the board draws them, or what is wrong with them in one line.

    Returns:
        ``{"entries": [{"text", "start", "end", "parts"}, ...]}`` or ``{"error": ...}``.
    """
    try:
        entries = TimelineRequest.checked(text).entries
    except ValueError as error:
        return {"error": str(error)}
    return {"entries": [{**vars(entry), "parts": list(entry.parts)} for entry in entries]}


class TimelineBoard(gr.HTML):
    """A board and a text box for one timeline; its value is the lines it opens with. ``submit`` asks for the motion of
    ``event._data["lines"]``."""

    def __init__(self, value: str = EXAMPLE, **kwargs: Any) -> None:
        constants = {
            "BUNDLE_PATH": str(BUNDLE),
            "PARTS": [{"name": part.name, "title": part.title, "colour": PART_COLOURS[part.name]} for part in PARTS],
            "MOST": MOST_SECONDS,
        }
        lines = [f"const {name} = {json.dumps(each)};" for name, each in constants.items()]
        super().__init__(
            value=value,
            html_template='<div class="timeline-board"></div>',
            js_on_load="\n".join(lines) + _MOUNT_SCRIPT,
            apply_default_css=False,
            elem_classes="timeline-block",
            server_functions=[read_timeline],
            **kwargs,
        )

    @property
    def skip_api(self) -> bool:
        """Programs give lines to an endpoint of their own."""
        return True
