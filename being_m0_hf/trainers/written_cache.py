"""Perform the scores of written actions and write them as a training cache.

    python training/prepare_written.py --data data --out runs/cache_written

`data` is the folder with the recordings of CMU (``cmu/``, ``captions/``), on whose stands, seats and walks the scores
are performed. Each score is kept in OUT/scores as soon as it is done: the same command goes on where it stopped, and
performs only what is new or changed.
"""

import argparse
import random
import sys
from collections import Counter
from pathlib import Path

from tqdm import tqdm

from ..choreography.bases import Bases
from ..choreography.library import OWN_SCORES, load, performances_mark, score_files
from ..choreography.score.score import Score
from ..motion import MODEL_FPS, MotionError
from ..training_data.feature_cache import CacheWriter, MotionCache
from ..training_data.samples import RARE_WEIGHT_POWER, TrainingSample, mirrored
from ..training_data.written import TAKES, held_out_sample, written_samples
from ..utils.standard_streams import one_line
from .sample_cache import add_sample, write_only_training

PIECES = "scores"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with the recordings of CMU")
    parser.add_argument("--out", type=Path, required=True, help="where to write the cache")
    parser.add_argument("--scores", type=Path, default=OWN_SCORES, help="folder of scores (those of the package)")
    parser.add_argument("--takes", type=int, default=TAKES, help=f"performances of each score, both sides ({TAKES})")
    options = parser.parse_args(arguments)
    try:
        bases, files = Bases(options.data), score_files(options.scores)
        pieces = []
        for name, path in tqdm(files.items(), unit=" scores", desc="performing", mininterval=1):
            try:
                pieces.append(perform_score(path, bases, options.out, options.takes))
            except MotionError as error:
                print(f"left out {name}: {one_line(error)}", file=sys.stderr)
        join_pieces(pieces, options.out)
    except (OSError, ValueError) as error:
        print(f"error: {one_line(error)}", file=sys.stderr)
        return 2
    return 0


def perform_score(path: Path, bases: Bases, out: Path, takes: int) -> str:
    """Write the samples of one score to a file of its own, unless it is there; returns the file's name."""
    name = f"{path.stem}-{performances_mark(path, takes)}"
    if not (out / PIECES / f"{name}.jsonl").is_file():
        score, writer = load(path), CacheWriter(out / PIECES, name)
        for sample in _all_samples(score, bases, takes):
            add_sample(writer, sample)
        writer.save()
    return name


def _all_samples(score: Score, bases: Bases, takes: int) -> list[TrainingSample]:
    """Both sides of each performance, and first of all, where there is any, one with held-out sentences."""
    samples = list(written_samples(score, bases, random.Random(score.name), range(takes)))
    kept = held_out_sample(score, samples[0]) if samples else None
    both = [version for sample in samples for version in ((sample, mirrored(sample)) if score.mirror else (sample,))]
    return ([kept] if kept else []) + both


def join_pieces(names: list[str], out: Path) -> None:
    """All scores as one cache, each about as often drawn as any other, and their held-out wordings beside it."""
    train, wordings = CacheWriter(out, "train_samples"), CacheWriter(out, "wordings_samples")
    pieces = [MotionCache(out / PIECES, name) for name in names]
    counts = Counter(row["category"] for piece in pieces for row in piece.rows if row["kind"] != "wording")
    raw = {name: count**-RARE_WEIGHT_POWER for name, count in counts.items()}
    mean = sum(raw[name] * count for name, count in counts.items()) / max(1, counts.total())
    for piece in pieces:
        for index, row in enumerate(piece.rows):
            row = {key: value for key, value in row.items() if key != "frames"}
            if row["kind"] == "wording":
                wordings.add(piece[index], **row)
            else:
                train.add(piece[index], **row | {"weight": round(raw[row["category"]] / mean, 4)})
    frames = train.save()
    wordings.save()
    write_only_training(out)
    refused = [name for name, piece in zip(names, pieces, strict=True) if not len(piece)]
    print(f"{len(pieces) - len(refused)} scores, {len(train.rows)} samples, {frames / MODEL_FPS / 3600:.2f} h")
    if refused:
        print(f"no performance passes of {', '.join(name.rpartition('-')[0] for name in refused)}")
