"""Data sets of crops with what is true of them: shards of safetensors in a folder, read where they lie.

Every shard ``images-NNNNN.safetensors`` has ``images`` (n, height, width, 3) uint8, ``rotations`` (n, 22, 4) unit
quaternions, the root's into the camera's axes, and ``keypoints`` (n, 22, 2) in pixels of the crop.
"""

import os
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from ...motion import NUM_JOINTS
from ...utils.atomic_files import whole_file
from ...utils.user_files import UserFileError

ENTRIES = ("images", "rotations", "keypoints")


def shard_path(folder: str | os.PathLike, number: int) -> Path:
    return Path(folder) / f"images-{number:05d}.safetensors"


def write_shard(folder: str | os.PathLike, number: int, entries: dict[str, Tensor]) -> Path:
    """Write one shard, whole or not at all."""
    path = shard_path(folder, number)
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path) as partial:
        save_file({name: entries[name].contiguous() for name in ENTRIES}, partial)
    return path


class PersonImages:
    """A folder of shards as one data set.

    Args:
        folder: with the shards.
        share: use only so much of it, from the beginning.

    Raises:
        FileNotFoundError: there are none.
        UserFileError: one is damaged, or of another size than the first.
    """

    def __init__(self, folder: str | os.PathLike, share: float = 1.0):
        paths = sorted(Path(folder).glob("images-*.safetensors"))
        if not paths:
            raise FileNotFoundError(f"{folder} has no images-*.safetensors; run training/prepare_images.py first")
        self.shards = [read_shard(path) for path in paths]
        sizes = {tuple(shard["images"].shape[1:3]) for shard in self.shards}
        if len(sizes) > 1:
            raise UserFileError(f"{folder}: has images of {len(sizes)} sizes; make them anew in an empty folder")
        self.image_size = sizes.pop()
        self.starts = torch.tensor([0] + [len(shard["images"]) for shard in self.shards]).cumsum(0)
        self.length = max(1, int(share * int(self.starts[-1])))

    def __len__(self) -> int:
        return self.length

    def rows(self, numbers: list[int]) -> dict[str, Tensor]:
        """Rows of the data set, stacked."""
        found = []
        for number in numbers:
            shard = int(torch.searchsorted(self.starts, number, right=True)) - 1
            found.append({name: value[number - int(self.starts[shard])] for name, value in self.shards[shard].items()})
        return {name: torch.stack([row[name] for row in found]) for name in ENTRIES}


def read_shard(path: Path) -> dict[str, Tensor]:
    """A shard, mapped into memory and read where it is needed.

    Raises:
        UserFileError: it is damaged.
    """
    try:
        entries = load_file(path)
    except (SafetensorError, OSError) as error:
        raise UserFileError(f"{path}: is damaged ({error}); make it again") from None
    missing = [name for name in ENTRIES if name not in entries]
    count = len(entries["images"]) if not missing else 0
    if missing or entries["rotations"].shape != (count, NUM_JOINTS, 4) or entries["images"].ndim != 4:
        raise UserFileError(f"{path}: holds no images with rotations and keypoints; make it again")
    return entries
