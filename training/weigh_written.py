"""Draw written samples less often whose tokens have lost what makes them that action.

    python training/weigh_written.py --cache runs/cache_written --model runs/lm_mini

A language model learns tokens. Where a performance had all facts of its score and its tokens, decoded and settled, have
not, it teaches another movement. Such a sample gets a share of its weight, unless tokens lose the facts of nearly all
performances of that score: then none is better than the others. Only the weights of the cache change; each sample
says ``"kept_facts"``, and a lighter one ``"lighter"``. The same command goes on where it stopped.
"""

import argparse
import json
import sys
from collections import defaultdict
from pathlib import Path

import torch
from tqdm import tqdm

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from being_m0_hf import load_pipeline
from being_m0_hf.choreography.judge.facts import failed_facts
from being_m0_hf.choreography.library import OWN_SCORES, load_library
from being_m0_hf.choreography.score.score import Score
from being_m0_hf.models.motion_tokenizer.modeling_motion_tokenizer import MotionTokenizerModel
from being_m0_hf.pipelines.postprocess import as_tokens
from being_m0_hf.trainers.run.settings import one_line_errors
from being_m0_hf.training_data.feature_cache import MotionCache
from being_m0_hf.utils.atomic_files import write_whole

#: What is left of the weight of a sample that lost facts, where at least this share of its score's samples keep theirs.
SHARE_LEFT, KEEPING = 0.3, 0.25
#: Samples between two writings of the file.
_BETWEEN = 500


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, required=True, help="what training/prepare_written.py wrote")
    parser.add_argument("--model", default="being-m0-mini", help="checkpoint whose tokenizer it is about")
    parser.add_argument("--scores", type=Path, default=OWN_SCORES)
    options = parser.parse_args(arguments)
    scores = {score.name: score for score in load_library(options.scores) if score.expect}
    print(weigh(options.cache, scores, load_pipeline(options.model).model.motion_tokenizer))


def weigh(folder: Path, scores: dict[str, Score], tokenizer: MotionTokenizerModel) -> str:
    """Weigh a cache's samples; returns a line about them."""
    cache = MotionCache(folder, "train_samples")
    new = [index for index, row in enumerate(cache.rows) if row["action"] in scores and "kept_facts" not in row]
    for count, index in enumerate(tqdm(new, desc="weighing", unit=" samples", mininterval=5)):
        row = cache.rows[index]
        row["kept_facts"] = keeps_facts(scores[row["action"]], cache[index], row["mirrored"], tokenizer)
        if (count + 1) % _BETWEEN == 0:
            _write(folder, cache)
    kept: dict[str, list[bool]] = defaultdict(list)
    for row in cache.rows:
        if "kept_facts" in row:
            kept[row["action"]].append(row["kept_facts"])
    for row in cache.rows:
        outcomes = kept.get(row["action"], [])
        lost = not row.get("kept_facts", True) and sum(outcomes) >= KEEPING * len(outcomes)
        if lost and "lighter" not in row:
            row |= {"weight": round(row["weight"] * SHARE_LEFT, 4), "lighter": True}
    _write(folder, cache)
    every = [outcome for outcomes in kept.values() for outcome in outcomes]
    return f"{sum(every)} of {len(every)} samples keep their facts as tokens"


def keeps_facts(score: Score, features: torch.Tensor, mirrored: bool, tokenizer: MotionTokenizerModel) -> bool:
    """Whether a performance (frames, 135) has its score's facts as its tokens decode, settled."""
    motion = as_tokens(features, tokenizer)
    return not failed_facts(score, motion.mirrored() if mirrored else motion)


def _write(folder: Path, cache: MotionCache) -> None:
    lines = "".join(json.dumps(row) + "\n" for row in cache.rows)
    write_whole(folder / "train_samples.jsonl", lines.encode())


if __name__ == "__main__":
    with one_line_errors():
        main()
