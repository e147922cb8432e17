"""Which poses are photographed: those of the recordings in a training cache."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from ...motion import MIN_FRAMES, MIRROR_JOINTS, Motion
from ..feature_cache import MotionCache
from .chance import Chance

SPLITS = ("train", "val", "test")
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


def first_share(chosen: Sequence[Recording], share: float) -> list[Recording]:
    """Some of the recordings of each source, at least one: every so many-th, so that all kinds are among them."""
    by_source: dict[str, list[Recording]] = {}
    for each in sorted(chosen, key=lambda recording: recording.name):
        by_source.setdefault(each.source, []).append(each)
    found = []
    for pool in by_source.values():
        number = max(1, round(share * len(pool)))
        found += [pool[index * len(pool) // number] for index in range(number)]
    return found


@dataclass(frozen=True, eq=False)
class PoseBank:
    """Poses of recordings, drawn so that sources come equally often, and within a source every moment.

    Args:
        rotations: (N, 22, 4) unit quaternions, source after source.
        starts: (sources + 1,) where each source's poses begin.
    """

    rotations: Tensor
    starts: Tensor

    @classmethod
    def of(cls, chosen: Sequence[Recording], device: str | torch.device = "cpu") -> "PoseBank":
        """Poses of recordings, on the device that draws."""
        by_source: dict[str, list[Tensor]] = {}
        for each in chosen:
            by_source.setdefault(each.source, []).append(Motion.from_d135(each.features).rotations)
        sources = [torch.cat(by_source[name]) for name in sorted(by_source)]
        starts = torch.tensor([0] + [len(source) for source in sources]).cumsum(0)
        return cls(torch.cat(sources).to(device), starts.to(device))

    def draw(self, number: int, chance: Chance) -> Tensor:
        """(number, 22, 4), half of them mirrored."""
        source = chance.whole(0, len(self.starts) - 1, number)
        first, after = self.starts[source], self.starts[source + 1]
        moment = first + (chance.uniform(0, 1, number) * (after - first)).long().clamp_max(after - first - 1)
        poses = self.rotations[moment]
        mirrored = poses[:, list(MIRROR_JOINTS)] * torch.tensor([1.0, -1.0, -1.0, 1.0], device=poses.device)
        return torch.where(chance.whether(MIRRORED, number)[:, None, None], mirrored, poses)
