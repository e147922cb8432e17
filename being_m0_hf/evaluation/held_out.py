"""Held-out motions with their texts: what a model is measured against."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from being_m0_hf.motion import MODEL_FPS

from ..training_data.feature_cache import MotionCache

SPLITS = ("val", "test", "train")


@dataclass(frozen=True)
class HeldOut:
    """Pairs of a motion and one sentence about it.

    Args:
        features: of each, at 20 fps: (frames, 135) SMPL-D135, or (frames, 263) of HumanML3D from `humanml3d_pairs`,
            which HumanML3D's evaluator alone reads.
        texts: one each.
    """

    features: tuple[Tensor, ...]
    texts: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.texts or len(self.features) != len(self.texts):
            raise ValueError(f"{len(self.features)} motions and {len(self.texts)} texts: give one text for each motion")

    def __len__(self) -> int:
        return len(self.texts)


def load_held_out(
    data: str | os.PathLike, split: str = "val", samples: int = 0, longest: float | None = None, seed: int = 0
) -> HeldOut:
    """Pairs of a training cache (`training/prepare_data.py`) or of a MotionLib data set (`being-m0 data build`).

    Args:
        data: folder of the cache, or folder or Hub id of the data set.
        split: ``val``, ``test`` or ``train``.
        samples: how many to draw, 0 for all; the same seed draws the same ones.
        longest: leave out motions longer than this, seconds.
        seed: also of the choice of a sentence where a motion has several.

    Raises:
        FileNotFoundError: no such data.
        ValueError: no motion with a text in the split.
    """
    generator = torch.Generator().manual_seed(seed)
    if (Path(data) / f"{split}_samples.jsonl").is_file():
        pairs = _read_cache(Path(data), split, generator)
    else:
        pairs = _read_dataset(data, split, generator)
    pairs = [(clip, text) for clip, text in pairs if longest is None or len(clip) <= longest * MODEL_FPS]
    if samples:
        order = torch.randperm(len(pairs), generator=generator)[:samples]
        pairs = [pairs[index] for index in order.tolist()]
    if not pairs:
        raise ValueError(f"{data} has no motion with a text in split {split!r}; build it with captions")
    features, texts = zip(*pairs, strict=True)
    return HeldOut(features, texts)


def cached_clips(folder: str | os.PathLike, split: str) -> list[Tensor]:
    """The whole clips of a training cache's split, without the augmented copies: what a motion tokenizer codes."""
    cache = MotionCache(Path(folder), split)
    return [cache[index] for index, row in enumerate(cache.rows) if row["kind"] == "clip" and not row["mirrored"]]


def _read_cache(folder: Path, split: str, generator: torch.Generator) -> list[tuple[Tensor, str]]:
    cache = MotionCache(folder, f"{split}_samples")
    pairs = []
    for index, row in enumerate(cache.rows):
        weights = [caption.get("weight", 1.0) for caption in row["captions"]]
        pairs.append((cache[index], row["captions"][_draw(weights, generator)]["text"]))
    return pairs


def _read_dataset(data: str | os.PathLike, split: str, generator: torch.Generator) -> list[tuple[Tensor, str]]:
    from ..motionlib.view import MotionLibDataset  # needs the extra "data"

    clips = MotionLibDataset(data, split)
    rows = (clips[index] for index in range(len(clips)))
    return [(row["features"], row["body"][_draw([1.0] * len(row["body"]), generator)]) for row in rows if row["body"]]


def _draw(weights: Sequence[float], generator: torch.Generator) -> int:
    return int(torch.multinomial(torch.tensor(weights), 1, generator=generator))
