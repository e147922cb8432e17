"""Joints of whole recordings in Human3.6M's order, kept at the rate of the recording and read at any other."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from ...choreography.bases.recordings import base_piece
from ...choreography.library import load, score_files
from ...motion.h36m_joints import h36m_joints
from ...motion.motion import MODEL_FPS, Motion
from ...utils.atomic_files import whole_file
from ..feature_cache import MotionCache

SPLITS = ("train", "val", "test")
#: Performances of an action that `further_tracks` takes: more of them are the same poses again.
MOST_PERFORMANCES = 12
#: Before the names of written actions.
PERFORMANCES = "choreography/"
#: Between the name of a performance and that of the recording it is performed on.
ON = " on "


@dataclass(frozen=True, eq=False)
class JointTrack:
    """Joints of one recording.

    Args:
        name: of the recording; begins with its source and subject, as ``cmu/02_01``. See `further_tracks` for others.
        joints: (T, 17, 3) metres, y up.
        fps: frames a second.
    """

    name: str
    joints: Tensor
    fps: float

    @property
    def seconds(self) -> float:
        """From the first frame to the last."""
        return (len(self.joints) - 1) / self.fps

    def read(self, start: float, rate: float, frames: int) -> Tensor:
        """(frames, 17, 3) from ``start`` seconds on at another rate, on cubic curves through the recorded frames."""
        return TrackShelf([self]).read(torch.zeros(1, dtype=torch.long), torch.tensor([start]), rate, frames)[0]


class TrackShelf:
    """Recordings in one tensor, from which many clips are read at once, on any device.

    Args:
        tracks: recordings.
        device: where their joints shall be.
    """

    def __init__(self, tracks: Sequence[JointTrack], device: torch.device | str = "cpu"):
        lengths = torch.tensor([len(track.joints) for track in tracks])
        self.joints = torch.cat([track.joints for track in tracks]).to(device)
        self.first = (lengths.cumsum(0) - lengths).to(device)
        self.last = lengths.to(device) - 1  # of each recording, counted from its own first frame
        self.fps = torch.tensor([track.fps for track in tracks], dtype=torch.double, device=device)
        self.seconds = self.last / self.fps

    def __len__(self) -> int:
        return len(self.first)

    def read(self, which: Tensor, start: Tensor, rate: float, frames: int) -> Tensor:
        """Clips (clips, frames, 17, 3) at another rate, on cubic curves through the recorded frames.

        Args:
            which: (clips,) numbers of recordings.
            start: (clips,) seconds.
            rate: frames a second.
            frames: of each clip; those behind a recording's end stand still.
        """
        last = self.last[which, None]
        seconds = start.double()[:, None] + torch.arange(frames, dtype=torch.double, device=start.device) / rate
        places = torch.minimum((seconds * self.fps[which, None]).clamp(min=0), last)
        first = torch.minimum(places.floor().long(), (last - 1).clamp(min=0))
        part = (places - first).float()[..., None, None]
        before, here, after, later = (
            self.joints[self.first[which, None] + torch.minimum((first + step).clamp(min=0), last)]
            for step in (-1, 0, 1, 2)
        )
        # Catmull-Rom
        return here + 0.5 * part * (
            after - before
            + part * (2 * before - 5 * here + 4 * after - later + part * (3 * (here - after) + later - before))
        )  # fmt: skip


def track_of(motion: Motion, name: str = "") -> JointTrack:
    """The track of a motion."""
    return JointTrack(name, h36m_joints(motion), motion.fps)


def joint_tracks(cache_dir: str | Path, kept: str | Path) -> list[JointTrack]:
    """Tracks of all recordings in a training cache, of all its splits, without mirrored ones.

    Args:
        cache_dir: what training/prepare_data.py wrote.
        kept: file where the tracks are kept; it is written where it is missing.
    """
    kept = Path(kept)
    if not kept.is_file():
        write_tracks(kept, _from_cache(Path(cache_dir)))
    return read_tracks(kept)


def further_tracks(cache_dir: str | Path, most: int = MOST_PERFORMANCES) -> list[JointTrack]:
    """Tracks of a cache with other recordings or performances than the first one's, without mirrored ones.

    They are kept in its folder, and made again where the cache is newer. A performance of a written action is named
    with the recording that it is performed on, as ``choreography/bow-03 on cmu/29_24``: legs and sway are those of a
    person who may be held out.

    Args:
        cache_dir: its whole training clips are read or, where it has only samples, those.
        most: samples of one action, spread evenly over all that there are.
    """
    cache_dir = Path(cache_dir)
    whole = (cache_dir / f"{SPLITS[0]}.safetensors").is_file()
    name = SPLITS[0] if whole else f"{SPLITS[0]}_samples"
    kept, source = cache_dir / f"lifting_tracks_{most}.safetensors", cache_dir / f"{name}.safetensors"
    if not kept.is_file() or source.is_file() and source.stat().st_mtime > kept.stat().st_mtime:
        write_tracks(kept, _some_of_each(MotionCache(cache_dir, name), most, by_action=not whole))
    return read_tracks(kept)


def write_tracks(path: Path, tracks: Sequence[JointTrack]) -> None:
    """Write tracks of one frame rate into one file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    joints = torch.cat([track.joints for track in tracks])
    offsets = torch.tensor([0] + [len(track.joints) for track in tracks]).cumsum(0)
    facts = {"names": "\n".join(track.name for track in tracks), "fps": str(tracks[0].fps)}
    with whole_file(path) as partial:
        save_file({"joints": joints, "offsets": offsets}, partial, facts)


