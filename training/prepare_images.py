"""Pictures of a recorded body: crops of our own CC0 body in recorded poses, for train_image_model.py.

    python training/prepare_images.py --cache runs/cache --out runs/images/train --number 40000
    python training/prepare_images.py --cache runs/cache --out runs/images/test --number 2000 --subjects test --seed 1

By default nobody is photographed whom the lifters' and image models' tests hold out. Interrupted, the same command goes
on where it stopped. With a graphics card, ``--device cuda`` draws thousands a second.
"""

import argparse
from pathlib import Path

import torch
from tqdm import tqdm

from being_m0_hf.trainers.lifting.settings import TEST_SUBJECTS, VALIDATION_SUBJECTS
from being_m0_hf.trainers.run.settings import one_line_errors
from being_m0_hf.training_data.images import Model, PhotoOptions, PoseBank
from being_m0_hf.training_data.images.film_cache import Studio, make_shards
from being_m0_hf.training_data.images.poses import recordings

SHARD = 2000


def main(argv: list[str] | None = None) -> None:
    """Photograph."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, required=True, help="what training/prepare_data.py wrote")
    parser.add_argument("--out", type=Path, required=True, help="folder for the shards")
    parser.add_argument("--number", type=int, default=40_000, help="pictures (40000)")
    parser.add_argument("--size", type=int, nargs=2, default=(128, 96), metavar=("H", "W"), help="of a crop (128 96)")
    parser.add_argument("--subjects", choices=("train", "validation", "test"), default="train", help="whose recordings")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="cpu", help="that draws (cpu)")
    arguments = parser.parse_args(argv)
    torch.set_num_threads(1)
    chosen = {"train": (), "validation": VALIDATION_SUBJECTS, "test": TEST_SUBJECTS}[arguments.subjects]
    without = (*VALIDATION_SUBJECTS, *TEST_SUBJECTS) if arguments.subjects == "train" else ()
    found = recordings(arguments.cache, chosen, without)
    bank, model = PoseBank.of(found, arguments.device), Model.of(device=arguments.device)
    studio = Studio(bank, model, PhotoOptions(image_size=tuple(arguments.size)))
    shards = make_shards(studio, arguments.out, arguments.number, SHARD, arguments.seed)
    for _ in tqdm(shards, total=-(-arguments.number // SHARD), desc="shards"):
        pass
    print(arguments.out)


if __name__ == "__main__":
    with one_line_errors():
        main()
