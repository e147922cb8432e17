"""The command ``being-m0 train``: train from a configuration file, or say what that needs."""

import argparse

from .options import number_of

TRAIN_DESCRIPTION = """\
Train a language model, a motion tokenizer or a text-motion evaluator from a configuration file.

  being-m0 train language-model --config training/configs/lm_mini.yaml
  being-m0 train language-model --config training/configs/lm_mini.yaml steps=500 output_dir=runs/try
  being-m0 train language-model --config training/configs/paper/llama2_7b.yaml --plan --processes 8 --sharded

This trains in one process. For many GPUs, `accelerate launch` starts the scripts in training/, which take the same
options (training/configs/accelerate/README.md). Interrupted, the same command goes on where it stopped. To teach a
model your own motions, see being-m0 finetune.
"""
MODELS = ("language-model", "tokenizer", "evaluator")


def add_train_command(commands: argparse._SubParsersAction, options: dict) -> None:
    """Adds ``train`` to the command line."""
    train = commands.add_parser(
        "train", help="train a model from a configuration file", description=TRAIN_DESCRIPTION, **options
    )
    train.add_argument("what", choices=MODELS, help="what to train")
    # one option for both: argparse takes no positional words behind an option when some stood before it
    train.add_argument(
        "--config", nargs="+", required=True, metavar=("YAML", "key=value"),
        help="settings of the run, see training/configs/, and those that replace them",
    )  # fmt: skip
    train.add_argument(
        "--plan", action="store_true", help="do not train; print parameters, steps and memory (language models)"
    )
    train.add_argument("--processes", type=number_of(1), default=1, metavar="N", help="with --plan: GPUs in all (1)")
    train.add_argument("--sharded", action="store_true", help="with --plan: they share one model (FSDP2, ZeRO-3)")
    train.set_defaults(run=run_train)


def run_train(arguments: argparse.Namespace) -> None:
    """Train, or print the plan."""
    from ..utils.imports import need_library

    need_library("accelerate", "train", "training")
    from ..trainers import evaluator, language_model, motion_tokenizer
    from ..trainers.run.settings import one_line_errors, read_settings

    words = ["--config", *arguments.config]
    if arguments.plan:
        if arguments.what != "language-model":
            raise ValueError(f"--plan is for language models, not for a {arguments.what}; leave it out")
        from ..trainers.memory_plan import plan_memory

        settings = read_settings(language_model.LanguageModelSettings, language_model.train.__doc__ or "", words)
        print(plan_memory(settings, arguments.processes, arguments.sharded))
        return
    trainers = {"language-model": language_model, "tokenizer": motion_tokenizer, "evaluator": evaluator}
    with one_line_errors():
        trainers[arguments.what].main(words)
