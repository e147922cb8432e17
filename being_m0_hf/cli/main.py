"""The command ``being-m0``: motion files from sentences, the demo page, facts about a model.

Only argparse is imported here: torch and transformers take seconds to load, which ``--help`` and a mistyped option
should not cost.
"""

import argparse
import os
import re
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from .. import __version__
from ..utils.imports import need_library, quiet_libraries
from ..utils.progress import status_line
from ..utils.standard_streams import one_line, prepare_standard_streams, silence_stdout
from .bench import add_bench_command, run_bench
from .convert import add_convert_checkpoint_command, add_convert_command
from .data import add_data_commands
from .edit import add_edit_commands, run_describe, run_edit
from .evaluate import add_evaluate_command, run_evaluate
from .film import add_film_command
from .finetune import add_finetune_command, run_finetune
from .init import add_init_command
from .lift import add_lift_command
from .mmcp import add_mmcp_command, run_mmcp
from .options import (
    HIGHEST_SEED,
    add_model_argument,
    add_save_options,
    number_above_zero,
    number_from_zero,
    save_options,
    whole_number,
)
from .push import add_push_command
from .timeline import add_timeline_argument, check_timeline_options, generate_timeline
from .train import add_train_command

if TYPE_CHECKING:
    from ..bodies import Body
    from ..motion import Motion
    from ..pipelines.text_to_motion import MotionPipeline

DEFAULT_MODEL = "being-m0-mini"
SHIPPED_MODELS = Path(__file__).parents[1] / "checkpoints"
#: A repository on the Hub; everything else must be here, so that a typing mistake does not wait for the network.
HUB_NAME = re.compile(r"[\w-][\w.-]*/[\w-][\w.-]*")
BODIES = ("makehuman", "mannequin")
MOST_SAMPLES = 64
BAD_INPUT, INTERRUPTED, OUTPUT_CLOSED = 2, 130, 141

DESCRIPTION = """\
Being-M0: describe a movement, get a 3D human motion.

  being-m0 generate "a person waves with the left hand" --seconds 4 -o wave.glb
  being-m0 demo
  being-m0 convert walk.bvh -o walk.glb
  being-m0 lift keypoints.json -o motion.glb
  being-m0 film clip.mp4 -o motion.bvh
  being-m0 data build recordings/ -o my-motions
  being-m0 finetune my-bvh-files/ -o my-style
  being-m0 evaluate being-m0-mini --data my-motions -o report
  being-m0 bench
  being-m0 push my-motions your-name/my-motions
"""

GENERATE_DESCRIPTION = """\
Write the motion that a sentence describes to a file. The suffix of the file chooses the format:

  .glb    animated body, for Blender, Unity, Unreal and the web
  .fbx    body and animation, for Unity, Unreal, Maya and MotionBuilder
  .bvh    skeleton, for MotionBuilder, Maya and Cascadeur
  .usd    body and animation, for Omniverse, Houdini and Maya (also .usda, .usdc, .usdz)
  .vrma   animation for VRM avatars
  .npz    AMASS arrays, for Python
  .json   plain numbers
  .gif    moving picture, also .mp4
"""

GENERATE_EXAMPLES = """\
examples:
  being-m0 generate "a person waves with the left hand" --seconds 4 --seed 1 -o wave.glb
  being-m0 generate "someone runs forward" -o run.bvh
  being-m0 generate "a man bows deeply" --samples 4 -o bow.glb       (bow-1.glb to bow-4.glb)
  being-m0 generate "a person walks" --part "left arm=waves" -o walk.glb
  being-m0 generate "a person walks" --names unity -o walk.glb        (joints called as Unity's humanoid has them)
  being-m0 generate "a person walks" --layout smplx -o walk.npz       (for Blender's SMPL-X add-on)
  being-m0 generate "a person walks" --names mixamo --in-place --loop --fps 30 -o walk.fbx
  being-m0 generate --timeline day.txt -o day.glb                     (lines like: waves # 2 # 4 # left arm)
  being-m0 generate "a person does a cartwheel" --body mannequin -o cartwheel.glb

The same sentence, length, seed and options give the same motion again. One or two actions of one person, said plainly,
work best.
"""


class OneLineParser(argparse.ArgumentParser):
    """A parser whose mistakes are one line; the usage stays where it belongs, in ``--help``."""

    def error(self, message: str) -> NoReturn:
        self.exit(BAD_INPUT, f"{self.prog}: {message}; see {self.prog} --help\n")


