"""Pictures of poses, drawn in shards, or whenever they are wanted."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from .chance import Chance
from .person_images import shard_path, write_shard
from .photos import Model, PhotoOptions, photograph
from .poses import PoseBank

#: Pictures that are drawn at once: more need more memory; a processor core is fastest with what its cache holds.
AT_ONCE = {"cpu": 16, "cuda": 1024}


@dataclass(frozen=True, eq=False)
class Studio:
    """Photographs poses of a bank, on the device where both are."""

    bank: PoseBank
    model: Model
    options: PhotoOptions

    @property
    def device(self) -> torch.device:
        return self.bank.rotations.device

    def pictures(self, number: int, seed: int) -> dict[str, Tensor]:
        """So many pictures, see `photograph`. The same seed gives the same on the same kind of device."""
        chance = Chance.of(seed, self.device)
        step = AT_ONCE.get(self.device.type, AT_ONCE["cpu"])
        batches = []
        for start in range(0, number, step):
            poses = self.bank.draw(min(step, number - start), chance)
            batches.append(photograph(self.model, poses, chance, self.options))
        return {name: torch.cat([batch[name] for batch in batches]) for name in batches[0]}


def make_shards(
    studio: Studio, folder: str | Path, number: int, shard_size: int = 2000, seed: int = 0
) -> Iterator[Path]:
    """Photograph until there are ``number`` pictures, and tell each shard. Those that are there stay: stopped, it goes
    on.
    """
    for shard, start in enumerate(range(0, number, shard_size)):
        path = shard_path(folder, shard)
        if not path.is_file():
            pictures = studio.pictures(min(shard_size, number - start), one_seed(seed, shard))
            write_shard(folder, shard, {name: value.cpu() for name, value in pictures.items()})
        yield path


def one_seed(*numbers: int) -> int:
    """One seed from several numbers, the same on every machine."""
    return int(np.random.SeedSequence(numbers).generate_state(1)[0])
