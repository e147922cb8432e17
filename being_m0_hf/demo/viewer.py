"""``MotionViewer``: a Gradio component that plays a ``Motion`` with our own three.js viewer (source: space/viewer)."""

import functools
import json
import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import gradio as gr

from being_m0_hf.bodies.dressed import dressed_body
from being_m0_hf.io import body_to_glb
from being_m0_hf.motion import CANONICAL_SKELETON, JOINT_NAMES, PARTS, Motion
from being_m0_hf.motion.body_parts import ARMS

from .clip import ShownMotion, clip_payload
from .theme import PART_COLOURS

#: What is drawn together, see `pipelines.requests.parts_to_draw`.
ONE_BODY = "Hips, torso and legs are one body and are made together."
STATIC_FOLDER = Path(__file__).parent / "static"
BUNDLE = STATIC_FOLDER / "viewer.esm.js"

# Gradio runs this as the body of an ordinary function: `await` needs a function of its own. The template below does
# not mention the value, so an update leaves the element, and with it the WebGL canvas, in place.
_MOUNT_SCRIPT = """
(async () => {
  const files = (window.gradio_config?.root ?? "") + "/gradio_api/file=";
  element.addEventListener("stagesized", ({ detail: { above } }) => {
    element.closest(".block.motion-viewer-block")?.style.setProperty("--above-stage", `${above}px`);
  });
  const { mountViewer } = await import(files + BUNDLE_PATH);
  const viewer = mountViewer(element.querySelector(".motion-viewer"), {
    bodyUrl: files + BODY_PATH, jointNames: JOINT_NAMES, parts: PARTS, partsToChoose: PARTS_TO_CHOOSE,
    timesToChange: TIMES_TO_CHANGE,
  });
  const show = () => viewer.setMotion(props.value);
  show();
  const { motionComing } = document.documentElement.dataset; // said by the page before the first motion was there
  if (motionComing) viewer.awaitMotion(motionComing);
  watch("value", show);
})();
"""


# Seen until the viewer has come; then it draws over it.
_TEMPLATE = '<div class="motion-viewer"><p class="stage-coming">The stage is being set up ...</p></div>'


class MotionViewer(gr.HTML):
    """Shows a motion as a body on a stage, with play, scrub, speed, loop, follow and part colours.

    Args:
        value: the motion to open with.
        elem_classes: CSS classes; the element's height is the page's to set.
        parts_to_choose: an example for each part's text, where a click on a part shall open a line for it; the browser
            then sends the events ``parttexts``, ``partsshown`` and ``remakepart``.
        times_to_change: whether a part can be made anew in a stretch of time.
    """

    def __init__(
        self,
        value: Motion | ShownMotion | None = None,
        elem_classes: list[str] | None = None,
        parts_to_choose: Mapping[str, str] | None = None,
        times_to_change: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            value=value,
            html_template=_TEMPLATE,
            js_on_load=_mount_script(tuple((parts_to_choose or {}).items()), times_to_change),
            apply_default_css=False,
            elem_classes=["motion-viewer-block", *(elem_classes or [])],
            **kwargs,
        )

    def postprocess(
        self, value: Motion | ShownMotion | list[ShownMotion] | dict[str, Any] | None
    ) -> dict[str, Any] | None:
        if value is None or isinstance(value, dict):  # a clip already, as `growing_payload` gives
            return value
        if isinstance(value, list):  # several takes, of which the first is shown
            clips = [clip_payload(each) for each in value]
            return clips[0] | ({"takes": clips} if len(clips) > 1 else {})
        return clip_payload(ShownMotion(value) if isinstance(value, Motion) else value)

    def preprocess(self, payload: dict[str, Any] | None) -> None:
        """The page only shows motions; what it would send back is not an input."""

    @property
    def skip_api(self) -> bool:
        """Programs that call the app get the files, not the page's own picture of the motion."""
        return True


@functools.cache
def _mount_script(hints: tuple[tuple[str, str], ...], times_to_change: bool) -> str:
    """The script of viewers in this process; makes the files that it names public."""
    body_path = _body_file()
    gr.set_static_paths([STATIC_FOLDER, body_path])
    constants = {
        "BUNDLE_PATH": str(BUNDLE),
        "BODY_PATH": str(body_path),
        "JOINT_NAMES": JOINT_NAMES,
        "PARTS": viewer_parts(dict(hints)),
        "PARTS_TO_CHOOSE": bool(hints),
        "TIMES_TO_CHANGE": times_to_change,
    }
    lines = [f"const {name} = {json.dumps(value)};" for name, value in constants.items()]
    return "\n".join(lines) + _MOUNT_SCRIPT


def viewer_parts(hints: Mapping[str, str]) -> list[dict[str, Any]]:
    """The body's parts as ``mountViewer`` takes them, with an example for each one's text."""
    return [
        asdict(part)
        | {
            "colour": PART_COLOURS[part.name],
            "hint": hints.get(part.name, ""),
            "note": "" if part.name in ARMS else ONE_BODY,
        }
        for part in PARTS
    ]


@functools.cache
def _body_file() -> Path:
    """Writes the dressed body as a GLB; the page loads it once and animates it itself."""
    path = Path(tempfile.mkdtemp(prefix="being-m0-demo-")) / "body.glb"
    path.write_bytes(body_to_glb(dressed_body().fitted_to(CANONICAL_SKELETON)))
    return path
