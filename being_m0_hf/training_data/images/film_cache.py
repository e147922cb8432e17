"""Pictures of the recordings in a training cache."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ...bodies import makehuman_body
from ...motion import CANONICAL_SKELETON, MIN_FRAMES, Motion
from ..feature_cache import MotionCache
from .person_images import shard_path, write_shard
from .photos import PhotoOptions, photograph

SPLITS = ("train", "val", "test")
#: Frames of a recording that are photographed each time it is drawn.
FRAMES_A_DRAW = 8
MIRRORED = 0.5


@dataclass(frozen=True, eq=False)
class Recording:
    """Features (T, 135) of a recording, its name and where it comes from."""

    name: str
    source: str
    features: Tensor


def recordings(cache_dir: str | Path, subjects: Sequence[str] = (), without: Sequence[str] = ()) -> list[Recording]:
    """Recordings of a training cache, of all its splits, without mirrored ones.

    Args:
        subjects: only theirs, by the beginning of the names; everybody's by default.
        without: and not theirs.
    """
    found = []
    for split in SPLITS:
        cache = MotionCache(Path(cache_dir), split)
        for index, row in enumerate(cache.rows):
            name = row["id"]
            if row.get("mirrored") or row["frames"] < MIN_FRAMES or of_subjects(name, without):
                continue
            if not subjects or of_subjects(name, subjects):
                found.append(Recording(name, row["source"], cache[index]))
    return found


def of_subjects(name: str, subjects: Sequence[str]) -> bool:
    """Whether a recording is one of these subjects': ``cmu/05`` is in ``cmu/05_12``, and not in ``cmu/055_01``."""
    return any(name == subject or name.startswith(f"{subject}_") for subject in subjects)


def make_shards(
    chosen: Sequence[Recording],
    folder: str | Path,
    number: int,
    shard_size: int = 2000,
    seed: int = 0,
    options: PhotoOptions | None = None,
) -> list[Path]:
    """Photograph until there are ``number`` pictures. Shards that are there stay: stopped, it goes on.

    Sources come equally often, and within a source every moment.
    """
    paths = []
    for shard, start in enumerate(range(0, number, shard_size)):
        paths.append(shard_path(folder, shard))
        if not paths[-1].is_file():
            generator = np.random.default_rng([seed, shard])
            write_shard(folder, shard, make_pictures(chosen, min(shard_size, number - start), generator, options))
    return paths


def make_pictures(
    chosen: Sequence[Recording], number: int, generator: np.random.Generator, options: PhotoOptions | None = None
) -> dict[str, Tensor]:
    """So many pictures of recordings; see `photograph`."""
    body = makehuman_body("low").fitted_to(CANONICAL_SKELETON)
    by_source: dict[str, list[Recording]] = {}
    for each in chosen:
        by_source.setdefault(each.source, []).append(each)
    names, batches = sorted(by_source), []
    for _ in range(-(-number // FRAMES_A_DRAW)):
        pool = by_source[names[generator.integers(len(names))]]
        lengths = np.array([len(each.features) for each in pool], dtype=np.float64)
        recording = pool[generator.choice(len(pool), p=lengths / lengths.sum())]
        batches.append(photograph(body, still_frames(recording, generator), generator, options))
    order = torch.from_numpy(generator.permutation(len(batches) * FRAMES_A_DRAW))[:number]
    return {name: torch.cat([batch[name] for batch in batches])[order] for name in batches[0]}


def still_frames(recording: Recording, generator: np.random.Generator) -> Motion:
    """Some frames of a recording where the body stands, mirrored or not: their places do not matter."""
    motion = Motion.from_d135(recording.features)
    if generator.random() < MIRRORED:
        motion = motion.mirrored()
    picked = torch.from_numpy(generator.integers(0, motion.num_frames, FRAMES_A_DRAW))
    return Motion(motion.rotations[picked], torch.zeros(FRAMES_A_DRAW, 3))
