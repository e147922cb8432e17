"""Write the takes of written actions that a checkpoint shows as they are written (`pipelines/written_takes.py`).

    python training/tools/write_takes.py --cache runs/cache_written --measured written/outcomes.jsonl \\
        --checkpoint being_m0_hf/checkpoints/being-m0-mini

An action gets takes unless it is among --leave-out. They are shown where MEASURED (`measure_written.py`) says that the
model does not do it in all of its motions; otherwise, and where it is among --spare (what viewers did not name), they
are spare ones, for motions that fail. Each take and each other length of it is kept only where the score's facts hold
of what its tokens decode to, and no deeper in the floor than the performance. With --pieces each score is kept there as
soon as it is done, and the same command goes on where it stopped.
"""

import argparse
import sys
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor
from tqdm import tqdm

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from being_m0_hf import load_pipeline
from being_m0_hf.choreography.judge.facts import failed_facts
from being_m0_hf.choreography.library import OWN_SCORES, load_library
from being_m0_hf.choreography.score.score import Score
from being_m0_hf.evaluation.following.written import performances_of
from being_m0_hf.evaluation.kept_outcomes import read_outcomes
from being_m0_hf.models.motion_tokenizer.modeling_motion_tokenizer import MotionTokenizerModel
from being_m0_hf.motion import MODEL_FPS, Motion
from being_m0_hf.motion.physical_metrics import physical_metrics
from being_m0_hf.pipelines.written_takes import TAKES_FILE, Take, WrittenAction, WrittenTakes
from being_m0_hf.text.mirror import side_words
from being_m0_hf.trainers.run.settings import one_line_errors
from being_m0_hf.training_data.feature_cache import MotionCache
from being_m0_hf.training_data.other_lengths import way_of_length

#: An action's takes are spare ones where the model does it in at least this share of its motions.
DONE = 1.0
#: An action gets takes where at least this share of the performances that are tried have its facts.
HOLDING = 0.5
#: Takes of an action, how many performances they are chosen from, and residual levels that they are coded with.
TAKES, TRIED, LEVELS = 3, 4, 4
#: Residual levels of a take, and whether it is not calmed, in the order in which they are tried: calmed, unless that
#: undoes what it is about; without residual levels where these make a still body shiver.
WAYS = ((LEVELS, False), (LEVELS, True), (0, False))
#: Metres that a take's lowest joint may be lower than its performance's: facts do not see a body in the floor.
SUNK = 0.06
#: Other lengths, seconds.
SECONDS = (2, 3, 4, 5, 6, 8, 10)
LONGEST = 10.0
#: Another length may be so many times as jerky as the take, or as this (100 m/s^3) where that is less.
JERKIER, LEAST_JERK = 1.5, 0.5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, nargs="+", required=True, help="what training/prepare_written.py wrote")
    parser.add_argument("--pieces", type=Path, help="folder for the takes of each score while it is written")
    parser.add_argument("--measured", type=Path, required=True, help="outcomes.jsonl of measure_written.py")
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--leave-out", nargs="*", default=[], metavar="NAME", help="scores that get no takes")
    parser.add_argument("--spare", nargs="*", default=[], metavar="NAME", help="scores that get spare takes only")
    parser.add_argument("--scores", type=Path, default=OWN_SCORES)
    arguments = parser.parse_args()
    if not arguments.measured.is_file():
        raise FileNotFoundError(f"{arguments.measured} is missing; training/tools/measure_written.py writes it")
    done = shares_done(arguments.measured)
    scores = {score.name: score for score in load_library(arguments.scores) if score.name not in arguments.leave_out}
    tokenizer = load_pipeline(arguments.checkpoint).model.motion_tokenizer
    performances = performances_of([MotionCache(folder, "train_samples") for folder in arguments.cache])
    actions = {}
    for name, score in tqdm(scores.items(), desc="actions", mininterval=5):
        piece = arguments.pieces / name if arguments.pieces else None
        if piece is None or not (piece / TAKES_FILE).is_file():
            takes = tuple(takes_of(score, performances(name), tokenizer))
            side = side_words(score.text) if score.mirror else []
            action = WrittenAction(takes, side[0] if len(set(side)) == 1 else "")
            if piece:
                piece.mkdir(parents=True, exist_ok=True)
                WrittenTakes({name: action}).save(piece)
        else:
            action = WrittenTakes.load(piece).actions[name]
        if action.takes:
            actions[name] = replace(action, spare=name in arguments.spare or done.get(name, 0.0) >= DONE)
    path = WrittenTakes(actions).save(arguments.checkpoint)
    lengths = sum(len(take.lengths) for action in actions.values() for take in action.takes)
    print(f"{path}: {len(actions)} actions, {lengths} lengths, {path.stat().st_size / 1000:.0f} kB")


