"""Perform random scores and write them as a training cache for motion tokenizers.

    python training/prepare_reaches.py --data data --out runs/cache_reaches

`data` is the folder with the recordings of CMU, on whose stands, seats and walks they are performed. The cache has
motions without sentences: it is for `more_caches` of a tokenizer's run.
"""

import argparse
import sys
from pathlib import Path

from tqdm import tqdm

from ..choreography.bases import Bases
from ..choreography.performances import performed
from ..choreography.reaches import random_score
from ..motion import MotionError
from ..training_data.feature_cache import CacheWriter
from ..training_data.written import SOURCE
from ..utils.standard_streams import one_line


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with the recordings of CMU")
    parser.add_argument("--out", type=Path, required=True, help="where to write the cache")
    parser.add_argument("--count", type=int, default=600, help="scores, of which both sides are written (600)")
    options = parser.parse_args(arguments)
    try:
        left_out = write_reaches(Bases(options.data), options.out, options.count)
    except (OSError, ValueError) as error:
        print(f"error: {one_line(error)}", file=sys.stderr)
        return 2
    if left_out:
        print(f"left out {left_out} that no body can perform")
    return 0


def write_reaches(bases: Bases, out: Path, count: int) -> int:
    """Write the cache; returns how many scores could not be performed."""
    writer, left_out = CacheWriter(out, "train_samples"), 0
    for number in tqdm(range(count), unit=" scores", desc="performing", mininterval=1):
        score = random_score(number)
        try:
            motion = performed(score, bases, number)[0].body.motion().canonicalized()
        except MotionError:
            left_out += 1
            continue
        for mirror, version in enumerate((motion, motion.mirrored())):
            writer.add(
                version.to_d135(), id=f"{SOURCE}/{score.name}" + mirror * "+mirror", source=SOURCE, split="train",
                kind="reaches", category="reaches", action="", style="", mirrored=bool(mirror), weight=1.0,
                parts=[], captions=[],
            )  # fmt: skip
    writer.save()
    return left_out
