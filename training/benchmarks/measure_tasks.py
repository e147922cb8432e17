"""Measure the tasks that begin with a motion: what is said of it, how edits meet what is kept, texts of parts.

    python training/benchmarks/measure_tasks.py --cache runs/cache -o report_tasks

Recorded clips of validation and test are described, each also as seen in a mirror, edited in every way, and the cases
of part texts are made. OUTPUT holds JSON-lines of all outcomes, report.json and report.md; the same command goes on
where it stopped. Clips are drawn by seed, so that two models are measured on the same ones.
"""

import argparse
import json
import random
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from being_m0_hf import load_pipeline
from being_m0_hf.captioner import caption
from being_m0_hf.evaluation.following.parts import PartReport, evaluate_parts
from being_m0_hf.evaluation.metrics.shares import percent
from being_m0_hf.evaluation.tasks.descriptions import DescriptionReport, Teller, evaluate_descriptions
from being_m0_hf.evaluation.tasks.edits import SHORTEST, EditReport, evaluate_edits, evaluate_joins
from being_m0_hf.motion import Motion
from being_m0_hf.pipelines.text_to_motion import MotionPipeline
from being_m0_hf.text.mirror import mirror_text
from being_m0_hf.trainers.run.settings import one_line_errors
from being_m0_hf.training_data.feature_cache import MotionCache

