"""The command ``being-m0 init``: a base model on a backbone of one's own."""

import argparse
from pathlib import Path

from ..utils.imports import quiet_libraries
from ..utils.progress import status_line
from .options import HIGHEST_SEED, whole_number

DESCRIPTION = """\
Make a model from any causal language model: its pretrained weights stay, rows for motion are added. It has yet to learn
motion, from a large data set or from your own:

  being-m0 init --backbone Qwen/Qwen3-0.6B --tokenizer being-m0-mini -o base
  being-m0 train language-model --config training/configs/lm_mini.yaml model=base
  being-m0 finetune recordings/ --model base -o my-style
"""


def add_init_command(commands: argparse._SubParsersAction, options: dict) -> None:
    """Adds ``init`` to the command line."""
    init = commands.add_parser(
        "init", help="a model on a language model of your choice", description=DESCRIPTION, **options
    )
    init.add_argument("--backbone", required=True, metavar="NAME", help="folder or Hub id of a causal language model")
    init.add_argument(
        "--tokenizer", default="being-m0-mini", metavar="NAME",
        help="motion tokenizer, or a model with one (being-m0-mini)",
    )  # fmt: skip
    init.add_argument("-o", "--output", type=Path, required=True, metavar="FOLDER", help="where to write it")
    seed = whole_number(0, HIGHEST_SEED)
    init.add_argument("--seed", type=seed, default=0, metavar="N", help="of the rows for motion (0)")
    init.set_defaults(run=run_init)


def run_init(arguments: argparse.Namespace) -> None:
    """Write the model and say what it is."""
    with status_line(f"Reading {arguments.backbone}"):
        quiet_libraries()
        from ..trainers.own_backbone import init_base

        model = init_base(arguments.backbone, arguments.tokenizer, arguments.output, seed=arguments.seed)
    layout = model.layout
    print(
        f"{arguments.output}: {model.config.backbone_config.model_type}, {layout.text_vocab_size:,} words, "
        f"{layout.vocab_size - layout.text_vocab_size:,} rows for motion"
    )
