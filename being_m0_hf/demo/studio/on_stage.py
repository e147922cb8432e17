"""The motion on the stage, as other parts of the page hear of it."""

from typing import Any

import gradio as gr

# The viewer tells of each motion, a take that is chosen included. Files of the motion before cannot be taken meanwhile.
_LISTEN_SCRIPT = """
document.addEventListener("motionshown", ({ detail }) => {
  const { growing } = document.querySelector(".result .motion-viewer").motionViewer;
  if (!detail || (detail === props.value && !growing)) return;
  for (const each of document.querySelectorAll(".takes-home")) each.inert = true;
  props.value = growing ? "" : detail; // files are made when it is whole
  if (growing) return;
  trigger("submit");
});
"""


class OnStage(gr.HTML):
    """Nothing to see: the recipe of the motion on the stage. ``submit`` tells of another one."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            value=kwargs.pop("value", ""),
            html_template="<span hidden></span>",
            js_on_load=_LISTEN_SCRIPT,
            apply_default_css=False,
            elem_classes="unseen",
            **kwargs,
        )

    @property
    def skip_api(self) -> bool:
        """Programs have links."""
        return True