def shares_done(measured: Path) -> dict[str, float]:
    """Score -> the share of the model's motions that have its facts."""
    held: dict[str, list[bool]] = defaultdict(list)
    for outcome in read_outcomes(measured):
        if outcome["row"].endswith("candidate"):
            held[outcome["score"]].append(not outcome["lacks"])
    return {name: sum(found) / len(found) for name, found in held.items()}


def takes_of(score: Score, performances: list[Tensor], tokenizer: MotionTokenizerModel) -> list[Take]:
    """Takes whose facts hold, a short, a middle and a long one, with their other lengths; [] where few hold."""
    step, most = tokenizer.config.downsample, round(LONGEST * MODEL_FPS)
    tried = [each for each in performances if len(each) // step * step <= most][:TRIED]
    good = []
    for features in tried:
        codes = tokenizer.encode(features[None], residual_levels=LEVELS)
        own = tuple(range(codes.codes.shape[1]))
        for levels, brisk in WAYS:
            take = Take(codes.codes[0], codes.residual_codes[0, ..., :levels], {len(own): own}, brisk)
            motion = take.decoded(tokenizer, own)
            sunk = lowest(Motion.from_d135(features)) - lowest(motion)
            if sunk <= SUNK and not failed_facts(score, motion):
                good.append(take)
                break
    if not good or len(good) < HOLDING * len(tried):
        return []
    good.sort(key=lambda take: len(take.codes))
    places = {round(place * (len(good) - 1) / (TAKES - 1)) for place in range(TAKES)}
    return [replace(good[place], lengths=lengths_of(score, good[place], tokenizer)) for place in sorted(places)]


def lowest(motion: Motion) -> float:
    """Height of the lowest joint, metres."""
    return float(motion.joints()[..., 1].min())


def lengths_of(score: Score, take: Take, tokenizer: MotionTokenizerModel) -> dict[int, tuple[int, ...]]:
    """The take's own length and the others of which the facts hold."""
    step, found = tokenizer.config.downsample, dict(take.lengths)
    motion = take.decoded(tokenizer, range(len(take.codes)))
    most = JERKIER * max(physical_metrics(motion).jitter, LEAST_JERK)
    for seconds in SECONDS:
        steps = round(seconds * MODEL_FPS / step)
        if steps in found or not (way := way_of_length(motion, step, steps) or cut(score, take, steps)):
            continue
        other = take.decoded(tokenizer, way)
        sunk = lowest(motion) - lowest(other)
        if sunk <= SUNK and physical_metrics(other).jitter <= most and not failed_facts(score, other):
            found[steps] = way
    return dict(sorted(found.items()))


def cut(score: Score, take: Take, steps: int) -> tuple[int, ...] | None:
    """The first steps of a recording, which may end anywhere, as a dance does; None of what is written to its end."""
    return tuple(range(steps)) if score.recording and steps < len(take.codes) else None


if __name__ == "__main__":
    with one_line_errors(), torch.no_grad():
        main()
