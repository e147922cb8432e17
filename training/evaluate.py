"""Measure a trained model: does the motion do what the text says, and how well is motion coded?

    python training/evaluate.py --model being-m0-mini --out runs/evaluation
    python training/evaluate.py --model runs/lm_mini --seeds 2 --kinds bow cartwheel --pictures
    python training/evaluate.py --model runs/lm_mini --wordings heldout --cache runs/cache

Writes outcomes.jsonl (one line per generation, which is what an interrupted run goes on from), report.md, report.json
and, with --pictures, a contact sheet per kind. The same model, options and seeds give the same numbers.
"""

import argparse
import json
import sys
from collections import defaultdict
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from being_m0_hf.data.cache import MotionCache
from being_m0_hf.evaluation import CHECKS, FollowingReport, Outcome, evaluate_following
from being_m0_hf.evaluation.reconstruction import evaluate_reconstruction
from being_m0_hf.motion import Motion
from being_m0_hf.pipeline import MotionPipeline, load_pipeline
from being_m0_hf.rendering import contact_sheets


class PictureBook:
    """Keeps a few motions of every kind, failures before successes, and draws them."""

    def __init__(self, rows: int = 10):
        self.rows = rows
        self.kept: dict[str, list[tuple[bool, str, Motion]]] = defaultdict(list)

    def add(self, outcome: Outcome, motions: tuple[Motion, ...]) -> None:
        verdict = "passes" if outcome.passed else "FAILS"
        title = f"{verdict}: {outcome.text} (seed {outcome.seed})  {outcome.reason}"
        kept = self.kept[outcome.kind]
        kept += [(outcome.passed, title, motion) for motion in motions]
        kept.sort(key=lambda entry: entry[0])
        del kept[self.rows :]

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for kind, kept in self.kept.items():
            titles = [title for _, title, _ in kept]
            contact_sheets([motion for _, _, motion in kept], folder / f"{kind}.png", titles=titles)


def parse_arguments(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True, help="folder or name of the model")
    parser.add_argument("--out", type=Path, default=Path("runs/evaluation"), help="folder for the results")
    parser.add_argument("--kinds", nargs="*", choices=list(CHECKS), metavar="KIND", help=", ".join(CHECKS))
    parser.add_argument("--seeds", type=int, default=4, help="generations of every wording")
    parser.add_argument("--wordings", choices=["all", "seen", "heldout"], default="all")
    parser.add_argument("--seconds", type=float, help="length to ask for, instead of each kind's own")
    parser.add_argument("--guidance-scale", type=float, help="instead of the model's own")
    parser.add_argument("--temperature", type=float, help="instead of the model's own")
    parser.add_argument("--top-p", type=float, help="instead of the model's own")
    parser.add_argument("--cache", type=Path, help="training cache: also measures how well its clips are reconstructed")
    parser.add_argument("--split", choices=["train", "val", "test"], default="val", help="split of the cache")
    parser.add_argument("--pictures", action="store_true", help="save contact sheets, failures first")
    return parser.parse_args(argv)


def claim_folder(out: Path, settings: dict) -> None:
    """Outcomes of another model or other options must not be mixed in. Exits with 2 when they would be."""
    out.mkdir(parents=True, exist_ok=True)
    path = out / "settings.json"
    if path.is_file() and json.loads(path.read_text(encoding="utf-8")) != settings:
        print(f"{out} holds an evaluation with other settings ({path}); choose another --out", file=sys.stderr)
        sys.exit(2)
    path.write_text(json.dumps(settings, indent=2) + "\n", encoding="utf-8")


def reconstruction(pipeline: MotionPipeline, cache: Path, split: str) -> dict[str, dict[str, float]]:
    """Coding quality on the whole clips of a split, without the augmented copies: as it is, and in a closed loop."""
    clips = MotionCache(cache, split)
    whole = [clips[index] for index, row in enumerate(clips.rows) if row["kind"] == "clip" and not row["mirrored"]]
    tokenizer = pipeline.model.motion_tokenizer
    return {
        "reconstruction": evaluate_reconstruction(tokenizer, whole),
        "reconstruction, closed loop": evaluate_reconstruction(tokenizer, whole, closed_loop=True),
    }


def markdown(report: FollowingReport, coding: dict[str, dict[str, float]]) -> str:
    """The report's table, and the other metrics below it."""
    text = report.to_markdown()
    for title, metrics in {"generated motion": report.physical(), **coding}.items():
        if metrics:
            rows = "".join(f"| {name.replace('_', ' ')} | {value:.3g} |\n" for name, value in metrics.items())
            text += f"\n| {title} | |\n|---|---|\n{rows}"
    return text


def main(argv: list[str] | None = None) -> None:
    arguments = parse_arguments(argv)
    options = {
        "guidance_scale": arguments.guidance_scale,
        "temperature": arguments.temperature,
        "top_p": arguments.top_p,
    }
    options = {name: value for name, value in options.items() if value is not None}
    claim_folder(arguments.out, {"model": arguments.model, "seconds": arguments.seconds, **options})
    pipeline = load_pipeline(arguments.model)
    book = PictureBook()
    report = evaluate_following(
        partial(pipeline, **options),
        kinds=arguments.kinds,
        seeds=range(arguments.seeds),
        wordings=arguments.wordings,
        seconds=arguments.seconds,
        path=arguments.out / "outcomes.jsonl",
        on_outcome=book.add if arguments.pictures else None,
    )
    book.save(arguments.out / "pictures")
    coding = reconstruction(pipeline, arguments.cache, arguments.split) if arguments.cache else {}
    table = markdown(report, coding)
    (arguments.out / "report.md").write_text(table, encoding="utf-8")
    summary = report.to_dict() | coding
    (arguments.out / "report.json").write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")
    print(table)


if __name__ == "__main__":
    main()
