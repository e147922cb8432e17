"""The command ``being-m0 data census``: what people describe, beside what training shows."""

import argparse
from pathlib import Path

from ...utils.progress import status_line
from ..options import number_of


def add_census_command(subcommands: argparse._SubParsersAction, options: dict) -> None:
    """Adds ``census`` to the commands of ``being-m0 data``."""
    census = subcommands.add_parser(
        "census", help="which actions captions name, and how much training motion shows them", **options
    )
    census.add_argument("captions", type=Path, metavar="JSONL.GZ", help="lines of {captions: [{text}]}")
    census.add_argument("--data", type=Path, nargs="+", default=[], metavar="CACHE", help="what prepare_data.py wrote")
    census.add_argument("-o", "--output", type=Path, metavar="FILE", help="write the table there, not to the terminal")
    census.add_argument("--most", type=number_of(1, 10_000), default=300, metavar="N", help="rows of the table (300)")
    census.set_defaults(run=run_census)


def run_census(arguments: argparse.Namespace) -> None:
    """Print or write the table."""
    with status_line("Reading captions and samples"):
        from ...training_data.caption_files import read_captions_alone
        from ...training_data.census import census, table

        captions = read_captions_alone(arguments.captions)
        if not captions:
            raise ValueError(f"{arguments.captions}: holds no captions")
        text = table(census(captions, arguments.data), len(captions), arguments.most)
    if arguments.output is None:
        print(text, end="")
        return
    arguments.output.write_text(_HEADING + text, encoding="utf-8")
    print(arguments.output)


_HEADING = """\
# Census of actions

What the captions of [HumanML3D](https://github.com/EricGuo5513/HumanML3D) name, by rule: a verb, its way, its object or
part of the body; words of the same movement count together (`being_m0_hf/text/caption_actions.py`). Beside it the
seconds of training motion whose own sentences name it, mirrored and changed copies left out. Made by
`being-m0 data census`; sentences of other words than the captions' may show an action that has no seconds here.

"""