def build_parser() -> argparse.ArgumentParser:
    """The whole command line; each subcommand leaves the function to run in ``run``."""
    options: dict[str, Any] = {"formatter_class": argparse.RawDescriptionHelpFormatter}
    parser = OneLineParser(prog="being-m0", description=DESCRIPTION, **options)
    parser.add_argument("--version", action="version", version=f"being-m0 {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    generate = commands.add_parser(
        "generate",
        help="write a motion file from a sentence",
        description=GENERATE_DESCRIPTION,
        epilog=GENERATE_EXAMPLES,
        **options,
    )
    _add_generate_arguments(generate)
    generate.set_defaults(run=run_generate)

    demo = commands.add_parser(
        "demo",
        help="open the page with prompt, 3D viewer and downloads",
        description="Serve a page with prompt, 3D viewer and downloads on this machine. Ctrl-C stops it.",
        epilog="example:\n  being-m0 demo --port 7860",
        **options,
    )
    demo.add_argument("--port", type=whole_number(1, 65535), help="port of the page; the first free one from 7860 on")
    demo.add_argument("--share", action="store_true", help="also make a public link, through Gradio's servers")
    add_model_argument(demo, DEFAULT_MODEL)
    _add_adapter_argument(demo)
    demo.set_defaults(run=run_demo)

    info = commands.add_parser(
        "info",
        help="size, lengths, body parts and licence of a model",
        description="Print what a model is: its size, the lengths it can make, its body parts, its licence.",
        epilog="example:\n  being-m0 info --model being-m0-mini",
        **options,
    )
    add_model_argument(info, DEFAULT_MODEL)
    info.set_defaults(run=run_info)

    describe, edit = add_edit_commands(commands, options)
    for parser_of_file in (describe, edit):
        add_model_argument(parser_of_file, DEFAULT_MODEL)
        _add_adapter_argument(parser_of_file)
    mmcp = add_mmcp_command(commands, options)
    add_model_argument(mmcp, DEFAULT_MODEL)
    _add_adapter_argument(mmcp)
    mmcp.set_defaults(run=lambda arguments: run_mmcp(arguments, _load))
    describe.set_defaults(run=lambda arguments: run_describe(arguments, _load))
    edit.set_defaults(run=lambda arguments: run_edit(arguments, _load))

    add_convert_command(commands, options)
    add_convert_checkpoint_command(commands, options)
    add_lift_command(commands, options)
    add_film_command(commands, options)
    add_data_commands(commands, options)
    add_init_command(commands, options)
    add_push_command(commands, options)
    add_train_command(commands, options)
    add_finetune_command(commands, options).set_defaults(run=run_model_finetuning)

    evaluate = add_evaluate_command(commands, options)
    evaluate.add_argument(
        "model", nargs="?", default=DEFAULT_MODEL, metavar="MODEL", help=f"as --model elsewhere ({DEFAULT_MODEL})"
    )
    evaluate.set_defaults(run=run_model_evaluation)

    bench = add_bench_command(commands, options)
    add_model_argument(bench, DEFAULT_MODEL)
    bench.set_defaults(run=run_model_bench)
    return parser


def _add_generate_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("prompt", nargs="?", default="", metavar="PROMPT", help="what the person does, in English")
    parser.add_argument(
        "-o", "--output", type=Path, default=Path("motion.glb"), metavar="FILE", help="file to write (motion.glb)"
    )
    parser.add_argument(
        "--seconds", type=number_above_zero, metavar="S", help="length of the motion; without it the model chooses"
    )
    parser.add_argument(
        "--seed", type=whole_number(0, HIGHEST_SEED), default=0, metavar="N", help="another seed, another motion (0)"
    )
    parser.add_argument(
        "--samples",
        type=whole_number(1, MOST_SAMPLES),
        default=1,
        metavar="N",
        help="write N motions, FILE numbered from 1; motion i uses seed + i - 1",
    )
    parser.add_argument(
        "--part",
        type=_part_text,
        action="append",
        default=[],
        metavar="PART=TEXT",
        help='what one body part does, for example "left arm=waves"; may be repeated. '
        "Parts: root, torso, left arm, right arm, left leg, right leg",
    )
    parser.add_argument(
        "--guidance", type=number_from_zero, metavar="G", help="how strictly to follow the text; 1 is plain sampling"
    )
    parser.add_argument(
        "--temperature", type=number_from_zero, metavar="T", help="variety; 0 takes the likeliest motion"
    )
    parser.add_argument(
        "--candidates",
        type=whole_number(1, MOST_SAMPLES),
        metavar="N",
        help="draw N for each motion and keep the one that fits the text best (8, fewer above 5 s; 1 is twice as fast)",
    )
    parser.add_argument(
        "--as-decoded", action="store_true", help="leave resting joints and feet as the model's tokens decode"
    )
    parser.add_argument(
        "--no-written",
        action="store_true",
        help="let the model make every motion; else actions that it does badly are shown as they were written, and "
        "that is said",
    )
    add_timeline_argument(parser)
    add_save_options(parser, "--fps")
    parser.add_argument("--body", choices=BODIES, help=f"body in a .glb or .fbx file ({BODIES[0]})")
    add_model_argument(parser, DEFAULT_MODEL)
    _add_adapter_argument(parser)


