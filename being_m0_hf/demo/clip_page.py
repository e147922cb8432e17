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
    with gr.Blocks(title=title) as page:
        with gr.Row():
            with gr.Column(scale=2):
                MotionViewer(motion)
            with gr.Column(scale=1):
                gr.Textbox(title, label="clip")
                for heading, sentences in texts.items():
                    gr.Textbox("\n".join(sentences), label=heading, lines=min(6, max(1, len(sentences))))
    return page