WHAT = ("descriptions", "edits", "joins", "parts")
#: Who is listened to: the pipeline as people use it; the model's likeliest sentences; the captioner, whose sentences
#: come from measures; and the same with left and right exchanged, of which a measure must find most.
TELLERS = ("pipeline", "model alone", "captioner", "captioner, sides exchanged")
#: Seconds that are worth describing.
SHORTEST_TOLD = 1.0
ACTIONS = (
    "a person walks forward", "a person waves with the right hand", "a person turns left", "a person jumps",
    "a person squats", "a person kicks with the right leg", "a person stands still", "a person runs forward",
    "a person raises both arms", "a person bows",
)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="being-m0-mini")
    parser.add_argument("--cache", type=Path, required=True, help="what training/prepare_data.py wrote")
    parser.add_argument("--only", nargs="*", default=WHAT, choices=WHAT, help="measure this alone")
    parser.add_argument("--tellers", nargs="*", default=TELLERS, choices=TELLERS, help="who describes")
    parser.add_argument(
        "--clips", type=int, default=100, help="recorded clips to describe, each mirrored as well (100)"
    )
    parser.add_argument("--edits", type=int, default=40, help="clips to edit (40)")
    parser.add_argument("--joins", type=int, default=20, help="sequences and timelines (20)")
    parser.add_argument("--part-seeds", type=int, default=4, help="generations of every case of part texts (4)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("-o", "--output", type=Path, required=True)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    pipeline = load_pipeline(arguments.model, written=False)
    folder: Path = arguments.output
    folder.mkdir(parents=True, exist_ok=True)
    found: dict = {"model": str(arguments.model), "seed": arguments.seed}
    page: list[str] = []
    if "descriptions" in arguments.only:
        clips = recorded(arguments.cache, arguments.clips, SHORTEST_TOLD, arguments.seed)
        reports = {}
        for name in arguments.tellers:
            file = folder / f"descriptions_{name.replace(', ', '_').replace(' ', '_')}.jsonl"
            reports[name] = evaluate_descriptions(
                teller(name, pipeline), [(clip, motion) for clip, motion, _ in clips], file
            )
        found["descriptions"] = {name: report.to_dict() for name, report in reports.items()}
        page += described(reports)
    edits: list[EditReport] = []
    if "edits" in arguments.only:
        clips = recorded(arguments.cache, arguments.edits, SHORTEST, arguments.seed)
        edits.append(evaluate_edits(pipeline, clips, arguments.seed, folder / "edits.jsonl"))
    if "joins" in arguments.only:
        texts = sequences(arguments.joins, arguments.seed)
        edits.append(evaluate_joins(pipeline, texts, arguments.seed, folder / "joins.jsonl"))
    if edits:
        found["edits"] = {name: row for report in edits for name, row in report.to_dict().items()}
        page += edited(found["edits"])
    if "parts" in arguments.only:
        parts = evaluate_parts(pipeline, arguments.part_seeds, path=folder / "parts.jsonl")
        found["parts"] = parts.to_dict()
        page += told_to_parts(parts)
    (folder / "report.json").write_text(json.dumps(found, indent=1), encoding="utf-8")
    (folder / "report.md").write_text("\n".join(page) + "\n", encoding="utf-8")
    print("\n".join(page))


def recorded(cache: Path, count: int, seconds: float, seed: int) -> list[tuple[str, Motion, str]]:
    """Held-out recordings of at least so many seconds, as they were recorded, each with a sentence."""
    rows = []
    for name in ("val_samples", "test_samples"):
        samples = MotionCache(cache, name)
        rows += [(samples, n, row) for n, row in enumerate(samples.rows) if not row["mirrored"] and row["parts"]]
    rows = [(samples, n, row) for samples, n, row in rows if row["frames"] >= 20 * seconds]
    chosen = random.Random(seed).sample(rows, min(count, len(rows)))
    return [(row["id"], Motion.from_d135(samples[n]), row["captions"][0]["text"]) for samples, n, row in chosen]


def sequences(count: int, seed: int) -> list[tuple[str, ...]]:
    """Actions to do one after the other, two or three."""
    rng = random.Random(seed)
    return [tuple(rng.sample(ACTIONS, rng.choice((2, 3)))) for _ in range(count)]


def teller(name: str, pipeline: MotionPipeline) -> Teller:
    """Who says what a motion shows."""
    if name in ("pipeline", "model alone"):
        checked = name == "pipeline"

        def described(motion: Motion) -> dict[str, tuple[str, str]]:
            return {who: (str(said), said.source) for who, said in pipeline.describe_all(motion, checked).items()}

        return described

    def captioned(motion: Motion) -> dict[str, tuple[str, str]]:
        told = caption(motion)
        texts = {"body": told.body[0]} | {part: said[0] for part, said in told.parts.items()}
        return {who: (mirror_text(text) if "exchanged" in name else text, "measures") for who, text in texts.items()}

    return captioned


def described(reports: Mapping[str, DescriptionReport]) -> list[str]:
    """Tables of what was said."""
    lines = ["## Motion to text", ""]
    for level in ("body", "parts"):
        rows = {name: report.to_dict()[level] for name, report in reports.items()}
        lines += [f"| {level} | " + " | ".join(rows) + " |", "|---" * (1 + len(rows)) + "|"]
        for key in next(iter(rows.values())):
            cells = [
                percent(row[key]) if isinstance(row[key], float) else ", ".join(f"{k} {v}" for k, v in row[key].items())
                if isinstance(row[key], dict) else str(row[key])
                for row in rows.values()
            ]  # fmt: skip
            lines.append(f"| {key} | " + " | ".join(cells) + " |")
        lines.append("")
    for name, report in reports.items():
        lines += [f"Not true, {name}: " + "; ".join(f"{words} ({n})" for words, n in report.wrong_words(15)), ""]
    return lines


def edited(rows: Mapping[str, Mapping[str, float]]) -> list[str]:
    """A table of the edits."""
    names = list(next(iter(rows.values())))
    lines = ["## Edits", "", "| edit | " + " | ".join(names) + " |", "|---" * (1 + len(names)) + "|"]
    lines += [f"| {edit} | " + " | ".join(f"{row[name]:.3g}" for name in names) + " |" for edit, row in rows.items()]
    return [*lines, ""]


def told_to_parts(report: PartReport) -> list[str]:
    """A table of the cases, with why they fail."""
    lines = [
        "## Texts of parts", "", f"{len(report.outcomes)} motions: {percent(report.success())} do it, "
        f"{percent(report.wrong_sides())} with the wrong side, leakage {percent(report.leakage())}.", "",
        "| case | does it | leakage | why not |", "|---|---|---|---|",
    ]  # fmt: skip
    for case in report.cases:
        failed: Sequence[str] = [each.reason for each in report.outcomes if each.case == case.name and not each.passed]
        lines.append(
            f"| {case.name} | {percent(report.success(case.name))} | {percent(report.leakage(case.name))} "
            f"| {' / '.join(failed)} |"
        )
    return [*lines, ""]


if __name__ == "__main__":
    with one_line_errors():
        main()
