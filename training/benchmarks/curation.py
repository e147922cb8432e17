"""How much of the truth `being-m0 data curate` keeps, and how fast each of its steps is.

    python training/benchmarks/curation.py --cache runs/cache --films --folder runs/films
    python training/benchmarks/curation.py --cache runs/cache --scenes 60 --folder runs/curation

Films recordings of people that no lifter was trained on, with one and two people, cuts, things in the way, 15 to 60
frames a second. With --films, they are dressed and drawn, the files are videos, and the detector has to find people in
them; the films are drawn once, and what of the curation depends on nothing new is used again. Without, the files are of
keypoints with a detector's errors, made up. Curates them, and prints tables in Markdown.
"""

import argparse
import json
import shutil
import sys
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import torch

from being_m0_hf.cli.main import main as being_m0
from being_m0_hf.evaluation.curation import CurationErrors, make_scenes, measure_curation, write_scene
from being_m0_hf.motion import Motion
from being_m0_hf.motionlib.clips import read_clips
from being_m0_hf.trainers.lifting.settings import TEST_SUBJECTS, VALIDATION_SUBJECTS
from being_m0_hf.trainers.run.settings import one_line_errors
from being_m0_hf.training_data.feature_cache import MotionCache
from being_m0_hf.training_data.lifting.joint_tracks import SPLITS
from training.benchmarks.filmed_scenes import FilmOptions, make_films

SHORTEST = 2.5  # s, of a recording
COLUMNS = {
    "scenes": "scenes", "clips": "clips", "kept": "kept", "exchanged": "clips of two people",
    "wrong_frames": "frames of another person", "phantoms": "clips of nobody",
    "p1_mm": "MPJPE, one turn (mm)", "p2_mm": "MPJPE, Procrustes (mm)", "path_mm": "path (mm)",
    "travelled_m": "way gone (m)", "facts": "facts", "facts_hold": "facts hold", "weight": "mean weight",
}  # fmt: skip
PERCENT = ("kept", "facts_hold", "wrong_frames")


def recordings(cache: Path, subjects: tuple[str, ...]) -> list[Motion]:
    """Recordings of some subjects in a training cache, one after the other of all of them."""
    found = []
    for split in SPLITS:
        motions = MotionCache(cache, split)
        for index, row in enumerate(motions.rows):
            if row["id"].startswith(tuple(f"{subject}_" for subject in subjects)) and not row.get("mirrored"):
                found.append((row["id"], Motion.from_d135(motions[index])))
    found = [(name, motion) for name, motion in found if motion.seconds >= SHORTEST]
    # subjects in turn, or the first scenes would all be of one
    turn: Counter[str] = Counter()
    keyed = []
    for name, motion in sorted(found, key=lambda item: item[0]):
        subject = name.rpartition("_")[0]
        keyed.append((turn[subject], subject, motion))
        turn[subject] += 1
    return [motion for _, _, motion in sorted(keyed, key=lambda item: item[:2])]


def main(argv: list[str] | None = None) -> None:
    """Make the scenes, curate them, print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, required=True, help="what training/prepare_data.py wrote")
    parser.add_argument("--films", action="store_true", help="draw pictures, in which people are still to be found")
    parser.add_argument("--scenes", type=int, help="how many (60; of films 30)")
    parser.add_argument("--folder", type=Path, default=Path("runs/curation"), help="where everything is written")
    parser.add_argument("--validation", action="store_true", help="subjects on which thresholds may be chosen")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("options", nargs="*", help="of `being-m0 data curate`, behind --, such as -- --skip refine")
    arguments = parser.parse_args(argv)
    motions = recordings(arguments.cache, VALIDATION_SUBJECTS if arguments.validation else TEST_SUBJECTS)
    videos, out = arguments.folder / "videos", arguments.folder / "set"
    if arguments.films:
        scenes = make_films(motions, videos, FilmOptions(arguments.scenes or 30, seed=arguments.seed))
    else:
        scenes = make_scenes(motions, arguments.scenes or 60, arguments.seed)
        generator = torch.Generator().manual_seed(arguments.seed)
        for scene in scenes:
            write_scene(scene, videos, generator)
    command = ["data", "curate", str(videos), "-o", str(out), "--processes", "1", *arguments.options]
    for _ in range(2):  # the second time, all steps are done already: it tells what the rest takes
        shutil.rmtree(out, ignore_errors=True)
        started = time.process_time()
        if being_m0(command):
            raise SystemExit(2)
        processor = time.process_time() - started
    work = out.with_name(f"{out.name}-work")
    errors = measure_curation(scenes, read_clips(out), work)
    verdicts = {kind: errors.pop(kind) for kind in ("agree", "disagree") if kind in errors}
    print("| scenes of | " + " | ".join(COLUMNS.values()) + " |")
    print("|---" * (len(COLUMNS) + 1) + "|")
    for kind, error in errors.items():
        figures = error.figures()
        cells = [f"{100 * figures[name]:.1f} %" if name in PERCENT else f"{figures[name]:,.4g}" for name in COLUMNS]
        print(f"| {kind} | {' | '.join(cells)} |")
    print_speed(work, scenes, processor)
    print_verdicts(verdicts)


def print_verdicts(verdicts: dict[str, CurationErrors]) -> None:
    """Whether clips on which two models agree are nearer to the truth than others."""
    if verdicts:
        print("\n| both models | clips | MPJPE, one turn (mm) | facts hold |\n|---|---|---|---|")
    for name, error in verdicts.items():
        figures = error.figures()
        print(f"| {name} | {error.clips} | {figures['p1_mm']:.1f} | {100 * figures['facts_hold']:.1f} % |")


def print_speed(work: Path, scenes: list, rest: float) -> None:
    """Seconds of people's motion that each step does in a second of processor time.

    Args:
        rest: processor seconds of what comes after the steps.
    """
    shown = sum(int(person.pixels[:, 0, 0].isfinite().sum()) / scene.fps for scene in scenes for person in scene.people)
    spent: Counter[str] = Counter()
    for path in work.glob("videos/*/*/outcome.json"):
        spent.update(json.loads(path.read_text())["seconds"])
    print(f"\n| step | processor seconds for {shown:.0f} s of people | seconds of people a second |")
    print("|---|---|---|")
    for name, seconds in (*spent.items(), ("texts, filters, shards, page", rest)):
        print(f"| {name} | {seconds:.1f} | {shown / max(seconds, 1e-9):,.1f} |")


if __name__ == "__main__":
    with one_line_errors():
        main()
