"""The figure as an input: a click on a body part, a line for what it does. The page's own fields hold the texts."""

from collections.abc import Callable, Sequence
from typing import Any

import gradio as gr

from being_m0_hf.motion import PART_NAMES

# The viewer sends both events from its element, and they bubble.
_LISTEN_SCRIPT = """
document.addEventListener("parttexts", ({ detail }) => { props.value = detail; trigger("change"); });
document.addEventListener("remakepart", ({ detail }) => {
  props.value = detail.texts;
  trigger("submit", { part: detail.part, text: detail.texts[detail.part] ?? "" });
});
"""
_TO_FIELDS = f"(texts) => {list(PART_NAMES)}.map((name) => texts?.[name] ?? '')"
_TO_VIEWER = f"""(...texts) => {{
  const told = Object.fromEntries({list(PART_NAMES)}.map((name, index) => [name, texts[index]]));
  document.querySelector(".result .motion-viewer")?.motionViewer?.setPartTexts(told);
  return [];
}}"""


class PartTexts(gr.HTML):
    """Nothing to see: hands what is typed at the figure to the page. Its value has texts by part name."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            value=kwargs.pop("value", {}),
            html_template="<span hidden></span>",
            js_on_load=_LISTEN_SCRIPT,
            apply_default_css=False,
            elem_classes="unseen",
            **kwargs,
        )

    def postprocess(self, value: Any) -> Any:
        return value or {}

    @property
    def skip_api(self) -> bool:
        """Programs give texts of parts by name."""
        return True


def connect_part_texts(texts: PartTexts, fields: Sequence[gr.Textbox]) -> Callable[[], Any]:
    """Keeps figure and fields in step.

    Args:
        fields: one for each part, in the order of ``PART_NAMES``.

    Returns:
        What adds an event that asks for a motion, when what was typed has reached the fields.
    """
    here: dict[str, Any] = {"show_progress": "hidden", "queue": False, "api_visibility": "private"}
    to_fields: dict[str, Any] = {"fn": None, "js": _TO_FIELDS, "inputs": texts, "outputs": list(fields)} | here
    texts.change(**to_fields)
    gr.on([field.change for field in fields], fn=None, js=_TO_VIEWER, inputs=list(fields), **here)
    return lambda: texts.submit(**to_fields).then
