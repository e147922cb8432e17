"""HumanML3D's own arrays and captions as its protocol takes them: to check an evaluator against published numbers.

    table = text_table(load_evaluator("t2m"), read_humanml3d_pairs("HumanML3D", "test"))

The row real must then give R@1 .511, R@2 .703, R@3 .797, FID .002, MMDist 2.974 and Diversity 9.503 or nearly so.
Source: ``dataset/dataset_TM_eval.py`` of https://github.com/Mael-zys/T2M-GPT, and ``final_evaluations.py`` of
https://github.com/EricGuo5513/text-to-motion.
"""

import math
import os
import random
from pathlib import Path

import torch
from torch import Tensor

from ...motion import MODEL_FPS
from ...motion.h3d_features import H3D_SIZE
from ...utils.safe_npz import read_plain_array
from ...utils.user_files import read_user_text
from ..held_out import HeldOut
from .networks import FRAMES_PER_UNIT
from .words import read_utf8

#: Shorter clips, and those as long as the second number or longer, are left out.
FRAMES = (40, 200)


def read_humanml3d_pairs(folder: str | os.PathLike, split: str = "test", seed: int = 0) -> HeldOut:
    """Features (frames, 263) and one caption each, as its line with tags.

    A clip is one pair with one of the captions about all of it, and one more for each caption with times. Clips are
    cut to whole units of 4 frames, at random one unit shorter. The published loop draws captions and cuts anew in each
    repeat, here they are drawn once.

    Args:
        folder: with ``new_joint_vecs``, ``texts`` and the list of the split, as HumanML3D is unpacked.
        seed: of the draws.

    Raises:
        FileNotFoundError: no list of the split.
        ValueError: arrays or texts that are not HumanML3D's, or no pair at all.
    """
    folder, draw = Path(folder), random.Random(seed)
    names = folder / f"{split}.txt"
    if not names.is_file():
        raise FileNotFoundError(f"{names} is missing: give the folder of HumanML3D, with new_joint_vecs and texts")
    pairs = []
    for name in read_user_text(names).split():
        array, texts = folder / "new_joint_vecs" / f"{name}.npy", folder / "texts" / f"{name}.txt"
        if not array.is_file() or not texts.is_file():
            continue  # the published lists name clips that the preparation leaves out
        features = torch.from_numpy(read_plain_array(array)).float()
        if features.ndim != 2 or features.shape[1] != H3D_SIZE:
            raise ValueError(f"{array}: has shape {tuple(features.shape)}, expected (frames, {H3D_SIZE})")
        if _fits(features):
            pairs += [(_cut(clip, draw), line) for clip, line in _captioned(features, texts, draw)]
    if not pairs:
        raise ValueError(f"{folder}: no clip of the split {split!r} has an array and a caption with tags")
    return HeldOut(*zip(*pairs, strict=True))


def _captioned(features: Tensor, texts: Path, draw: random.Random) -> list[tuple[Tensor, str]]:
    """Parts of a clip with their captions, and the whole clip with one of its own."""
    found, whole = [], []
    for line in read_utf8(texts).splitlines():
        if line.count("#") < 3:
            continue
        try:
            start, end = (_seconds(number) for number in line.split("#")[2:4])
        except ValueError:
            raise ValueError(f"{texts}: times are not numbers in {line!r}") from None
        if start == end == 0:
            whole.append(line)
            continue
        part = features[int(start * MODEL_FPS) : int(end * MODEL_FPS)]
        if _fits(part):
            found.append((part, line))
    return found + ([(features, draw.choice(whole))] if whole else [])


def _fits(clip: Tensor) -> bool:
    return FRAMES[0] <= len(clip) < FRAMES[1]


def _cut(clip: Tensor, draw: random.Random) -> Tensor:
    units = len(clip) // FRAMES_PER_UNIT - draw.choice((0, 0, 1))
    start = draw.randint(0, len(clip) - units * FRAMES_PER_UNIT)
    return clip[start : start + units * FRAMES_PER_UNIT]


def _seconds(number: str) -> float:
    """HumanML3D writes nan where a time is unknown, which counts as 0."""
    value = float(number)
    return 0.0 if math.isnan(value) else value
