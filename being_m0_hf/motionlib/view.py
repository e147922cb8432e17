"""The typed view of MotionLib rows: features at the models' frame rate, texts, mirrored copies, and batches.

stream = MotionStream("owner/name", "train", columns=VIEW_COLUMNS, transform=MotionView(mirror=0.5))
loader = DataLoader(stream, batch_size=64, num_workers=8, collate_fn=partial(collate, mode="pack"))
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import datasets
import numpy as np
import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import Dataset

from ..motion import CANONICAL_SKELETON, MIN_FRAMES, MODEL_FPS, NUM_JOINTS
from ..motion.packed import mirror_frames, packed_d135
from ..text.mirror import mirror_parts, mirror_text
from .schema import TimedCaption, row_to_motion
from .shards import list_shards
from .stream import table_to_rows

#: What a view reads; scores, flags and origins stay on disk.
VIEW_COLUMNS = (
    "id", "source", "fps", "rotations", "translation", "rest_offsets", "body", "parts", "timed", "labels",
)  # fmt: skip
_ROTATION_NUMBERS = 4 * NUM_JOINTS


@dataclass(frozen=True, eq=False)
class Example:
    """A clip as models are trained on it.

    Args:
        id: of the clip.
        features: (T, 135) SMPL-D135 at 20 fps, on the canonical skeleton.
        body: sentences about the whole clip.
        parts: for each of `PART_NAMES` that has any, sentences about that part.
        timed: sentences about ranges of the clip, seconds.
        labels: what the source says in its own words.
        source: the collection.
        mirrored: whether left and right are exchanged, in the motion and in all texts.
    """

    id: str
    features: Tensor
    body: tuple[str, ...] = ()
    parts: dict[str, tuple[str, ...]] = field(default_factory=dict)
    timed: tuple[TimedCaption, ...] = ()
    labels: dict[str, str] = field(default_factory=dict)
    source: str = ""
    mirrored: bool = False


@dataclass(frozen=True)
class MotionView:
    """Makes examples of rows, many at once, which is several times as fast as one by one.

    Args:
        mirror: the share of rows that are shown mirrored, 0 to 1.
    """

    mirror: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.mirror <= 1:
            raise ValueError(f"mirror is {self.mirror}, expected a share from 0 to 1")

    def __call__(self, rows: Sequence[dict], draws: Sequence[random.Random]) -> list[Example]:
        """Examples of rows with `VIEW_COLUMNS`; whether a row is mirrored is drawn from its own generator."""
        return make_examples(rows, [draw.random() < self.mirror for draw in draws])


def make_examples(rows: Sequence[dict], mirrored: Sequence[bool]) -> list[Example]:
    """The example of each row, as ``datasets`` or `MotionStream` gives it, mirrored where asked.

    Raises:
        MotionError: a row's numbers are no motion; the message names the clip.
    """
    features = _features(rows, mirrored)
    return [
        _example(row, clip_features, mirror)
        for row, clip_features, mirror in zip(rows, features, mirrored, strict=True)
    ]


class MotionLibDataset(Dataset):
    """The examples of one split by index, for sets that fit a disk; `MotionStream` is for larger ones.

    Args:
        data: folder or Hub id of a data set, or rows that ``datasets`` has already loaded.
        split: of a folder or Hub id.
        view: how rows become examples.
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

    def __getitem__(self, index: int) -> Example:
        return self.__getitems__([index])[0]

    def __getitems__(self, indices: Sequence[int]) -> list[Example]:
        """Several examples at once; ``DataLoader`` asks for whole batches this way."""
        draws = [random.Random(f"{self.seed} {self.epoch} {index}") for index in indices]
        return self.view(table_to_rows(self.rows[list(indices)]), draws)

    def set_epoch(self, epoch: int) -> None:
        """Other draws for the view."""
        self.epoch = epoch


def collate(examples: Sequence[Example], mode: Literal["pad", "pack"] = "pad") -> dict[str, Tensor | list]:
    """A batch of examples.

    Both modes give ``lengths`` (B,) and, as lists, ``id``, ``body``, ``parts``. Besides:

    - ``pad``: ``features`` (B, longest, 135) with zeros at the ends, ``mask`` (B, longest), true where a frame is.
    - ``pack``: ``features`` (all frames, 135) back to back, ``cu_seqlens`` (B + 1,) int32, where each clip begins
      and the last one ends, and ``position_ids`` (all frames,), the frame's place in its clip, as attention over
      variable lengths wants them.

    Raises:
        ValueError: another mode, or no examples.
    """
    if not examples:
        raise ValueError("there are no examples to collate; give at least one")
    lengths = torch.tensor([len(example.features) for example in examples])
    batch: dict[str, Tensor | list] = {
        "lengths": lengths,
        "id": [example.id for example in examples],
        "body": [example.body for example in examples],
        "parts": [example.parts for example in examples],
    }
    clips = [example.features for example in examples]
    if mode == "pad":
        mask = torch.arange(int(lengths.max())) < lengths[:, None]
        return batch | {"features": pad_sequence(clips, batch_first=True), "mask": mask}
    if mode == "pack":
        starts = torch.cat((lengths.new_zeros(1), lengths.cumsum(0)))
        positions = torch.arange(int(starts[-1])) - torch.repeat_interleave(starts[:-1], lengths)
        return batch | {"features": torch.cat(clips), "cu_seqlens": starts.int(), "position_ids": positions}
    raise ValueError(f"mode is {mode!r}, expected 'pad' or 'pack'")


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
    features, lengths = packed_d135(rotations, translation, lengths, rates, MODEL_FPS)
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


def _example(row: dict, features: Tensor, mirrored: bool) -> Example:
    body, timed = tuple(row["body"]), tuple(TimedCaption(**caption) for caption in row["timed"])
    parts = {name: tuple(texts) for name, texts in row["parts"].items() if texts}
    labels = {label["name"]: label["value"] for label in row["labels"]}
    if mirrored:
        body = tuple(mirror_text(text) for text in body)
        timed = tuple(
            TimedCaption(mirror_text(caption.text), caption.start, caption.end, caption.origin) for caption in timed
        )
        parts = _mirror_part_texts(parts)
        labels = {name: mirror_text(value) for name, value in labels.items()}
    return Example(row["id"], features, body, parts, timed, labels, row["source"], mirrored)


def _mirror_part_texts(parts: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """``mirror_parts`` where a part has several sentences."""
    mirrored: dict[str, tuple[str, ...]] = {}
    for name, texts in parts.items():
        for text in texts:
            for other, mirrored_text in mirror_parts({name: text}).items():
                mirrored[other] = (*mirrored.get(other, ()), mirrored_text)
    return mirrored
