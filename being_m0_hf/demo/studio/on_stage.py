"""The motion on the stage, as other parts of the page hear of it."""

import json
from typing import Any

import gradio as gr

#: Of the browser's document: the files of the motion on the stage are being made, and there they are.
FILES_ARE_COMING, FILES_ARE_THERE = "filescoming", "filesthere"

# The viewer tells of each motion, a take that is chosen included. Files of the motion before cannot be taken from the
# moment on that another one is asked for: who waits for a motion does not want the one before.
_LISTEN_SCRIPT = """
const note = element.querySelector(".files-note");
const stage = () => document.querySelector(".result .motion-viewer-block");
const viewer = () => stage()?.querySelector(".motion-viewer")?.motionViewer;
let coming = false;
const show = () => {
  const writing = Boolean(viewer()?.growing || stage()?.querySelector("[role=progressbar]"));
  for (const each of document.querySelectorAll(".takes-home")) each.inert = writing || coming;
  const said = writing ? WRITING : coming ? COMING : "";
  if (note.textContent !== said) note.textContent = said;
  note.hidden = !said;
};
const files = (are) => {
  coming = are;
  show();
};
document.addEventListener("COMES", () => files(true));
document.addEventListener("IS_THERE", () => files(false));
document.addEventListener("motionshown", ({ detail }) => {
  const growing = viewer()?.growing;
  if (!detail || (detail === props.value && !growing)) return;
  props.value = growing ? "" : detail; // files are made when it is whole
  files(true);
  if (!growing) trigger("submit");
});
const waiting = setInterval(() => { // the stage may come to the page after this
  if (!stage()) return;
  clearInterval(waiting);
  new MutationObserver(show).observe(stage(), { childList: true, subtree: true });
}, 20);
""".replace("COMES", FILES_ARE_COMING).replace("IS_THERE", FILES_ARE_THERE)
_WORDS = {
    "WRITING": "A new motion is being written; its files can be taken when it is done.",
    "COMING": "The files of this motion are being made.",
}


class OnStage(gr.HTML):
    """The recipe of the motion on the stage; ``submit`` tells of another one. It says why files cannot be taken yet."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            value=kwargs.pop("value", ""),
            html_template='<p class="files-note" role="status" hidden></p>',
            js_on_load="".join(f"const {name} = {json.dumps(said)};" for name, said in _WORDS.items()) + _LISTEN_SCRIPT,
            apply_default_css=False,
            elem_classes="files-note-block",
            **kwargs,
        )

    @property
    def skip_api(self) -> bool:
        """Programs have links."""
        return True
