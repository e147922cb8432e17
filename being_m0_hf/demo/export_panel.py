"""The panel that makes a file in another format, and its door for programs."""

import asyncio
from pathlib import Path
from typing import Any

import gradio as gr

from being_m0_hf.io.save_options import NAMED_SUFFIXES, UNITS_OF

from .exports import BY_KEY, FORMATS, checked_export, write_export

_NAMES = (
    ("SMPL", "smpl"),
    ("Unity", "unity"),
    ("Unreal", "unreal"),
    ("Mixamo", "mixamo"),
    ("Blender Rigify", "rigify"),
    ("LAFAN1, robots", "lafan1"),
)
#: The first that can be written here.
FIRST_FORMAT = next(each for each in FORMATS if each.can_be_written)
_DOWNLOAD_SCRIPT = """(file) => {
  if (file?.url) Object.assign(document.createElement("a"), { href: file.url, download: file.orig_name ?? "" }).click();
  return [];
}"""
_PRIVATE: dict[str, Any] = {"queue": False, "api_visibility": "private"}
_UNITS = (("as the program expects", ""), ("centimetres", "cm"), ("metres", "m"))


def export_panel(json_file: gr.DownloadButton, rate: gr.Dropdown, on_stage: gr.HTML) -> None:
    """A closed panel below the downloads.

    Args:
        json_file: the page's download of the motion's numbers: what is to be exported.
        rate: frames a second of all files of the page.
        on_stage: what tells of another motion on the stage; a file that was made is of the one before.
    """
    with gr.Accordion("For Unity, Unreal and other programs", open=False, elem_classes=["exports", "takes-home"]):
        with gr.Row():
            format = gr.Dropdown(
                [(each.title, each.key) for each in FORMATS if each.can_be_written],
                value=FIRST_FORMAT.key,
                label="For",
                min_width=200,
            )
            names = gr.Dropdown(list(_NAMES), value=FIRST_FORMAT.names, label="Names of the joints", min_width=160)
            units = gr.Dropdown(list(_UNITS), value="", label="Units", min_width=200)
        with gr.Row(elem_classes="export-foot"):
            in_place = gr.Checkbox(False, label="Stays in place", min_width=140)
            loop = gr.Checkbox(False, label="Repeats without a jump", min_width=180)
            make = gr.Button("Make the file and download it", size="md", min_width=140)
        # a line of its own: its name is long
        ready = gr.DownloadButton("Download again", visible=False, size="md", elem_classes="download-again")
    settings = [format, names, rate, units, in_place, loop]
    format.change(
        _fitting,
        format,
        [names, units],
        show_progress="hidden",
        queue=False,
        preprocess=False,
        api_visibility="private",
    )
    many: dict[str, Any] = {"preprocess": False, "concurrency_limit": 1, "concurrency_id": "export"}
    made = make.click(_on_page, [json_file, *settings], ready, show_progress_on=make, api_visibility="private", **many)
    made.success(fn=None, js=_DOWNLOAD_SCRIPT, inputs=[ready], **_PRIVATE)
    other = [on_stage.submit, *(each.change for each in settings)]
    gr.on(other, lambda: gr.DownloadButton(visible=False), None, ready, show_progress="hidden", **_PRIVATE)
    link = gr.Textbox(visible=False)
    _for_programs._mcp_type = "endpoint"  # assistants have tools of their own
    gr.Button(visible=False).click(_for_programs, [link, *settings], ready, api_name="export", **many)


def _fitting(format: Any) -> tuple[Any, Any]:
    """Only the settings that the format has are shown, and names as the program for which it is expects them."""
    chosen = BY_KEY.get(format) if isinstance(format, str) else None
    suffix = chosen.suffix if chosen else ""
    names = gr.Dropdown(value=chosen.names if chosen else gr.skip(), visible=suffix in NAMED_SUFFIXES)
    return names, gr.Dropdown(visible=suffix in UNITS_OF)


async def _on_page(motion: Any, *settings: Any) -> Any:
    path = await _made(motion, *settings)
    return gr.DownloadButton(f"Download {path.name} again", value=path, visible=True)


async def _for_programs(
    motion: str,
    format: str = "fbx",
    names: str = "",
    fps: float = 30,
    units: str = "",
    in_place: bool = False,
    loop: bool = False,
) -> Path:
    """Writes a motion that was generated here as a file of another format.

    Args:
        motion: the link to the motion's .json file, as "generate" returned it.
        format: unity, unreal, glb, glb-skeleton, fbx, fbx-skeleton, usd, usd-skeleton, bvh, robots, vrma, npz, smplx,
            json, mp4 or gif.
        names: what the joints are called: smpl, unity, unreal, mixamo, rigify or lafan1; empty for those that the
            format usually has.
        fps: frames a second, 1 to 120; of a gif at most 50.
        units: cm or m, of a bvh, fbx or usd; empty for the format's own.
        in_place: the body stays where it is.
        loop: a piece of the motion that repeats without a jump.

    Returns:
        A link to the file.
    """
    return await _made(motion, format, names, fps, units, in_place, loop)


async def _made(*values: Any) -> Path:
    try:
        # beside the event loop, which meanwhile answers others
        return await asyncio.to_thread(write_export, checked_export(*values))
    except ValueError as error:
        raise gr.Error(" ".join(str(error).split()), print_exception=False) from error
