"""The command ``being-m0 finetune``: own motions in, an adapter out."""

import argparse
from pathlib import Path

from ..utils.imports import need_library, quiet_libraries
from .options import HIGHEST_SEED, whole_number

#: All weights together move further with each step than an adapter does.
FULL_LEARNING_RATE = 1e-4
DESCRIPTION = """\
Teach a model your own motions. Reads a folder of motion files (as `being-m0 data build` does) or a data set, trains an
adapter (LoRA) of about 1 MB, stops before it overfits, and writes it with a card and a picture of before and after.

What motions show is told by captions.csv in the folder (columns file and text), by text files beside them, by their
names, and by what is measured on them. --trigger gives the style a name of its own:

  being-m0 finetune giants/ -o giant-style --trigger "giant style"
  being-m0 generate "a person walks forward, giant style" --adapter giant-style -o giant.glb

Interrupted or killed, the same command goes on where it stopped. The folder work/ inside the output is for that; it is
never published, and can be deleted afterwards.
"""


def add_finetune_command(commands: argparse._SubParsersAction, options: dict) -> argparse.ArgumentParser:
    """Adds ``finetune`` to the command line; the caller sets what it runs."""
    finetune = commands.add_parser(
        "finetune", help="an adapter from your own motions", description=DESCRIPTION, **options
    )
    finetune.add_argument("data", metavar="FOLDER_OR_DATASET", help="motion files, or a data set (also on the Hub)")
    finetune.add_argument("-o", "--output", type=Path, required=True, metavar="FOLDER", help="where to write it")
    finetune.add_argument("--trigger", default="", metavar="WORDS", help='name of the style, for example "giant style"')
    finetune.add_argument("--captions", default="", metavar="CSV", help="instead of captions.csv in the folder")
    finetune.add_argument("--joint-map", default="", metavar="FILE", help="as for being-m0 data build")
    finetune.add_argument(
        "--model", default="being-m0-mini", help="to start from: being-m0-mini (default), a folder, or a Hub id"
    )
    finetune.add_argument("--full", action="store_true", help="train all weights, and write a whole model")
    finetune.add_argument(
        "--tokenizer", action="store_true",
        help="train the motion tokenizer's decoder, too: for movements far from people walking",
    )  # fmt: skip
    finetune.add_argument(
        "--mirror", action="store_true", help="show every motion mirrored, too; not for a style with a side"
    )
    finetune.add_argument("--licence", default="", help='of the recordings, for the card, for example "CC BY 4.0"')
    finetune.add_argument("--steps", type=whole_number(1, 100_000), default=None, metavar="N", help="at most (80)")
    finetune.add_argument(
        "--seed", type=whole_number(0, HIGHEST_SEED), default=0, metavar="N", help="of every draw (0)"
    )
    return finetune


def run_finetune(arguments: argparse.Namespace) -> None:
    """Train and write; what is already there is not done again."""
    for library in ("peft", "accelerate", "datasets"):
        need_library(library, "train", "fine-tuning")
    quiet_libraries()
    from ..trainers.finetune import FinetuneSettings, finetune

    more = {} if arguments.steps is None else {"steps": arguments.steps}
    if arguments.full:
        more["learning_rate"] = FULL_LEARNING_RATE
    finetune(
        FinetuneSettings(
            data=arguments.data,
            output_dir=str(arguments.output),
            trigger=arguments.trigger,
            captions=arguments.captions,
            joint_map=arguments.joint_map,
            model=arguments.model,
            full=arguments.full,
            tokenizer=arguments.tokenizer,
            mirror=arguments.mirror,
            licence=arguments.licence,
            seed=arguments.seed,
            **more,
        )
    )