def _add_adapter_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--adapter", action="append", default=[], metavar="NAME[:WEIGHT]",
        help="folder that being-m0 finetune wrote, or a name on the Hub, with a weight if wanted: my-style:0.7; may be "
        "repeated",
    )  # fmt: skip


def run_generate(arguments: argparse.Namespace) -> None:
    """Generate, save, print the files' names. Everything that can be checked is checked before the model is loaded."""
    if arguments.timeline:
        check_timeline_options(arguments)
    elif not arguments.prompt.strip() and not arguments.part:
        raise ValueError("the prompt is empty; describe the motion, for example: a person walks forward")
    if arguments.body and arguments.output.suffix.lower() not in (".glb", ".fbx"):
        raise ValueError(f"--body is for .glb and .fbx files, {arguments.output} has no body; leave it out")

    from ..io import SaveOptions, check_save_path, save_motion

    options = save_options(arguments)
    paths = _sample_paths(arguments.output, arguments.samples)
    for path in paths:
        check_save_path(path, SaveOptions(**options))
    if arguments.timeline:
        motions = [generate_timeline(arguments, lambda: _load(arguments.model, arguments.adapter))]
    else:
        motions = _generate(arguments)
    body = _body(arguments.body)
    for motion, path in zip(motions, paths, strict=True):
        print(save_motion(motion, path, body=body, **options))


def _generate(arguments: argparse.Namespace) -> "list[Motion]":
    """The motions of a prompt; what is not simply known of it goes to stderr."""
    pipeline = _load(arguments.model, arguments.adapter, written=not (arguments.no_written or arguments.part))
    understood = None
    if pipeline.listed and arguments.prompt.strip():
        understood = pipeline.understand(arguments.prompt, arguments.seconds)
        if not understood.is_clear:
            print(f"being-m0: {understood.line()}", file=sys.stderr)
    with status_line(f"Generating {_amount(arguments.samples, arguments.seconds)}"):
        motions = pipeline(
            arguments.prompt,
            seconds=arguments.seconds,
            seed=arguments.seed,
            parts=dict(arguments.part),
            guidance_scale=arguments.guidance,
            temperature=arguments.temperature,
            num_samples=arguments.samples,
            candidates=arguments.candidates,
            settle=not arguments.as_decoded,
        )
    motions = motions if isinstance(motions, list) else [motions]
    for number, motion in enumerate(motions, start=1):
        if understood and motion.doubt:
            sample = f"sample {number}: " if len(motions) > 1 else ""
            print(f"being-m0: {sample}{replace(understood, doubt=motion.doubt).line()}", file=sys.stderr)
    return motions


def run_demo(arguments: argparse.Namespace) -> None:
    """Serve the demo page until Ctrl-C."""
    need_library("gradio", "demo", "the demo")
    _check_model(arguments.model)
    with status_line(f"Loading {', '.join([arguments.model, *arguments.adapter])}"):
        quiet_libraries()
        from ..choreography.judge.asked import ScoreChecker
        from ..pipelines.styles import load_styled_pipeline

        pipeline = load_styled_pipeline(arguments.model, arguments.adapter, checker=ScoreChecker())
    with status_line("Preparing the page"):
        from ..demo import build_demo, launch_demo

        demo = build_demo(pipeline)
    launch_demo(demo, server_port=arguments.port, share=arguments.share)


def run_model_evaluation(arguments: argparse.Namespace) -> None:
    """Measure a model and write a report."""
    _check_model(arguments.model)
    run_evaluate(arguments)


def run_model_finetuning(arguments: argparse.Namespace) -> None:
    """Fine-tune a model on own motions."""
    _check_model(arguments.model)
    run_finetune(arguments)


def run_info(arguments: argparse.Namespace) -> None:
    """Print facts about a model, one a line."""
    for name, value in _facts(arguments.model, _load(arguments.model)).items():
        print(f"{name:<12} {value}")


def _check_model(name: str) -> None:
    is_here = Path(name).is_dir() or (SHIPPED_MODELS / name).is_dir()
    if not is_here and not HUB_NAME.fullmatch(name):
        raise ValueError(
            f"there is no model {name!r}; give {DEFAULT_MODEL}, a folder, or owner/name on the Hugging Face Hub"
        )


