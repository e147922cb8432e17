"""Write the takes of written actions that a checkpoint shows as they are written (`pipelines/takes/written_takes.py`).

    python training/tools/write_takes.py --cache runs/cache_written --checkpoint being_m0_hf/checkpoints/being-m0-mini

An action gets takes unless it is among --leave-out (what viewers did not name): a short performance, a middle and a
long one, in other lengths, too, where these have the score's facts, are no jerkier and no deeper in the floor. With
--pieces each score is kept there as soon as it is done, and the same command goes on where it stopped.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor
from tqdm import tqdm

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from being_m0_hf.choreography.judge.facts import failed_facts
from being_m0_hf.choreography.library import OWN_SCORES, load_library
from being_m0_hf.choreography.score.score import Score
from being_m0_hf.evaluation.following.written import performances_of
from being_m0_hf.motion import MODEL_FPS, Motion
from being_m0_hf.motion.physical_metrics import physical_metrics
from being_m0_hf.pipelines.takes.written_takes import STEP_FRAMES, TAKES_FILE, Take, WrittenAction, WrittenTakes
from being_m0_hf.text.mirror import side_words
from being_m0_hf.trainers.run.settings import one_line_errors
from being_m0_hf.training_data.feature_cache import MotionCache
from being_m0_hf.training_data.other_lengths import way_of_length

#: Takes of an action, and how many performances they are chosen from.
TAKES, TRIED = 3, 4
#: Metres that the lowest joint may be lower in another length: facts do not see a body in the floor.
SUNK = 0.06
#: Other lengths, seconds.
SECONDS = (2, 3, 4, 5, 6, 8, 10)
LONGEST = 10.0
#: Facts that a longer motion has more of.
GROWS = ("repeats", "travel")
#: Another length may be so many times as jerky as the take, or as this (100 m/s^3) where that is less.
JERKIER, LEAST_JERK = 1.5, 0.5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, nargs="+", required=True, help="what training/prepare_written.py wrote")
    parser.add_argument("--pieces", type=Path, help="folder for the takes of each score while it is written")
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--leave-out", nargs="*", default=[], metavar="NAME", help="scores that get no takes")
    parser.add_argument("--scores", type=Path, default=OWN_SCORES)
    arguments = parser.parse_args()
    scores = {score.name: score for score in load_library(arguments.scores) if score.name not in arguments.leave_out}
    performances = performances_of([MotionCache(folder, "train_samples") for folder in arguments.cache])
    actions = {}
    for name, score in tqdm(scores.items(), desc="actions", mininterval=5):
        piece = arguments.pieces / name if arguments.pieces else None
        if piece is None or not (piece / TAKES_FILE).is_file():
            takes = tuple(takes_of(score, performances(name)))
            side = side_words(score.text) if score.mirror else []
            action = WrittenAction(takes, side[0] if len(set(side)) == 1 else "")
            if piece:
                piece.mkdir(parents=True, exist_ok=True)
                WrittenTakes({name: action}).save(piece)
        else:
            action = WrittenTakes.load(piece).actions[name]
        if action.takes:
            actions[name] = action
    path = WrittenTakes(actions).save(arguments.checkpoint)
    lengths = sum(len(take.lengths) for action in actions.values() for take in action.takes)
    print(f"{path}: {len(actions)} actions, {lengths} lengths, {path.stat().st_size / 1000:.0f} kB")


def takes_of(score: Score, performances: list[Tensor]) -> list[Take]:
    """Takes of a score's performances (frames, 135): a short, a middle and a long one, with their other lengths."""
    most = round(LONGEST * MODEL_FPS)
    tried = [Take.of(Motion.from_d135(each)) for each in performances if len(each) // STEP_FRAMES * STEP_FRAMES <= most]
    ordered = sorted(tried[:TRIED], key=lambda take: take.steps)
    places = {round(place * (len(ordered) - 1) / (TAKES - 1)) for place in range(TAKES)} if ordered else set()
    chosen = [ordered[place] for place in sorted(places)]
    repeats = any(fact.repeats or fact.times > 1 for fact in score.expect)
    found = [lengths_of(score, take, SECONDS, repeats) for take in chosen]
    if repeats:  # better a pause than nothing
        missing = [seconds for seconds in SECONDS if not any(steps_of(seconds) in lengths for lengths in found)]
        found = [own | lengths_of(score, take, missing) for own, take in zip(found, chosen, strict=True)]
    return [replace(take, lengths=lengths) for take, lengths in zip(chosen, found, strict=True)]


def lengths_of(score: Score, take: Take, wanted: Sequence[float], repeats: bool = False) -> dict[int, tuple[int, ...]]:
    """The take's own length and those of the wanted ones, in seconds, of which the facts hold."""
    found = dict(take.lengths)
    motion = take.motion(take.lengths[take.steps])
    most = JERKIER * max(physical_metrics(motion).jitter, LEAST_JERK)
    for steps in map(steps_of, wanted):
        way = way_of_length(motion, STEP_FRAMES, steps, repeats) or cut(score, take, steps)
        if steps in found or not way:
            continue
        other = take.motion(way)
        sunk, longer = lowest(motion) - lowest(other), max(1.0, steps / take.steps)
        if sunk <= SUNK and physical_metrics(other).jitter <= most and not failed_facts(grown(score, longer), other):
            found[steps] = way
    return found


def steps_of(seconds: float) -> int:
    return round(seconds * MODEL_FPS / STEP_FRAMES)


def grown(score: Score, longer: float) -> Score:
    """The score for a motion that is so many times longer: it may repeat and travel as much more."""
    return replace(
        score,
        expect=tuple(
            replace(fact, **{name: (span[0], span[1] * longer) for name in GROWS if (span := getattr(fact, name))})
            for fact in score.expect
        ),
    )


def lowest(motion: Motion) -> float:
    """Height of the lowest joint, metres."""
    return float(motion.joints()[..., 1].min())


def cut(score: Score, take: Take, steps: int) -> tuple[int, ...] | None:
    """The first steps of a recording, which may end anywhere, as a dance does; None of what is written to its end."""
    return tuple(range(steps)) if score.recording and steps < take.steps else None


if __name__ == "__main__":
    with one_line_errors(), torch.no_grad():
        main()
