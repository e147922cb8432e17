"""The training cache: D135 features in safetensors files, and one jsonl line of words per sequence.

For each split there are two pairs of files, ``<split>`` with every clip whole (for the motion tokenizer) and
``<split>_samples`` with the short captioned samples (for the language model). ``<name>.safetensors`` holds
``features`` (frames, 135) float32 at 20 fps, all sequences back to back, and ``offsets`` (sequences + 1) int64;
``<name>.jsonl`` has one line per sequence, in the same order. A line of samples has: id, source, split, kind, category,
action, style, mirrored, frames, weight (how often to draw it, mean 1), captions [{text, kind, weight}] of which one is
drawn by weight, and parts [{part: text}], some wordings of what each body part does.

``wordings_samples`` are training motions with sentences that no training sample has: they tell whether words that are
new are understood, and nothing about motions that are.

``text_only.txt`` has one caption per line, without motion.
"""

import json
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from ..utils.atomic_files import whole_file
from ..utils.user_files import UserFileError, read_user_json_lines


class CacheWriter:
    """Collects the sequences of one pair of files and writes them at once."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self.name = Path(folder), name
        self.rows: list[dict] = []
        self._features: list[Tensor] = []

    def add(self, features: Tensor, **row) -> None:
        """Append a sequence: (T, 135) features and what its jsonl line says."""
        self._features.append(features.float().contiguous())
        self.rows.append({**row, "frames": features.shape[0]})

    def save(self) -> int:
        """Write both files; returns the number of frames."""
        self.folder.mkdir(parents=True, exist_ok=True)
        lengths = torch.tensor([0] + [len(features) for features in self._features])
        features = torch.cat(self._features) if self._features else torch.zeros(0, 135)
        arrays = {"features": features, "offsets": lengths.cumsum(0)}
        with whole_file(self.folder / f"{self.name}.safetensors") as partial:
            save_file(arrays, partial)
        with whole_file(self.folder / f"{self.name}.jsonl") as partial, open(partial, "w", encoding="utf-8") as lines:
            lines.writelines(json.dumps(row) + "\n" for row in self.rows)
        return len(features)


class MotionCache:
    """One pair of files of a written cache: ``train`` has the whole clips, ``train_samples`` the captioned samples.

    Raises:
        FileNotFoundError: the cache was not made yet; the message says how.
        UserFileError: it is damaged.
    """

    def __init__(self, folder: Path, name: str) -> None:
        path = Path(folder) / f"{name}.safetensors"
        if not path.is_file():
            raise FileNotFoundError(f"{path} is missing: run training/prepare_data.py --out {folder} first")
        try:
            arrays = load_file(path)
            self.features: Tensor = arrays["features"]
            self.offsets: list[int] = arrays["offsets"].tolist()
        except (SafetensorError, KeyError) as error:
            raise UserFileError(f"{path}: is damaged ({error}); run training/prepare_data.py again") from None
        self.rows: list[dict] = read_user_json_lines(path.with_suffix(".jsonl"))
        if len(self.offsets) != len(self.rows) + 1 or self.offsets[-1] != len(self.features):
            raise UserFileError(f"{path}: belongs to another {name}.jsonl; run training/prepare_data.py again")

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> Tensor:
        """(T, 135) features of a sequence, physical units, 20 fps."""
        return self.features[self.offsets[index] : self.offsets[index + 1]]


def draw_caption(row: dict, generator: torch.Generator) -> str:
    """One caption of a row, by weight."""
    weights = torch.tensor([caption.get("weight", 1.0) for caption in row["captions"]])
    return row["captions"][int(torch.multinomial(weights, 1, generator=generator))]["text"]
