"""Which of the written actions does a model do? Asked in words, judged by each score's own facts.

    python training/tools/measure_written.py --cache runs/cache_written --more runs/cache runs/cache_more -o written

For each score: what the model makes of some of its sentences (the best of its candidates, and the first alone), its own
performances as their tokens decode, and the nearest training clip, found by the text without the asked sentence itself.
All of them are settled as the pipeline does. Takes of written actions, which it shows in place of what the model makes,
are a row of their own and off in the others. So is its choice of candidates by the very facts that are asked for here:
that row says what visitors get, not that the facts suffice. OUTPUT/outcomes.jsonl has every motion, OUTPUT/report.md
each action; the same command goes on where it stopped.
"""

import argparse
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from being_m0_hf import load_pipeline
from being_m0_hf.choreography.judge.asked import missing_facts
from being_m0_hf.choreography.library import OWN_SCORES, load_library
from being_m0_hf.choreography.score.score import Score
from being_m0_hf.evaluation.following.written import TrainingSentences, asked_sentences, performances_of
from being_m0_hf.evaluation.kept_outcomes import append_outcomes, read_outcomes
from being_m0_hf.motion import Motion
from being_m0_hf.pipelines.postprocess import as_tokens
from being_m0_hf.pipelines.text_to_motion import MotionPipeline
from being_m0_hf.training_data.feature_cache import MotionCache
from being_m0_hf.understanding.encoder import sentence_encoder

#: What is compared, in the order of the report.
ROWS = (
    "best candidate",
    "first candidate",
    "performance as tokens",
    "nearest training clip",
    "takes, where shown",
    "best by its facts",
)
#: Sentences in one call.
BATCH = 8
#: Performances of a score that are coded.
TAKES = 4
Judged = tuple[Score, str, Motion]


@dataclass(frozen=True)
class Outcome:
    """One motion of one row of the report.

    Args:
        lacks: facts of the score that it has not.
    """

    row: str
    score: str
    text: str
    lacks: list[str]
    seconds: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="being-m0-mini")
    parser.add_argument("--cache", type=Path, required=True, help="what training/prepare_written.py wrote")
    parser.add_argument("--more", type=Path, nargs="*", default=[], help="the other caches of training")
    parser.add_argument("--scores", type=Path, default=OWN_SCORES)
    parser.add_argument("--names", nargs="*", default=[], help="scores; all by default")
    parser.add_argument("--wordings", type=int, default=2, help="sentences of each score (2)")
    parser.add_argument("--held-out", action="store_true", help="sentences that training never saw")
    parser.add_argument("--rows", nargs="*", default=ROWS, choices=ROWS)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("-o", "--output", type=Path, required=True)
    arguments = parser.parse_args()
    scores = load_library(arguments.scores, arguments.names)
    pipeline = load_pipeline(arguments.model, written=False, checked=False)
    asked = [
        (score, text) for score in scores for text in asked_sentences(score, arguments.wordings, arguments.held_out)
    ]
    arguments.output.mkdir(parents=True, exist_ok=True)
    file = arguments.output / "outcomes.jsonl"
    written = MotionCache(arguments.cache, "train_samples")
    caches = [written, *(MotionCache(folder, "train_samples") for folder in arguments.more)]
    makers: dict[str, Callable[[], Iterator[Judged]]] = {
        ROWS[0]: lambda: generated(pipeline, asked, arguments.seed, None),
        ROWS[1]: lambda: generated(pipeline, asked, arguments.seed, 1),
        ROWS[2]: lambda: performed(pipeline, scores, written),
        ROWS[3]: lambda: retrieved(pipeline, asked, caches),
        ROWS[4]: lambda: shown(load_pipeline(arguments.model), asked, arguments.seed),
        ROWS[5]: lambda: generated(load_pipeline(arguments.model, written=False), asked, arguments.seed, None),
    }  # fmt: skip
    for row in arguments.rows:
        if any(each["row"] == row for each in read_outcomes(file)):
            continue
        made = []
        for score, text, motion in makers[row]():
            lacks = missing_facts(score, motion, text)
            made.append(Outcome(row, score.name, text, list(lacks), motion.seconds))
        append_outcomes(file, made)
    page = report(read_outcomes(file))
    (arguments.output / "report.md").write_text(page, encoding="utf-8")
    print(page.partition("\n\n")[0])


def generated(
    pipeline: MotionPipeline, asked: Sequence[tuple[Score, str]], seed: int, candidates: int | None
) -> Iterator[Judged]:
    """What the model makes of sentences."""
    starts = range(0, len(asked), BATCH)
    for start in tqdm(starts, desc="motions", unit="batch", mininterval=10):
        batch = asked[start : start + BATCH]
        motions = pipeline([text for _, text in batch], seed=seed, candidates=candidates)
        yield from ((score, text, motion) for (score, text), motion in zip(batch, motions, strict=True))


def shown(pipeline: MotionPipeline, asked: Sequence[tuple[Score, str]], seed: int) -> Iterator[Judged]:
    """The takes that the pipeline shows in place of what the model makes, of the sentences that get one."""
    for score, text in tqdm(asked, desc="takes", mininterval=10):
        if pipeline.understand(text).source:
            yield score, text, pipeline(text, seed=seed)


def performed(pipeline: MotionPipeline, scores: Sequence[Score], cache: MotionCache) -> Iterator[Judged]:
    """The first performances of each score, as their tokens decode."""
    performances = performances_of([cache])
    for score in tqdm(scores, desc="performances", unit="score", mininterval=10):
        for features in performances(score.name)[:TAKES]:
            yield score, score.text, as_tokens(features, pipeline.model.motion_tokenizer)


def retrieved(
    pipeline: MotionPipeline, asked: Sequence[tuple[Score, str]], caches: list[MotionCache]
) -> Iterator[Judged]:
    """The training sample whose sentence comes nearest, the asked sentence itself left out."""
    encoder = sentence_encoder()
    sentences = TrainingSentences.of(caches, encoder)
    found = sentences.nearest([text for _, text in asked], encoder)
    for (score, text), index in zip(tqdm(asked, desc="nearest clips", mininterval=10), found, strict=True):
        cache, row = sentences.rows[index]
        yield score, text, as_tokens(caches[cache][row], pipeline.model.motion_tokenizer)


def report(outcomes: Sequence[dict]) -> str:
    """A table of all, and one of every action."""
    done: dict[str, dict[str, list[bool]]] = defaultdict(lambda: defaultdict(list))
    for each in outcomes:
        done[each["score"]][each["row"]].append(not each["lacks"])
    rows = [row for row in ROWS if any(row in rows for rows in done.values())]
    lines = ["| | motions | facts hold | actions, half or more |", "|---|---|---|---|"]
    for row in rows:
        held = [passed for found in done.values() for passed in found.get(row, ())]
        shares = [sum(found[row]) / len(found[row]) for found in done.values() if found.get(row)]
        half = f"{sum(share >= 0.5 for share in shares)} of {len(shares)}"
        lines.append(f"| {row} | {len(held)} | {sum(held) / len(held):.0%} | {half} |")
    lines += ["", "| action | " + " | ".join(rows) + " |", "|---" * (len(rows) + 1) + "|"]
    for name in sorted(done):
        cells = [f"{sum(f)} of {len(f)}" if (f := done[name].get(row)) else "" for row in rows]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
