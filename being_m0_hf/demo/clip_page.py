"""A page that shows one clip of a data set: the moving body, and what is said about it."""

import gradio as gr

from being_m0_hf.motion import Motion

from .viewer import MotionViewer


def build_clip_page(motion: Motion, title: str, texts: dict[str, list[str]]) -> gr.Blocks:
    """The page, not yet launched (``launch_demo`` does that).

    Args:
        motion: plays at once.
        title: the clip's id.
        texts: heading -> sentences under it.
    """
    with gr.Blocks(title=title, analytics_enabled=False) as page:
        gr.Markdown(f"# {title}", elem_classes="page-title")
        with gr.Row(elem_classes="workbench"):
            with gr.Column(scale=8, min_width=320, elem_classes="result"):
                MotionViewer(motion)
            with gr.Column(scale=4, min_width=300):
                for heading, sentences in texts.items():
                    gr.Textbox("\n".join(sentences), label=heading, lines=1, max_lines=8)
    return page
