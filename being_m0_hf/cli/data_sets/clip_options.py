"""Options of every command that writes clips with texts."""

import argparse
from typing import Any

from ..options import number_from_zero, number_of

#: More sentences about one clip say the same again, and make a set large.
MOST_WORDINGS = 100
#: Each is a Python with torch of its own, a few hundred megabytes.
MOST_PROCESSES = 512


def add_clip_options(parser: argparse.ArgumentParser) -> None:
    """How recordings are cut, and who describes the clips."""
    parser.add_argument(
        "--longest", type=number_from_zero, default=10.0, metavar="S",
        help="cut recordings longer than S seconds where the activity changes (10); 0 keeps them whole",
    )  # fmt: skip
    parser.add_argument(
        "--wordings", type=number_of(0, MOST_WORDINGS), default=3, metavar="N",
        help="sentences by rules for body and parts (3); 0 writes none",
    )  # fmt: skip
    parser.add_argument(
        "--caption-model", default="", metavar="NAME",
        help="a language model that words what was measured, through Hugging Face's Inference Providers",
    )  # fmt: skip
    parser.add_argument(
        "--caption-server", default="", metavar="URL",
        help="where that model runs instead: any OpenAI-compatible server, for example http://localhost:8000/v1, or "
        "'local': here, by transformers; a model that sees is also shown the motion",
    )  # fmt: skip


def clip_options(arguments: argparse.Namespace) -> dict[str, Any]:
    """The same, by the names of ``BuildOptions``.

    Raises:
        ValueError: clips too short to be cut.
    """
    if arguments.longest and arguments.longest < 2:
        raise ValueError(f"--longest is {arguments.longest:g}, expected 2 or more seconds, or 0 for whole recordings")
    names = ("longest", "wordings", "caption_model", "caption_server")
    return {name: getattr(arguments, name) for name in names}
