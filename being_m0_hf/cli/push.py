"""The command ``being-m0 push``: a model, an adapter, a data set or a Space onto the Hugging Face Hub."""

import argparse
import sys
from pathlib import Path

from ..utils.imports import quiet_libraries
from ..utils.progress import status_line

DESCRIPTION = """\
Publish a folder on the Hugging Face Hub: a model, an adapter, a motion tokenizer, an evaluator, a data set or a Space.

  being-m0 push my-style your-name/my-style --private
  being-m0 push my-motions your-name/my-motions
  being-m0 push space your-name/being-m0 --dry-run         (list the files, send nothing)

Only the files that such a thing is made of leave the machine; logs, checkpoints of the training and codes of
recordings stay. They are listed before anything is sent. Interrupted, the same command goes on where it stopped. Log in
first, with `hf auth login`, or set HF_TOKEN.
"""


def add_push_command(commands: argparse._SubParsersAction, options: dict) -> None:
    """Adds ``push`` to the command line."""
    push = commands.add_parser("push", help="publish on the Hugging Face Hub", description=DESCRIPTION, **options)
    push.add_argument("folder", type=Path, metavar="FOLDER", help="what to publish")
    add_push_arguments(push)


def add_push_arguments(push: argparse.ArgumentParser, only: str | None = None) -> None:
    """The arguments after the folder; ``only`` is the kind of folder that the command is for."""
    push.add_argument("repo", metavar="OWNER/NAME", help="where on the Hub; made if it is not there")
    if only is None:
        push.add_argument(
            "--data", metavar="DATA", help="for a model's card: the data set it learned from, a folder or owner/name"
        )
        push.add_argument(
            "--report", type=Path, metavar="FOLDER", help="for a model's card: what being-m0 evaluate wrote about it"
        )
        push.add_argument(
            "--base", metavar="OWNER/NAME", help="for an adapter: where on the Hub its model is, if it names a folder"
        )
    push.add_argument("--private", action="store_true", help="only you can see it")
    push.add_argument("--dry-run", action="store_true", help="list what would be sent, and send nothing")
    push.set_defaults(run=run_push, only=only)
    if only is not None:
        push.set_defaults(data=None, report=None, base=None)


def run_push(arguments: argparse.Namespace) -> None:
    """List, send, print the address."""
    quiet_libraries()
    from ..hub.push import check_token, plan_push, push

    plan = plan_push(arguments.folder, arguments.repo, arguments.data, arguments.report, arguments.base)
    if arguments.only not in (None, plan.kind):
        raise ValueError(f"{plan.folder} is no {arguments.only}; being-m0 push publishes a {plan.kind}")
    seen = "private, if it is new" if arguments.private else "public"
    print(f"{plan.folder}: {plan.kind} to {plan.repo_id} ({seen}), {len(plan.files)} files, {readable(plan.size)}")
    for file in sorted(plan.files, key=lambda file: -file.size):
        print(f"{readable(file.size):>10}  {file.path}")
    if plan.stays:
        print(f"stays here: {', '.join(plan.stays)}")
    if arguments.dry_run:
        print("nothing was sent (--dry-run)")
        return
    sys.stdout.flush()
    check_token()
    with status_line(f"Sending {readable(plan.size)}"):
        address = push(plan, arguments.private)
    print(address)


def readable(size: int) -> str:
    """Bytes as people write them: "36.1 MB"."""
    for unit, name in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if size >= unit:
            return f"{size / unit:.1f} {name}"
    return f"{size} B"
