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
_UNITS = (("the format's own", ""), ("centimetres", "cm"), ("metres", "m"))
_RATES = (20, 24, 30, 60)


def export_panel(json_file: gr.DownloadButton) -> None:
    """A closed panel below the downloads.

    Args:
        json_file: the page's download of the motion's numbers: what is to be exported.
    """
    with gr.Accordion("Other formats and settings", open=False, elem_classes="exports"):
        with gr.Row():
            format = gr.Dropdown(
                [(each.title, each.key) for each in FORMATS if each.can_be_written],
                value="fbx",
                label="Format",
                min_width=220,
                scale=2,
            )
            names = gr.Dropdown(list(_NAMES), value="smpl", label="Names of the joints", min_width=140)
            rate = gr.Dropdown(list(_RATES), value=30, label="Frames a second", min_width=120)
            units = gr.Dropdown(list(_UNITS), value="", label="Units", min_width=140)
        with gr.Row():
            in_place = gr.Checkbox(False, label="Stays in place", min_width=140)
            loop = gr.Checkbox(False, label="Repeats without a jump", min_width=180)
            make = gr.Button("Make the file", size="md", min_width=140)
            ready = gr.DownloadButton("Download", visible=False, size="md", min_width=140)
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
    make.click(_on_page, [json_file, *settings], ready, show_progress_on=make, api_visibility="private", **many)
    link = gr.Textbox(visible=False)
    _for_programs._mcp_type = "endpoint"  # assistants have tools of their own
    gr.Button(visible=False).click(_for_programs, [link, *settings], ready, api_name="export", **many)


def _fitting(format: Any) -> tuple[Any, Any]:
    """Only the settings that the format has are shown."""
    chosen = BY_KEY.get(format) if isinstance(format, str) else None
    suffix = chosen.suffix if chosen else ""
    return gr.Dropdown(visible=suffix in NAMED_SUFFIXES), gr.Dropdown(visible=suffix in UNITS_OF)


async def _on_page(motion: Any, *settings: Any) -> Any:
    path = await _made(motion, *settings)
    return gr.DownloadButton(f"Download {path.name}", value=path, visible=True)


async def _for_programs(
    motion: str,
    format: str = "fbx",
    names: str = "smpl",
    fps: float = 30,
    units: str = "",
    in_place: bool = False,
    loop: bool = False,
) -> Path:
    """Writes a motion that was generated here as a file of another format.

    Args:
        motion: the link to the motion's .json file, as "generate" returned it.
        format: glb, glb-skeleton, fbx, fbx-skeleton, usd, usd-skeleton, bvh, vrma, npz, smplx, json, mp4 or gif.
        names: what the joints are called: smpl, unity, unreal, mixamo, rigify or lafan1.
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
