"""Measure lifters on the subjects that none was trained on.

python -m training.tools.measure_lifters --tracks runs/lifting_tracks.safetensors hummuss-mini hummuss-mini-causal
"""

import argparse
import json
from pathlib import Path

import torch

from being_m0_hf.evaluation.lifting import TransformerLifter
from being_m0_hf.evaluation.lifting.measure import measure_errors, sequential_cost, stream_cost
from being_m0_hf.models import HumMussForPoseLifting
from being_m0_hf.models.checkpoint_files import read_json
from being_m0_hf.models.shipped_checkpoints import checkpoint_folder
from being_m0_hf.trainers.lifting.settings import TEST_SUBJECTS
from being_m0_hf.trainers.lifting.train import of_subjects
from being_m0_hf.training_data.lifting import read_tracks


def main(argv: list[str] | None = None) -> None:
    """Print one line of JSON for each figure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="+", help="folders of lifters, or names that ship")
    parser.add_argument("--tracks", type=Path, required=True, help="what training/train_lifter.py made")
    parser.add_argument("--clips", type=int, default=60, help="of each kind (60)")
    parser.add_argument("--frames", type=int, default=10_000, help="of a stream (10,000)")
    parser.add_argument("--only", nargs="*", default=[], help='figures, as "81 frames at 30", and no cost')
    arguments = parser.parse_args(argv)
    tracks = [track for track in read_tracks(arguments.tracks) if of_subjects(track, TEST_SUBJECTS)]
    for name in arguments.models:
        folder = checkpoint_folder(name)
        rival = read_json(folder / "config.json")["model_type"] != "hummuss"
        model = (TransformerLifter if rival else HumMussForPoseLifting).from_pretrained(folder).eval()
        with torch.no_grad():
            rows = measure_errors(model, tracks, arguments.clips, only=arguments.only)
        if not arguments.only:
            rows.append({"what": "seeing 243 frames again, ms", "value": sequential_cost(model)})
        if not arguments.only and isinstance(model, HumMussForPoseLifting) and model.config.causal:
            rows.append({"what": f"stream of {arguments.frames:,} frames"} | stream_cost(model, arguments.frames))
        for row in rows:
            print(json.dumps({"model": str(name)} | row), flush=True)


if __name__ == "__main__":
    main()
