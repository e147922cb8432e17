"""Embeddings of texts and motions that belong together, and those that are brought along in a file."""

import os
from dataclasses import dataclass
from zipfile import BadZipFile

import numpy as np
import torch
from torch import Tensor


@dataclass(frozen=True)
class PairedEmbeddings:
    """Texts and motions in one space, row i of one belonging to row i of the other: (N, D) each."""

    text: Tensor
    motion: Tensor

    def __post_init__(self) -> None:
        if self.text.ndim != 2 or self.text.shape != self.motion.shape:
            raise ValueError(
                f"text embeddings {tuple(self.text.shape)} and motion embeddings {tuple(self.motion.shape)} "
                "must have one shape (pairs, dimensions)"
            )
        if not (torch.isfinite(self.text).all() and torch.isfinite(self.motion).all()):
            raise ValueError("the embeddings hold NaN or infinity")

    def __len__(self) -> int:
        return len(self.text)

    def __getitem__(self, rows: Tensor | slice) -> "PairedEmbeddings":
        return PairedEmbeddings(self.text[rows], self.motion[rows])


def load_embeddings(path: str | os.PathLike) -> dict[str, Tensor]:
    """Embeddings that another evaluator made, such as HumanML3D's original one: arrays of an .npz file, as float32.

    The metrics of this package take them as they are, so numbers of published tables can be computed with the
    evaluator they were made with. Nothing is unpickled: convert a checkpoint's outputs with `numpy.savez`.

    Args:
        path: .npz with ``text`` and ``motion`` (N, D), and where known ``generated`` (N, D) and ``multimodal``
            (texts, samples, D).

    Raises:
        ValueError: not such a file.
    """
    try:
        with np.load(path, allow_pickle=False) as arrays:
            found = {name: torch.from_numpy(arrays[name].astype(np.float32)) for name in arrays.files}
    except (BadZipFile, ValueError, AttributeError) as error:
        raise ValueError(f"{path} is no .npz file of plain arrays: {error}") from error
    missing = [name for name in ("text", "motion") if name not in found]
    if missing:
        raise ValueError(f"{path} has no array {' and no array '.join(missing)}; it holds {', '.join(found) or 'none'}")
    return found
