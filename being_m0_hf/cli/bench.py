"""The command ``being-m0 bench``: how long each stage takes on this machine, beside what it could do at best."""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from .options import number_above_zero, whole_number

if TYPE_CHECKING:
    from ..pipelines.text_to_motion import MotionPipeline

BENCH_DESCRIPTION = """\
Time each stage from a sentence to a file: text, language model, token decoding, settling, ranking, kinematics, export,
encoding. Beside them stand the bare loop of the same matrix products, what the machine's arithmetic and memory would
allow, and transformers' own generate over the same weights, all from the same rounds.

  being-m0 bench
  being-m0 bench --seconds 4 10 --candidates 1 8 --rounds 7 -o bench.json
  being-m0 bench --stream 10

Other work on the machine makes every figure worse; medians and ratios suffer least.
"""


def add_bench_command(commands: argparse._SubParsersAction, options: dict) -> argparse.ArgumentParser:
    """Adds ``bench`` to the command line."""
    bench = commands.add_parser(
        "bench", help="how fast a model is on this machine", description=BENCH_DESCRIPTION, **options
    )
    bench.add_argument(
        "--seconds", type=number_above_zero, nargs="+", default=[10.0], metavar="S", help="lengths to time (10)"
    )
    bench.add_argument(
        "--candidates", type=whole_number(1, 64), nargs="+", default=[1, 8], metavar="N", help="candidates (1 8)"
    )
    bench.add_argument("--rounds", type=whole_number(1, 1000), default=5, metavar="N", help="times each is done (5)")
    bench.add_argument(
        "--stream", type=number_above_zero, metavar="MINUTES", help="also measure a stream of so many minutes"
    )
    bench.add_argument("--threads", type=whole_number(1, 1024), metavar="N", help="threads of torch")
    bench.add_argument("-o", "--output", type=Path, metavar="FILE", help="also write the figures to this JSON file")
    return bench


def run_bench(arguments: argparse.Namespace, load: Callable[[str, Sequence[str]], "MotionPipeline"]) -> None:
    """Print the table, and write the file if one is asked for.

    Args:
        load: loads the model of a name.
    """
    import time

    import torch

    from ..speed.report import measure
    from ..speed.stages import Case

    output = arguments.output
    if output is not None and (output.is_dir() or not output.parent.is_dir()):
        raise ValueError(f"{output} cannot be written: it is a folder, or lies in none; name a file")
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    start = time.perf_counter()
    pipeline = load(arguments.model, ())
    taken = time.perf_counter() - start
    most = max(arguments.candidates)
    if most > 1 and pipeline.ranker is None:
        raise ValueError(f"--candidates {most}, but this checkpoint has no ranker to choose; give 1")
    for length in arguments.seconds:
        pipeline.processor.seconds_to_steps(length)
    cases = [Case(length, count) for length in arguments.seconds for count in arguments.candidates]
    report = measure(pipeline, cases, arguments.rounds, taken, arguments.stream)
    print(report.to_table())
    if output is not None:
        output.write_text(report.to_json() + "\n", encoding="utf-8")
