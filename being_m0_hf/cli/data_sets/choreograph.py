"""The command ``being-m0 data choreograph``: motions from scores that people write."""

import argparse
from pathlib import Path

from ...utils.imports import need_library
from ...utils.progress import status_line
from ..options import number_of

DESCRIPTION = """\
Perform scores (short YAML files, one action each; docs/choreography.md) on recorded stands, seats and walks, in many
variations, and write those that are good enough as motions with captions. `being-m0 data build` makes a data set of
them:

  being-m0 data choreograph --data data -o written
  being-m0 data build written --captions written/captions.csv -o written-set --name choreography

Interrupted, the same command goes on where it stopped; scores that changed are performed again.
"""
MOST_VARIATIONS = 1000


def add_choreograph_command(commands: argparse._SubParsersAction, options: dict) -> None:
    """Adds ``data choreograph``."""
    parser = commands.add_parser(
        "choreograph", help="motions from scores that people write", description=DESCRIPTION, **options
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="scores to perform (all)")
    parser.add_argument(
        "--data", type=Path, required=True, metavar="FOLDER", help="the recordings: a folder with cmu/ and captions/"
    )
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FOLDER", help="where to write")
    parser.add_argument("--scores", type=Path, metavar="FOLDER", help="scores of your own (those of the package)")
    parser.add_argument(
        "--variations", type=number_of(1, MOST_VARIATIONS), default=24, metavar="N",
        help="performances of each score (24), their mirror images not counted",
    )  # fmt: skip
    parser.add_argument("--sheet", type=Path, metavar="FOLDER", help="draw contact sheets of the scores as written")
    parser.set_defaults(run=run_choreograph)


def run_choreograph(arguments: argparse.Namespace) -> None:
    """Write the library, then say what passed and why the rest did not."""
    need_library("datasets", "data")
    with status_line("Reading the scores"):
        from ...choreography.library import OWN_SCORES
        from ...choreography.write import write_library
    scores = arguments.scores or OWN_SCORES
    report = write_library(
        arguments.data, arguments.output, scores, arguments.names, arguments.variations, arguments.sheet
    )
    for line in report.lines():
        print(line)
