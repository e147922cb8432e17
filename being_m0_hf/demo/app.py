"""The page itself: a prompt on one side, a moving body and its files on the other."""

from collections.abc import Callable
from pathlib import Path

import gradio as gr

from being_m0_hf.motion import Motion

from .files import FILE_KINDS, write_files
from .theme import CSS_FILE, THEME
from .viewer import MotionViewer

#: What the page needs of a model: ``pipeline(text, seconds=4.0, seed=0) -> Motion``, ValueError for bad input.
Pipeline = Callable[..., Motion]

SHORTEST_SECONDS, LONGEST_SECONDS, USUAL_SECONDS = 1, 10, 4
LONGEST_PROMPT = 300  # characters
HIGHEST_SEED = 999_999

EXAMPLES = (
    "a person waves with the right hand",
    "a person walks forward",
    "a person raises both hands",
    "a person turns to the left",
    "someone runs forward",
    "a man bows deeply",
    "a person does a cartwheel",
    "an old person walks slowly",
)

# Runs in the browser, so that the number is on the page before the model starts and the result can be had again.
_NEXT_SEED_SCRIPT = f"(renew, seed) => renew ? Math.floor(Math.random() * {HIGHEST_SEED + 1}) : seed"


def build_demo(pipeline: Pipeline) -> gr.Blocks:
    """Builds the page around a model. The model runs once at once, so that the page opens on a moving body.

    Args:
        pipeline: ``pipeline(text, seconds=, seed=) -> Motion``, for example ``being_m0_hf.load_pipeline()``.

    Returns:
        The app, not yet launched; ``launch_demo`` gives it its look.
    """

    def generate(
        text: str, seconds: float = USUAL_SECONDS, seed: int = 0, progress: gr.Progress = gr.Progress()
    ) -> tuple[Motion | Path, ...]:
        """Turns an English sentence about one person's movement into a 3D human motion.

        Args:
            text: what the person does, for example "a person waves with the left hand".
            seconds: length of the motion, 1 to 10.
            seed: the same seed gives the same motion again.

        Returns:
            Files with the motion: animated body (.glb), skeleton (.bvh), AMASS arrays (.npz) and plain numbers (.json).
        """
        prompt = _checked_prompt(text)
        progress((0, 2), desc="Writing the motion", unit="steps")
        try:
            motion = pipeline(prompt, seconds=float(seconds), seed=int(seed))
        except ValueError as error:  # what the pipeline raises for input that it cannot use, in one line
            raise _message(str(error)) from error
        progress((1, 2), desc="Saving the files", unit="steps")
        return motion, *write_files(motion, prompt, int(seed))

    welcome = pipeline(EXAMPLES[0], seconds=float(USUAL_SECONDS), seed=0)
    welcome_files = write_files(welcome, EXAMPLES[0], 0)

    with gr.Blocks(title="Being-M0: text to motion", analytics_enabled=False, delete_cache=(3600, 3600)) as demo:
        gr.Markdown(
            "# Being-M0\nDescribe a movement and watch a body perform it. The model writes the motion itself, "
            "in seconds, on an ordinary processor.",
            elem_classes="page-title",
        )
        with gr.Row(elem_classes="workbench"):
            with gr.Column(scale=4, min_width=300, elem_classes="request"):
                prompt = gr.Textbox(
                    value=EXAMPLES[0],
                    label="What does the person do?",
                    placeholder="a person walks forward and waves with the left hand",
                    lines=1,
                    max_lines=4,
                    elem_classes="prompt",
                )
                button = gr.Button("Generate motion", variant="primary", size="lg")
                seconds = gr.Slider(
                    SHORTEST_SECONDS, LONGEST_SECONDS, value=USUAL_SECONDS, step=0.5, label="Length in seconds"
                )
                with gr.Row(elem_classes="seed"):
                    seed = gr.Number(0, label="Seed", precision=0, minimum=0, maximum=HIGHEST_SEED, min_width=100)
                    renew = gr.Checkbox(True, label="New one each time", min_width=100)
                examples = gr.Dataset(
                    components=[prompt],
                    samples=[[example] for example in EXAMPLES],
                    label="Or try one of these",
                    elem_classes="examples",
                )
            with gr.Column(scale=8, min_width=320, elem_classes="result"):
                viewer = MotionViewer(welcome)
                with gr.Row(elem_classes="downloads"):
                    downloads = [
                        gr.DownloadButton(f"Download {kind.title}", value=path, size="md", min_width=120)
                        for kind, path in zip(FILE_KINDS, welcome_files, strict=True)
                    ]
                gr.Markdown(" · ".join(f"**{kind.title}** {kind.use}" for kind in FILE_KINDS), elem_classes="hint")

        def generate_on(trigger: Callable[..., gr.events.Dependency], api_visibility: str) -> None:
            trigger(fn=None, js=_NEXT_SEED_SCRIPT, inputs=[renew, seed], outputs=seed, api_visibility="private").then(
                generate,
                inputs=[prompt, seconds, seed],
                outputs=[viewer, *downloads],
                show_progress_on=viewer,
                concurrency_id="model",
                concurrency_limit=1,
                api_name="generate",
                api_visibility=api_visibility,
            )

        example_chosen = examples.click(
            lambda sample: sample[0], examples, prompt, show_progress="hidden", api_visibility="private"
        )
        generate_on(button.click, api_visibility="public")
        generate_on(prompt.submit, api_visibility="private")
        generate_on(example_chosen.then, api_visibility="private")
    return demo


def launch_demo(demo: gr.Blocks, **options) -> None:
    """Opens the page to visitors, with its look, until Ctrl-C.

    Args:
        demo: what ``build_demo`` returned.
        options: passed to ``gr.Blocks.launch``: ``server_name``, ``server_port``, ``inbrowser``,
            ``mcp_server`` (needs the extra ``gradio[mcp]``) and so on.
    """
    try:
        demo.launch(theme=THEME, css_paths=CSS_FILE, footer_links=["api", "settings"], **options)
    except KeyboardInterrupt:  # the page answers a moment before launch begins to wait for Ctrl-C
        demo.close()


def _checked_prompt(text: str) -> str:
    prompt = " ".join(text.split())
    if not prompt:
        raise _message("Say what the person does, for example: a person waves with the left hand.")
    if len(prompt) > LONGEST_PROMPT:
        raise _message(f"The description has {len(prompt)} characters; shorten it to {LONGEST_PROMPT} or fewer.")
    return prompt


def _message(text: str) -> gr.Error:
    return gr.Error(text, print_exception=False)