def read_tracks(path: Path) -> list[JointTrack]:
    """The tracks of `write_tracks`."""
    with safe_open(path, "pt") as file:
        facts, joints, offsets = file.metadata(), file.get_tensor("joints"), file.get_tensor("offsets").tolist()
    pieces = zip(facts["names"].split("\n"), offsets[:-1], offsets[1:], strict=True)
    return [JointTrack(name, joints[start:stop], float(facts["fps"])) for name, start, stop in pieces]


def _some_of_each(cache: MotionCache, most: int, by_action: bool) -> list[JointTrack]:
    alike: dict[str, list[int]] = defaultdict(list)
    for index, row in enumerate(cache.rows):
        if not row.get("mirrored"):
            alike[row["action" if by_action else "id"]].append(index)
    chosen = [index for all_of in alike.values() for index in _spread(all_of, most)]
    names = _with_their_bases([cache.rows[index]["id"] for index in chosen])
    motions = [Motion.from_d135(cache[index], MODEL_FPS) for index in chosen]
    return [track_of(motion, name) for motion, name in zip(motions, names, strict=True)]


def _with_their_bases(ids: Sequence[str]) -> list[str]:
    """Names of tracks; those of our own scores say the recording of each performance."""
    told = [(*name.removeprefix(PERFORMANCES).rpartition("-"), name.startswith(PERFORMANCES)) for name in ids]
    own = score_files()
    scores = {score: load(own[score]) for score in {score for score, _, _, ours in told if ours and score in own}}
    bases = [base_piece(scores[score], int(seed)) if score in scores else None for score, _, seed, _ in told]
    return [f"{name}{ON}{base.clip}" if base else name for name, base in zip(ids, bases, strict=True)]


def _spread(items: Sequence[int], most: int) -> list[int]:
    """At most so many of some items, at even steps."""
    number = min(most, len(items))
    return [items[place * len(items) // number] for place in range(number)]


def _from_cache(cache_dir: Path) -> list[JointTrack]:
    tracks = []
    for split in SPLITS:
        cache = MotionCache(cache_dir, split)
        for index, row in enumerate(cache.rows):
            if not row.get("mirrored"):
                tracks.append(track_of(Motion.from_d135(cache[index], MODEL_FPS), row["id"]))
    return tracks


__all__ = [
    "ON", "SPLITS", "JointTrack", "TrackShelf", "further_tracks", "joint_tracks", "read_tracks", "track_of",
    "write_tracks",
]  # fmt: skip
