"""MotionLib rows as models take them: features at the models' frame rate, texts, mirrored copies, and batches.

stream = MotionStream("owner/name", "train", columns=VIEW_COLUMNS, transform=MotionView(mirror=0.5))
loader = DataLoader(stream, batch_size=64, num_workers=8, collate_fn=collate)
rows = datasets.load_dataset("owner/name", split="train").map(MotionView())  # features beside the columns
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import datasets
import numpy as np
import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import Dataset

from ..motion import CANONICAL_SKELETON, MIN_FRAMES, MODEL_FPS, NUM_JOINTS
from ..motion.batched_features import batched_d135, mirror_frames
from ..text.mirror import mirror_all_parts, mirror_name, mirror_text
from .schema import row_to_motion
from .shards import list_shards
from .stream import table_to_rows

#: What a view reads; scores, flags and origins stay on disk.
VIEW_COLUMNS = (
    "id", "source", "fps", "rotations", "translation", "rest_offsets", "body", "parts", "timed", "labels",
)  # fmt: skip
_ROTATION_NUMBERS = 4 * NUM_JOINTS


@dataclass(frozen=True)
class MotionView:
    """Gives rows features, many rows at once, which is several times as fast as one by one.

    Of a row with `VIEW_COLUMNS` it keeps ``id``, ``source`` and all texts (``body``, ``parts``, ``timed``, ``labels``),
    and adds ``features``, (T, 135) SMPL-D135 at 20 fps on the canonical skeleton, and ``mirrored``: whether left and
    right are exchanged, in the features and in all texts.

    Args:
        mirror: the share of rows that are shown mirrored, 0 to 1.
    """

    mirror: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.mirror <= 1:
            raise ValueError(f"mirror is {self.mirror}, expected a share from 0 to 1")

    def __call__(
        self, rows: Sequence[dict] | Mapping, draws: Sequence[random.Random] | None = None
    ) -> list[dict] | dict:
        """Rows with features; whether a row is mirrored is drawn from its own generator.

        Args:
            rows: a list of rows, or what ``datasets`` hands to a function: one row in ``Dataset.map(view)``, columns of
                several in ``Dataset.map(view, batched=True)`` and ``with_transform(view)``.
            draws: a generator for each row; by its id without them, the same on every machine.

        Returns:
            The same form: a list of rows, a row, or columns.

        Raises:
            ValueError: a column that a view needs is not there.
            MotionError: a row's numbers are no motion; the message names the clip.
        """
        if not isinstance(rows, Mapping):
            draws = [random.Random(row["id"]) for row in rows] if draws is None else draws
            return with_features(rows, [draw.random() < self.mirror for draw in draws])
        missing = [name for name in VIEW_COLUMNS if name not in rows]
        if missing:
            raise ValueError(f"the rows have no {', '.join(missing)}; a view needs {', '.join(VIEW_COLUMNS)}")
        if isinstance(rows["id"], str):
            return _plain(self([dict(rows)])[0])
        columns = {name: rows[name] for name in VIEW_COLUMNS}
        shown = self([dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)])
        return {name: [_plain(row)[name] for row in shown] for name in shown[0]} if shown else {}


def with_features(rows: Sequence[dict], mirrored: Sequence[bool]) -> list[dict]:
    """What `MotionView` gives of each row, as ``datasets`` or `MotionStream` gives it, mirrored where asked.

    Raises:
        MotionError: a row's numbers are no motion; the message names the clip.
    """
    features = _features(rows, mirrored)
    return [
        _viewed(row, clip_features, mirror) for row, clip_features, mirror in zip(rows, features, mirrored, strict=True)
    ]


class MotionLibDataset(Dataset):
    """The rows of one split by index, as a `MotionView` shows them, for sets that fit a disk.

    `MotionStream` is for larger ones.

    Args:
        data: folder or Hub id of a data set, or rows that ``datasets`` has already loaded.
        split: of a folder or Hub id.
        view: how rows are shown.
        seed: of the view's draws, which change from epoch to epoch (`set_epoch`).
    """

    def __init__(
        self,
        data: str | Path | datasets.Dataset,
        split: str = "train",
        view: MotionView = MotionView(),
        seed: int = 0,
    ) -> None:
        if not isinstance(data, datasets.Dataset):
            shards = {split: list_shards(data, split)}
            data = datasets.load_dataset("parquet", data_files=shards, split=split, columns=list(VIEW_COLUMNS))
        # Arrow rows: as Python lists, the numbers of a clip would take longer to make than its features
        self.rows = data.with_format("arrow")
        self.view, self.seed, self.epoch = view, seed, 0

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> dict:
        return self.__getitems__([index])[0]

    def __getitems__(self, indices: Sequence[int]) -> list[dict]:
        """Several rows at once; ``DataLoader`` asks for whole batches this way."""
        draws = [random.Random(f"{self.seed} {self.epoch} {index}") for index in indices]
        return self.view(table_to_rows(self.rows[list(indices)]), draws)

    def set_epoch(self, epoch: int) -> None:
        """Other draws for the view."""
        self.epoch = epoch


def collate(rows: Sequence[dict]) -> dict[str, Tensor | list]:
    """A padded batch of what `MotionView` gives.

    ``features`` (B, longest, 135) with zeros at the ends, ``mask`` (B, longest), true where a frame is, ``lengths``
    (B,) and, as lists, ``id``, ``body`` and ``parts``.

    Raises:
        ValueError: no rows.
    """
    if not rows:
        raise ValueError("there are no rows to collate; give at least one")
    lengths = torch.tensor([len(row["features"]) for row in rows])
    return {
        "features": pad_sequence([row["features"] for row in rows], batch_first=True),
        "mask": torch.arange(int(lengths.max())) < lengths[:, None],
        "lengths": lengths,
        **{name: [row[name] for row in rows] for name in ("id", "body", "parts")},
    }


def _features(rows: Sequence[dict], mirrored: Sequence[bool]) -> tuple[Tensor, ...]:
    """(T, 135) features at 20 fps of each row."""
    lengths = torch.tensor([len(row["rotations"]) // _ROTATION_NUMBERS for row in rows])
    rotations = torch.from_numpy(np.concatenate([np.asarray(row["rotations"], dtype=np.int16) for row in rows])).float()
    translation = torch.from_numpy(
        np.concatenate([np.asarray(row["translation"], dtype=np.float32) * _to_canonical_size(row) for row in rows])
    )
    if not _are_motions(rows, lengths, rotations, translation):
        for row in rows:
            row_to_motion(row)  # which says what is wrong, and with which clip
    # no need for the unit of the stored integers: normalising takes it out, and their rounding with it
    rotations = torch.nn.functional.normalize(rotations.view(-1, NUM_JOINTS, 4), dim=-1)
    translation = translation.view(-1, 3)
    if any(mirrored):
        frames = torch.repeat_interleave(torch.tensor(mirrored), lengths)
        rotations[frames], translation[frames] = mirror_frames(rotations[frames], translation[frames])
    rates = torch.tensor([float(row["fps"]) for row in rows])
    features, lengths = batched_d135(rotations, translation, lengths, rates, MODEL_FPS)
    return features.split(lengths.tolist())


def _are_motions(rows: Sequence[dict], lengths: Tensor, rotations: Tensor, translation: Tensor) -> bool:
    """Whether no row is cut or holds numbers that are no motion; not which."""
    whole = all(
        len(row["rotations"]) == frames * _ROTATION_NUMBERS and len(row["translation"]) == 3 * frames
        for row, frames in zip(rows, lengths.tolist(), strict=True)
    )
    return (
        whole
        and int(lengths.min()) >= MIN_FRAMES
        and bool(translation.isfinite().all())
        and bool(rotations.view(-1, 4).any(dim=-1).all())
    )


def _to_canonical_size(row: dict) -> float:
    """Leg length of the canonical skeleton over the clip's own, as in ``Motion.on_skeleton``."""
    if len(row["rest_offsets"]) == 0:
        return 1.0
    return CANONICAL_SKELETON.leg_length / row_to_motion(row).skeleton.leg_length


def _plain(row: dict) -> dict:
    """A row whose features ``datasets`` can store."""
    return {**row, "features": row["features"].numpy()}


def _viewed(row: dict, features: Tensor, mirrored: bool) -> dict:
    texts = {name: row[name] for name in ("body", "parts", "timed", "labels")}
    if mirrored:
        texts = {
            "body": [mirror_text(text) for text in row["body"]],
            "parts": mirror_all_parts(row["parts"]),
            "timed": [
                {**said, "text": mirror_text(said["text"]), "part": mirror_name(said.get("part", ""))}
                for said in row["timed"]
            ],
            "labels": [{**label, "value": mirror_text(label["value"])} for label in row["labels"]],
        }
    return {"id": row["id"], "source": row["source"], "features": features, "mirrored": mirrored, **texts}
