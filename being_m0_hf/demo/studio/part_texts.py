"""The figure as an input: a click on a body part, a line for what it does. The page's own fields hold the texts."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import gradio as gr

from being_m0_hf.motion import PART_NAMES, PARTS

# The viewer sends these events from its element, and they bubble. What was said of the motion on the stage is put aside
# when a new sentence begins; here it can be taken back.
_LISTEN_SCRIPT = """
const line = element.querySelector(".parts-line");
const viewer = () => document.querySelector(".result .motion-viewer").motionViewer;
document.addEventListener("parttexts", ({ detail }) => { props.value = detail; trigger("change"); });
document.addEventListener("remakepart", ({ detail }) => {
  props.value = detail.texts;
  trigger("submit", { part: detail.part, text: detail.texts[detail.part] ?? "" });
});
document.addEventListener("partsshown", ({ detail: { texts, aside } }) => {
  const lines = (told) => Object.entries(told).map(([name, text]) => `${TITLES[name]}: ${text}`).join(", ");
  const said = Object.keys(texts).length ? `and ${lines(texts)}` : "";
  const before = Object.keys(aside).length ? `${lines(aside)} was said of the motion before.` : "";
  line.replaceChildren([said, before].filter(Boolean).join("; "));
  line.hidden = !line.textContent;
  if (!before) return;
  const again = Object.assign(document.createElement("button"), { type: "button", textContent: "Say it again" });
  again.addEventListener("click", () => viewer().takeBackPartTexts());
  line.append(" ", again);
});
"""
_TO_FIELDS = f"(texts) => {list(PART_NAMES)}.map((name) => texts?.[name] ?? '')"
_TO_VIEWER = f"""(...texts) => {{
  const told = Object.fromEntries({list(PART_NAMES)}.map((name, index) => [name, texts[index]]));
  document.querySelector(".result .motion-viewer")?.motionViewer?.setPartTexts(told);
  return [];
}}"""
#: Runs when the sentence is typed.
NEW_SENTENCE_SCRIPT = """() => {
  document.querySelector(".result .motion-viewer")?.motionViewer?.beginSentence();
  return [];
}"""


class PartTexts(gr.HTML):
    """Hands what is typed at the figure to the page, and says below the prompt which texts go with it. Its value has
    texts by part name."""

    def __init__(self, **kwargs: Any) -> None:
        titles = json.dumps({part.name: part.title for part in PARTS})
        super().__init__(
            value=kwargs.pop("value", {}),
            html_template='<p class="parts-line" role="status" hidden></p>',
            js_on_load=f"const TITLES = {titles};{_LISTEN_SCRIPT}",
            apply_default_css=False,
            elem_classes="parts-line-block",
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
