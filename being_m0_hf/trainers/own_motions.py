"""Draw motions of a language model's own for written actions, and keep those that show them: a cache to train on.

    python training/draw_own_motions.py --model runs/lm_mini --out runs/cache_own

A small model does a written action in some of its draws. Those that have all facts of the action's score, and do not
hang in the air, are what it shall do more often (rejection sampling); of them the ranker's favourites are kept. The
facts are those of the scores (`choreography`, `expect`), never the checks of the evaluation. Each score is kept in
OUT/scores as soon as it is done: the same command goes on where it stopped.
"""

import argparse
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from tqdm import tqdm

from ..choreography.judge.asked import missing_facts
from ..choreography.judge.facts import failed_facts
from ..choreography.library import OWN_SCORES, load_library
from ..choreography.score.score import Score
from ..choreography.score.wordings import drawn, drawn_parts
from ..motion import Motion
from ..pipelines.candidates import CANDIDATE_TEMPERATURE, SEED_STRIDE, CandidateSampler, DrawSettings
from ..pipelines.plausibility import floating
from ..pipelines.requests import make_requests
from ..pipelines.text_to_motion import MotionPipeline, load_pipeline
from ..text.mirror import mirror_text, side_words
from ..training_data.feature_cache import CacheWriter, MotionCache
from ..training_data.samples import TrainingSample, mirrored, with_texts
from ..training_data.written import trained_and_held_out, written_sample
from .sample_cache import add_sample, write_only_training

PIECES = "scores"
#: Sentences that a kept motion is trained with.
SENTENCES = 24
#: Seconds of a score's motions where the model's list does not say them.
USUAL_SECONDS = (4.0, 4.0)


@dataclass(frozen=True)
class OwnSettings:
    """How to draw.

    Args:
        sentences: asked of each score, its plain one first.
        candidates: motions of each sentence.
        keep: motions of a score that are kept at most.
        seed: of the first motion.
    """

    sentences: int = 3
    candidates: int = 8
    keep: int = 6
    seed: int = 9500

    def __post_init__(self) -> None:
        for name in ("sentences", "candidates", "keep"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}, expected at least 1")


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="being-m0-mini", help="checkpoint with a ranker (being-m0-mini)")
    parser.add_argument("--out", type=Path, required=True, help="where to write the cache")
    parser.add_argument("--scores", type=Path, default=OWN_SCORES, help="folder of scores (those of the package)")
    for name, what in (("sentences", "asked of each score"), ("candidates", "of each"), ("keep", "motions of a score")):
        default = getattr(OwnSettings, name)
        parser.add_argument(f"--{name}", type=int, default=default, help=f"{what} ({default})")
    options = parser.parse_args(arguments)
    settings = OwnSettings(options.sentences, options.candidates, options.keep)
    pipeline = load_pipeline(options.model, written=False)
    scores = [score for score in load_library(options.scores) if score.expect]
    for score in tqdm(scores, unit=" scores", desc="drawing", mininterval=1):
        draw_score(pipeline, score, settings, options.out)
    print(join_pieces([score.name for score in scores], options.out))


def draw_score(pipeline: MotionPipeline, score: Score, settings: OwnSettings, out: Path) -> None:
    """Write the kept motions of one score to a file of its own, unless it is there."""
    if (out / PIECES / f"{score.name}.jsonl").is_file():
        return
    writer = CacheWriter(out / PIECES, score.name)
    for sample in own_samples(pipeline, score, settings):
        add_sample(writer, sample)
    writer.save()


@torch.no_grad()
def own_samples(pipeline: MotionPipeline, score: Score, settings: OwnSettings) -> list[TrainingSample]:
    """Samples of the motions that have a score's facts, the rarer they are the heavier.

    Raises:
        ValueError: the checkpoint has no ranker.
    """
    if pipeline.ranker is None:
        raise ValueError(f"{pipeline.name_or_path} has no ranker, which chooses what is kept; give one that has")
    rng, trained = random.Random(score.name), trained_and_held_out(score)[0]
    usual = pipeline.listed.get(score.name, {}).get("seconds") or USUAL_SECONDS
    texts = [_of_a_side(score, text, rng) for text in drawn(trained, settings.seed, settings.sentences)]
    seconds = [min(rng.uniform(*usual), pipeline.processor.max_seconds) for _ in texts]
    requests = make_requests(pipeline.processor, texts, None, seconds, settings.seed, 1)
    rows = [
        replace(request, seed=request.seed + SEED_STRIDE * number)
        for request in requests
        for number in range(settings.candidates)
    ]
    sampler = CandidateSampler(pipeline.model, pipeline.processor, None)
    made = sampler.draw(rows, DrawSettings(1, True, {"temperature": CANDIDATE_TEMPERATURE, "do_sample": True}))
    good: list[tuple[float, Motion, bool]] = []
    for row, each in zip(rows, made, strict=True):
        motion = Motion.from_d135(each.features)
        if missing_facts(score, motion, row.text) or floating(each.features) > 0:
            continue
        left = score.mirror and bool(failed_facts(score, motion))
        plain = mirror_text(score.text) if left else score.text
        good.append((float(pipeline.ranker.similarity([plain], [each.features])), motion, left))
    share = len(good) / len(rows)
    best = sorted(good, key=lambda each: -each[0])[: settings.keep]
    weight = len(best) ** -0.5 * (1.25 - share) if best else 0.0
    return [_sample(trained, number, motion, left, weight) for number, (_, motion, left) in enumerate(best)]


def _of_a_side(score: Score, text: str, rng: random.Random) -> str:
    """A sentence, of the other side half the time where it says one."""
    return mirror_text(text) if score.mirror and side_words(text) and rng.random() < 0.5 else text


def _sample(trained: Score, number: int, motion: Motion, left: bool, weight: float) -> TrainingSample:
    """A kept motion; one of the left side as the mirror image of a sample of the right, as performances are."""
    name, own = f"own/{trained.name}-{number:02d}", motion.mirrored() if left else motion
    said = drawn_parts(trained, number), drawn(trained, number, SENTENCES)
    sample = replace(written_sample(name, trained.name, own, *said), weight=weight)
    sample = with_texts(sample, random.Random(name))
    return mirrored(sample) if left else sample


def join_pieces(names: Sequence[str], out: Path) -> str:
    """All scores as one cache; returns a line about it."""
    train, found = CacheWriter(out, "train_samples"), 0
    for name in names:
        piece = MotionCache(out / PIECES, name)
        found += bool(len(piece))
        for index, row in enumerate(piece.rows):
            train.add(piece[index], **{key: value for key, value in row.items() if key != "frames"})
    train.save()
    write_only_training(out)
    return f"{len(train.rows)} motions of {found} of {len(names)} scores have their facts"
