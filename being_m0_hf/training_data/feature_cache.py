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
from collections.abc import Sequence
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


class JoinedCache(MotionCache):
    """Several caches as one, each drawn as often as its share says.

    Weights of the rows become such that a row drawn by weight comes from a cache with that cache's share; within a
    cache they stay in proportion.

    Args:
        folders: of the caches.
        shares: above 0, one for each folder; only their ratios count.
        name: as in `MotionCache`.
        balance, drawn_twice: as in `balanced`, for each cache by itself.
    """

    def __init__(
        self,
        folders: Sequence[Path | str],
        shares: Sequence[float],
        name: str,
        balance: float = 0.0,
        drawn_twice: Sequence[str] = (),
    ) -> None:
        caches = [MotionCache(Path(folder), name) for folder in folders]
        for cache in caches if balance or drawn_twice else ():
            cache.rows = balanced(cache.rows, balance, drawn_twice)
        self.features = torch.cat([cache.features for cache in caches])
        self.offsets, self.rows = [0], []
        scale = sum(map(len, caches)) / sum(shares)  # so that the mean weight is 1
        for cache, share in zip(caches, shares, strict=True):
            start, total = self.offsets[-1], sum(row["weight"] for row in cache.rows)
            self.offsets += [start + offset for offset in cache.offsets[1:]]
            self.rows += [row | {"weight": row["weight"] * scale * share / total} for row in cache.rows]


def balanced(rows: Sequence[dict], balance: float, drawn_twice: Sequence[str] = ()) -> list[dict]:
    """Rows of samples with weights that draw rare categories more often than their samples alone would.

    Args:
        rows: with ``category`` and ``weight``.
        balance: 0 leaves the weights, 1 draws every category equally often; between them a category of total weight w
            is drawn in proportion to w to the power of (1 - balance).
        drawn_twice: categories to draw twice as often on top of that.
    """
    total: dict[str, float] = {}
    for row in rows:
        total[row["category"]] = total.get(row["category"], 0.0) + row["weight"]
    twice = set(drawn_twice)
    weights = [row["weight"] * total[row["category"]] ** -balance * (1 + (row["category"] in twice)) for row in rows]
    scale = len(rows) / sum(weights) if rows else 1.0  # so that the mean weight is 1
    return [row | {"weight": weight * scale} for row, weight in zip(rows, weights, strict=True)]


def open_caches(
    folder: Path | str, more: Sequence[str], name: str, balance: float = 0.0, drawn_twice: Sequence[str] = ()
) -> MotionCache:
    """The cache in a folder, joined with others that have a share each.

    Args:
        folder: of the first cache, which has what the others leave.
        more: others, as ``"folder=share"``, with a share of all samples that are drawn.
        name: as in `MotionCache`.
        balance, drawn_twice: as in `balanced`.

    Raises:
        ValueError: what is no such word, or shares that leave nothing for the first cache.
    """
    if not more and not balance and not drawn_twice:
        return MotionCache(Path(folder), name)
    folders, shares = [str(folder)], [1.0]
    for word in more:
        other, equals, share = word.rpartition("=")
        try:
            folders.append(other)
            shares.append(float(share))
        except ValueError:
            equals = ""
        if not equals or not 0 < shares[-1] < 1:
            raise ValueError(f"more_caches has {word!r}, expected folder=share with a share between 0 and 1")
    shares[0] -= sum(shares[1:])
    if shares[0] <= 0:
        raise ValueError(f"shares of more_caches leave {shares[0]:g} for {folder}; all together must be below 1")
    return JoinedCache(folders, shares, name, balance, drawn_twice)


def draw_caption(row: dict, generator: torch.Generator) -> str:
    """One caption of a row, by weight."""
    weights = torch.tensor([caption.get("weight", 1.0) for caption in row["captions"]])
    return row["captions"][int(torch.multinomial(weights, 1, generator=generator))]["text"]