def _load(name: str, adapters: Sequence[str] = (), written: bool = True) -> "MotionPipeline":
    _check_model(name)
    with status_line(f"Loading {', '.join([name, *adapters])}"):
        quiet_libraries()
        from ..choreography.checked import load_pipeline
        from ..models.shipped_checkpoints import checkpoint_folder
        from ..pipelines.adapters import base_folder, split_weight

        if adapters and name == DEFAULT_MODEL:  # an adapter knows which model it is for
            name = base_folder(checkpoint_folder(split_weight(adapters[0])[0]))
        return load_pipeline(name, adapters=adapters, written=written)


def _body(name: str | None) -> "Body | None":
    """The body of that name; None stands for ``save_motion``'s own choice."""
    from ..bodies import makehuman_body, mannequin

    return {"makehuman": makehuman_body, "mannequin": mannequin}[name]() if name else None


def _facts(name: str, pipeline: "MotionPipeline") -> dict[str, str]:
    from ..motion import MODEL_FPS, NUM_JOINTS

    model, processor = pipeline.model, pipeline.processor
    backbone, layout, sampling = model.config.backbone_config, model.layout, model.generation_config
    language, motion = (
        sum(weight.numel() for weight in part.parameters()) / 1e6 for part in (model.backbone, model.motion_tokenizer)
    )
    shortest = 1 / processor.steps_per_second
    return {
        "model": name,
        "licence": _licence(name),
        "parameters": f"{language + motion:.1f} M: language model {language:.1f} M, motion tokenizer {motion:.1f} M",
        "backbone": f"{backbone.model_type}, {backbone.num_hidden_layers} layers, width {backbone.hidden_size}",
        "motion": f"{NUM_JOINTS} joints, {MODEL_FPS:g} frames a second, {shortest:g} to {processor.max_seconds:g} s",
        "tokens": f"{layout.num_parts} every {shortest:g} s, one of {layout.codebook_size:,} codes for each body part",
        "body parts": ", ".join(part.replace("_", " ") for part in processor.part_names),
        "sampling": f"guidance {sampling.guidance_scale or 1:g}, temperature {sampling.temperature or 1:g}, "
        f"top-p {sampling.top_p or 1:g}",
    }


def _licence(name: str) -> str:
    """What the model card beside the weights says."""
    from huggingface_hub import ModelCard

    from ..models.shipped_checkpoints import resolve_checkpoint

    folder = Path(resolve_checkpoint(name))
    if not folder.is_dir():
        return f"see https://huggingface.co/{name}"
    card = folder / "README.md"
    return ModelCard.load(card).data.license or "not stated" if card.is_file() else "not stated"


def _sample_paths(output: Path, samples: int) -> list[Path]:
    """``bow.glb`` for one sample; ``bow-1.glb``, ``bow-2.glb`` and so on for several."""
    if samples == 1:
        return [output]
    return [output.with_stem(f"{output.stem}-{number}") for number in range(1, samples + 1)]


def _amount(samples: int, seconds: float | None) -> str:
    motions = "a motion" if samples == 1 else f"{samples} motions"
    return motions if seconds is None else f"{motions} of {seconds:g} s"


def _part_text(word: str) -> tuple[str, str]:
    part, equals, text = word.partition("=")
    if not (equals and part.strip() and text.strip()):
        raise argparse.ArgumentTypeError(f'{word!r} is not PART=TEXT, for example "left arm=waves"')
    return part.strip(), text.strip()


def run_model_bench(arguments: argparse.Namespace) -> None:
    """Time the model."""
    run_bench(arguments, _load)


def main(argv: list[str] | None = None) -> int:
    """Run the command; returns 0, 2 for bad input (one line on stderr says what to do), 130 after Ctrl-C."""
    prepare_standard_streams()
    # Before torch is loaded: threads that wait for each other in a loop, its default, take the cores from other work
    # and from themselves. Beside it a motion took 25 s in place of 2.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    try:
        words = sys.argv[1:] if argv is None else argv
        _check_words(words)
        arguments = build_parser().parse_args(words)
        arguments.run(arguments)
        sys.stdout.flush()
    except BrokenPipeError:  # who read our output has seen enough, as `head` does
        silence_stdout()
        return OUTPUT_CLOSED
    except (ValueError, OSError) as error:
        print(f"being-m0: {one_line(error)}", file=sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt:
        print("being-m0: stopped", file=sys.stderr)
        return INTERRUPTED
    return 0


def _check_words(words: list[str]) -> None:
    """Texts and names go into JSON, Arrow and tokenizers, which know Unicode only."""
    for word in words:
        try:
            word.encode()
        except UnicodeEncodeError:
            raise ValueError(f"{word!r} is not UTF-8; type it again, or rename the file") from None
