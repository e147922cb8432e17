"""The commands ``being-m0 describe`` and ``being-m0 edit``: what a motion file shows, and another motion out of it."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from ..utils.progress import status_line
from .options import HIGHEST_SEED, add_save_options, number_above_zero, number_from_zero, save_options, whole_number

if TYPE_CHECKING:
    from ..motion import Motion
    from ..pipelines.text_to_motion import MotionPipeline

#: What `Description.source` means, where it is not the model itself.
SOURCES = {"known action": "the known action that fits best", "measures": "what was measured on the motion"}
Load = Callable[[str, list[str]], "MotionPipeline"]

DESCRIBE_DESCRIPTION = """\
Say in a sentence what a motion file shows; .bvh, .glb, .npz, .npy, .json and whatever else being-m0 convert reads.

  being-m0 describe walk.bvh
  being-m0 describe walk.bvh --part "left arm"

A checkpoint must have learned it, as being-m0-mini has (training/configs/lm_mini_2.yaml).
"""

EDIT_DESCRIPTION = """\
Make a stretch of a motion anew, or go on with it; all other frames stay as they are in the file.

  being-m0 edit walk.bvh --text "waves with the left hand" --from 1 --to 3 -o waving.glb
  being-m0 edit walk.bvh --from 2 --to 2.6 -o whole.bvh                      (fills a gap with whatever fits)
  being-m0 edit walk.bvh --part "left arm=waves" -o waving.glb               (the left arm alone, all the time)
  being-m0 edit walk.bvh --text "sits down" --continue 4 -o longer.glb

A checkpoint must have learned it, as being-m0-mini has (training/configs/lm_mini_2.yaml).
"""


def add_edit_commands(commands: argparse._SubParsersAction, options: dict) -> list[argparse.ArgumentParser]:
    """Adds ``describe`` and ``edit`` to the command line; they still lack the options of the model."""
    describe = commands.add_parser(
        "describe", help="what a motion file shows, in words", description=DESCRIBE_DESCRIPTION, **options
    )
    describe.add_argument("file", type=Path, help="the motion file")
    describe.add_argument("--part", metavar="PART", help="of one body part alone, for example 'left arm'")

    edit = commands.add_parser(
        "edit", help="change a stretch of a motion file, or go on with it", description=EDIT_DESCRIPTION, **options
    )
    edit.add_argument("file", type=Path, help="the motion file")
    edit.add_argument("--text", default="", help="what happens there; without it whatever fits")
    edit.add_argument("--from", dest="start", type=number_from_zero, metavar="S", help="start of the stretch (0)")
    edit.add_argument("--to", dest="end", type=number_above_zero, metavar="S", help="its end (the motion's)")
    edit.add_argument(
        "--continue", dest="seconds", type=number_above_zero, metavar="S", help="add so many seconds at the end"
    )
    edit.add_argument(
        "--part", action="append", default=[], metavar="PART[=TEXT]",
        help='change only this part, with a text if wanted: "left arm=waves"; may be repeated',
    )  # fmt: skip
    edit.add_argument(
        "-o", "--output", type=Path, default=Path("motion.glb"), metavar="FILE", help="file to write (motion.glb)"
    )
    edit.add_argument(
        "--seed", type=whole_number(0, HIGHEST_SEED), default=0, metavar="N", help="another seed, another motion (0)"
    )
    add_save_options(edit, "--output-fps")
    return [describe, edit]


def run_describe(arguments: argparse.Namespace, load: Load) -> None:
    """Print the sentence; where it is not the model's own, that goes to stderr."""
    motion = _read(arguments.file)
    said = load(arguments.model, arguments.adapter).describe(motion, arguments.part)
    if said.source != "model":
        print(f"{arguments.file.name}: the sentence is from {SOURCES[said.source]}", file=sys.stderr)
    print(said)


def run_edit(arguments: argparse.Namespace, load: Load) -> None:
    """Write the changed motion and print the file's name."""
    from ..io import SaveOptions, check_save_path, save_motion

    stretch = [name for name in ("start", "end") if getattr(arguments, name) is not None]
    if arguments.seconds is not None and (stretch or arguments.part):
        raise ValueError("--continue adds to the end; give it without --from, --to and --part")
    if arguments.seconds is None and not (stretch or arguments.part):
        raise ValueError("say what to change: --from and --to, --part, or --continue")
    options = save_options(arguments)
    check_save_path(arguments.output, SaveOptions(**options))
    motion = _read(arguments.file)
    pipeline = load(arguments.model, arguments.adapter)
    with status_line(f"Editing {arguments.file.name}"):
        if arguments.seconds is not None:
            edited = pipeline.continue_(motion, arguments.text, arguments.seconds, seed=arguments.seed)
        else:
            end = motion.seconds if arguments.end is None else arguments.end
            start = arguments.start or 0.0
            edited = pipeline.fill(motion, start, end, arguments.text, _parts(arguments.part), seed=arguments.seed)
    print(save_motion(edited, arguments.output, **options))


def _read(file: Path) -> "Motion":
    """The motion of a file; what was understood of it goes to stderr."""
    from ..retarget import import_file

    found = import_file(file, None)
    print(f"{file.name}: {found.understanding.line(found.motion)}", file=sys.stderr)
    return found.motion


def _parts(words: list[str]) -> dict[str, str] | list[str]:
    """Texts of parts where one has a text, else their names."""
    told = {part.strip(): text.strip() for part, _, text in (word.partition("=") for word in words)}
    without = [part for part, text in told.items() if not text]
    if without and len(without) < len(told):
        raise ValueError(f"--part {without[0]} has no text, but another has; give each one a text, or none")
    return without or told
