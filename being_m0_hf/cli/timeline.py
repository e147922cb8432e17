"""``being-m0 generate --timeline``: one motion file from several prompts in time and by body part."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from ..utils.progress import status_line

if TYPE_CHECKING:
    from ..motion import Motion
    from ..pipelines.text_to_motion import MotionPipeline

#: Options that say for one prompt what each line of a timeline says for itself.
ONE_PROMPT = {"prompt": "PROMPT", "seconds": "--seconds", "part": "--part"}
#: Characters of a file that can be a timeline.
MOST_CHARACTERS = 1_000_000


def add_timeline_argument(parser: argparse.ArgumentParser) -> None:
    """The option ``--timeline``."""
    parser.add_argument(
        "--timeline", type=Path, metavar="FILE",
        help="several prompts in place of one, a line each: TEXT # START # END, in seconds, and # PART for each part "
        "that it tells, if not all",
    )  # fmt: skip


def check_timeline_options(arguments: argparse.Namespace) -> None:
    """Raises ValueError where an option makes no sense beside a timeline."""
    for name, option in ONE_PROMPT.items():
        if getattr(arguments, name):
            raise ValueError(f"{option} makes no sense beside --timeline; write it into {arguments.timeline}")
    if arguments.samples > 1:
        raise ValueError("--samples makes no sense beside --timeline; give another --seed for another motion")


def generate_timeline(arguments: argparse.Namespace, load: Callable[[], "MotionPipeline"]) -> "Motion":
    """The motion of the file; its lines are read before the model is loaded."""
    from ..pipelines.streaming.timeline import parse_timeline

    entries = parse_timeline(_read(arguments.timeline), arguments.timeline.name)
    pipeline = load()
    with status_line(f"Generating {max(entry.end for entry in entries):g} s"):
        return pipeline.timeline(
            entries,
            seed=arguments.seed,
            guidance_scale=arguments.guidance,
            temperature=arguments.temperature,
            candidates=arguments.candidates,
            settle=not arguments.as_decoded,
        )


def _read(file: Path) -> str:
    if not file.is_file():
        raise FileNotFoundError(f"there is no file {file}; write lines like: a person walks # 0 # 4")
    if file.stat().st_size > MOST_CHARACTERS:
        raise ValueError(f"{file} is too large for a timeline")
    try:
        return file.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{file} is no UTF-8 text at byte {error.start + 1}; save it as UTF-8") from None


__all__ = ["add_timeline_argument", "check_timeline_options", "generate_timeline"]
