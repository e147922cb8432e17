"""Train HumMUSS, its rival and its ablations side by side: the same batches, the same number of steps.

    python training/studies/compare_lifters.py --config training/configs/lifters/all.yaml
    python training/studies/compare_lifters.py --config .../all.yaml 'rows=[base, rival]' 'seeds=[0, 1, 2]' seconds=400
    python -m training.tools.measure_lifters --tracks runs/lifting_tracks.safetensors runs/lifters/base-0 ...

Each row is a YAML file beside the table's: settings of train_lifter.py that replace those of base.yaml. Rows that learn
from the same data get the same batches. All models of a call take their steps together, for so many seconds or, by
default, for base.yaml's steps, and are saved as they go: a call that was cut off is a shorter training. What was
finished is not trained again.
"""

import json
import sys
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import torch

from being_m0_hf.trainers.lifting.settings import LifterSettings
from being_m0_hf.trainers.lifting.side_by_side import SideBySide
from being_m0_hf.trainers.run.allowed_values import HIGHEST_SEED, CheckedSettings, amount, choice, several, text, whole
from being_m0_hf.trainers.run.settings import one_line_errors, read_settings, read_values
from being_m0_hf.utils.atomic_files import write_whole

BASE = "base"


@dataclass
class CompareSettings(CheckedSettings):
    """Settings of a comparison.

    Args:
        rows: names of YAML files in the folder `rows_dir`.
        seeds: of the weights; each row is trained with each.
        tracks, cache_dir: as of `LifterSettings`, for all rows.
        seconds: how long to train; 0 trains for the steps of base.yaml.
        batch_size: frames of a batch in place of the rows' own; 0 keeps those.
        steps: in place of base.yaml's; 0 keeps those.
        save_seconds: between two saves.
        device: `auto`, `cpu` or `cuda`.
    """

    output_dir: str = text("runs/lifters")
    rows_dir: str = text("training/configs/lifters")
    rows: list[str] = several([BASE], filled=False)
    seeds: list[int] = several([0], 0, HIGHEST_SEED, filled=False)
    tracks: str = text("runs/lifting_tracks.safetensors")
    cache_dir: str = text("runs/cache")
    seconds: float = amount(0.0)
    batch_size: int = whole(0, 0)
    steps: int = whole(0, 0)
    save_seconds: float = amount(60.0)
    device: str = choice("auto", "cpu", "cuda")


def run_settings(study: CompareSettings, row: str, seed: int) -> LifterSettings:
    """Settings of one model: base.yaml, then the row's own, then the study's."""
    folder = Path(study.rows_dir)
    shared = {"tracks": study.tracks, "cache_dir": study.cache_dir, "seed": seed}
    shared |= {name: getattr(study, name) for name in ("batch_size", "steps") if getattr(study, name)}
    changes = read_values(folder / f"{row}.yaml") | shared
    words = [f"{name}={json.dumps(value)}" for name, value in changes.items()]
    return read_settings(LifterSettings, __doc__, ["--config", str(folder / f"{BASE}.yaml"), *words])


def main(argv: list[str] | None = None) -> None:
    """Train what is not finished yet."""
    study = read_settings(CompareSettings, __doc__, argv)
    with one_line_errors():
        folder = Path(study.output_dir)
        runs = {f"{row}-{seed}": run_settings(study, row, seed) for row in study.rows for seed in study.seeds}
        finished = folder / "finished.txt"
        done = finished.read_text().split() if finished.is_file() else []
        runs = {name: settings for name, settings in runs.items() if name not in done}
        if not runs:
            print(f"{folder}: all rows are finished")
            return
        device = torch.device("cuda" if torch.cuda.is_available() and study.device != "cpu" else "cpu")
        if study.device == "cuda" and device.type != "cuda":
            raise ValueError("device is cuda, but there is none; set device to auto")
        training = SideBySide(runs, folder, device)
        training.train(study.seconds, study.save_seconds)
        write_whole(finished, "".join(f"{name}\n" for name in [*done, *runs]).encode())


if __name__ == "__main__":
    with one_line_errors():
        main()
