"""What travels from step to step: a video, its shots and its people, and what was left out, with the reason."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save

from ..motion import Motion
from ..utils.atomic_files import write_whole
from ..utils.user_files import read_user_json


@dataclass(frozen=True)
class LeftOut:
    """What of a video is not used, and why.

    Args:
        what: "" for all of the video, else a person or a shot.
        reason: one line.
    """

    what: str
    reason: str

    def __str__(self) -> str:
        return f"{self.what}: {self.reason}" if self.what else self.reason


@dataclass(frozen=True, eq=False)
class PersonTrack:
    """A person in a shot, from ``first`` on, without a long gap.

    Args:
        name: unique in the video, e.g. ``1`` or ``anna.2`` for the second time that Anna is seen.
        shot: number of the shot.
        first: frame of the video.
        keypoints: (T, 17, 3) Human3.6M's joints in pixels and their confidence, 0 where one is missing.
        visible: (T, 17) which of them the detector saw; the others are missing or filled in.
        motion: lifted, in the world; None before that step.
        scores: measurements, higher is worse.
        flags: names of weaknesses.
    """

    name: str
    shot: int
    first: int
    keypoints: NDArray
    visible: NDArray
    motion: Motion | None = None
    scores: dict[str, float] = field(default_factory=dict)
    flags: tuple[str, ...] = ()

    def replace(self, **changes) -> "PersonTrack":
        return replace(self, **changes)

    @property
    def num_frames(self) -> int:
        return len(self.keypoints)

    @property
    def lifted(self) -> Motion:
        """The motion. Raises ValueError before lifting."""
        if self.motion is None:
            raise ValueError(f"person {self.name} was not lifted yet")
        return self.motion

    @property
    def height(self) -> float:
        """How tall the person is in the picture, pixels: the longer side of the box, the median over time.

        Only frames in which the person is seen count: who comes in late is not small for that.
        """
        sizes = body_sizes(self.keypoints)
        return float(np.median(sizes[sizes > 0])) if sizes.any() else 0.0


@dataclass(frozen=True, eq=False)
class CuratedVideo:
    """A video on its way to clips.

    Args:
        id: its path in the folder.
        kind: ``video``, ``keypoints`` (a file of them alone) or ``image``.
        fps: frames a second, the mean one where they are irregular.
        size: width and height in pixels.
        num_frames: of the whole video.
        times: (num_frames,) seconds where frames are irregular, else None.
        origin: where the keypoints are from, for people.
        cuts: first frames of shots as the pictures tell; None where nobody looked at pictures.
        shots: (first, stop) frames, stop exclusive.
        tracks: people.
        left_out: what is not used, and why.
        step: the last step that was taken.
        seconds: of processor time that each step took.
    """

    id: str
    kind: str = "video"
    fps: float = 30.0
    size: tuple[float, float] = (0.0, 0.0)
    num_frames: int = 0
    times: NDArray | None = None
    origin: str = ""
    cuts: tuple[int, ...] | None = None
    shots: tuple[tuple[int, int], ...] = ()
    tracks: tuple[PersonTrack, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    step: str = ""
    seconds: dict[str, float] = field(default_factory=dict)

    def replace(self, **changes) -> "CuratedVideo":
        return replace(self, **changes)

    def without(self, left_out: Iterable[LeftOut], tracks: Iterable[PersonTrack]) -> "CuratedVideo":
        """With these tracks, and more that is left out."""
        return replace(self, tracks=tuple(tracks), left_out=(*self.left_out, *left_out))

    @property
    def frame_seconds(self) -> NDArray:
        """(num_frames,) when the frames are shown."""
        return np.arange(self.num_frames) / self.fps if self.times is None else self.times - self.times[0]

    def seconds_at(self, frame: int) -> float:
        """When a frame is shown."""
        return float(self.frame_seconds[frame])


def body_sizes(keypoints: NDArray) -> NDArray:
    """(T,) longer side of the box around the joints (T, 17, 3) that are seen, pixels; 0 where none is."""
    seen = keypoints[..., 2:] > 0
    high = np.where(seen, keypoints[..., :2], -np.inf).max(axis=1)
    low = np.where(seen, keypoints[..., :2], np.inf).min(axis=1)
    with np.errstate(invalid="ignore"):
        return np.where(seen.any(axis=(1, 2)), (high - low).max(axis=1), 0.0)


def save_step(video: CuratedVideo, folder: Path, key: str) -> None:
    """Write what a step gave: ``STEP.json`` to be looked at, and ``STEP.safetensors``; the first is written last.

    Args:
        key: of the options and files that it depends on.
    """
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {} if video.times is None else {"times": torch.from_numpy(np.asarray(video.times, dtype=np.float64))}
    facts = []
    for number, track in enumerate(video.tracks):
        tensors[f"{number}.keypoints"] = torch.from_numpy(track.keypoints.astype(np.float32))
        tensors[f"{number}.visible"] = torch.from_numpy(track.visible)
        if track.motion is not None:
            tensors[f"{number}.rotations"] = track.motion.rotations.contiguous()
            tensors[f"{number}.translation"] = track.motion.translation.contiguous()
        facts.append(
            {
                "name": track.name,
                "shot": track.shot,
                "first": track.first,
                "frames": track.num_frames,
                "fps": None if track.motion is None else track.motion.fps,
                "scores": track.scores,
                "flags": track.flags,
            }
        )
    write_whole(folder / f"{video.step}.safetensors", save(tensors))
    plain = {name: value for name, value in vars(video).items() if name not in ("times", "tracks", "left_out")}
    stored = {"key": key, **plain, "tracks": facts, "left_out": [asdict(each) for each in video.left_out]}
    write_whole(folder / f"{video.step}.json", json.dumps(stored, indent=1, ensure_ascii=True).encode())


def load_step(folder: Path, step: str, key: str | None = None) -> CuratedVideo | None:
    """What `save_step` wrote with the same key, or with any where none is given; None where it did not."""
    path = folder / f"{step}.json"
    if not path.is_file():
        return None
    stored = read_user_json(path)
    if stored.pop("key") != key and key is not None:
        return None
    tensors = load_file(folder / f"{step}.safetensors")
    tracks = []
    for number, facts in enumerate(stored.pop("tracks")):
        motion = None
        if facts["fps"] is not None:
            motion = Motion(tensors[f"{number}.rotations"], tensors[f"{number}.translation"], facts["fps"])
        keypoints = tensors[f"{number}.keypoints"].double().numpy()
        visible = tensors[f"{number}.visible"].numpy()
        who = (facts["name"], facts["shot"], facts["first"])
        tracks.append(PersonTrack(*who, keypoints, visible, motion, facts["scores"], tuple(facts["flags"])))
    times = tensors["times"].numpy() if "times" in tensors else None
    stored["cuts"] = None if stored["cuts"] is None else tuple(stored["cuts"])
    stored["size"], stored["shots"] = tuple(stored["size"]), tuple(tuple(shot) for shot in stored["shots"])
    left_out = tuple(LeftOut(**each) for each in stored.pop("left_out"))
    return CuratedVideo(**stored, times=times, tracks=tuple(tracks), left_out=left_out)


__all__ = ["CuratedVideo", "LeftOut", "PersonTrack", "body_sizes", "load_step", "save_step"]
