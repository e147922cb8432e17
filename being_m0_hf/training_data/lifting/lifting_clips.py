"""Clips of one length for pose lifting: 2D keypoints, and the 3D joints behind them."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor
from torch.utils.data import Dataset

from ...motion.h36m_joints import H36M_MIRROR
from .cameras import draw_camera
from .joint_tracks import JointTrack
from .keypoint_noise import NoiseOptions, detected


@dataclass(frozen=True)
class LiftingOptions:
    """How motions are filmed.

    Args:
        frames: of a clip.
        lowest_rate, highest_rate: frames a second, drawn between them for each clip.
        mirror: whether half of the clips show the motion with left and right exchanged.
        orthographic_share: cameras without perspective.
        noise: of the detector; None gives true keypoints with confidence 1.
    """

    frames: int = 243
    lowest_rate: float = 15.0
    highest_rate: float = 60.0
    mirror: bool = True
    orthographic_share: float = 0.1
    noise: NoiseOptions | None = field(default_factory=NoiseOptions)

    def __post_init__(self) -> None:
        if self.frames < 1:
            raise ValueError(f"frames is {self.frames}, expected at least 1")
        if not 1 <= self.lowest_rate <= self.highest_rate <= 1000:
            raise ValueError(
                f"frame rates are {self.lowest_rate:g} to {self.highest_rate:g}, expected two of 1 to 1000, rising"
            )


class LiftingClips(Dataset):
    """Every recording filmed once an epoch, by a camera of its own; the same seed and epoch give the same clips.

    Args:
        tracks: of any length and rate. Those too short for a clip at the highest rate are left out.
        options: how they are filmed.
        seed: of all that is drawn.

    Raises:
        ValueError: no recording is long enough.
    """

    def __init__(self, tracks: Sequence[JointTrack], options: LiftingOptions | None = None, seed: int = 0):
        self.options, self.seed, self.epoch = options or LiftingOptions(), seed, 0
        self.tracks = [track for track in tracks if self._lowest_rate(track) <= self.options.highest_rate]
        if not self.tracks:
            raise ValueError(
                f"none of {len(tracks)} recordings has {self.options.frames} frames "
                f"at {self.options.highest_rate:g} a second; give longer ones or ask for shorter clips"
            )

    def set_epoch(self, epoch: int) -> None:
        """Other cameras, rates and noise for every epoch."""
        self.epoch = epoch

    def __len__(self) -> int:
        return len(self.tracks)

    def __getitem__(self, index: int) -> dict[str, Tensor]:
        """A clip; see `film`."""
        if not 0 <= index < len(self):
            raise IndexError(index)
        seed = torch.tensor([self.seed, self.epoch, index]).mul(torch.tensor([1_000_003, 7919 * 65_537, 1])).sum()
        generator = torch.Generator().manual_seed(int(seed))
        options, chance = self.options, float(torch.rand((), generator=generator))
        lowest = max(options.lowest_rate, self._lowest_rate(self.tracks[index]))
        return film(self.tracks[index], lowest + chance * (options.highest_rate - lowest), options, generator)

    def _lowest_rate(self, track: JointTrack) -> float:
        """Frames a second at which a recording just has the frames of a clip."""
        return (self.options.frames - 1) / max(track.seconds, 1e-9)


def film(track: JointTrack, rate: float, options: LiftingOptions, generator: torch.Generator) -> dict[str, Tensor]:
    """Draw a clip of a recording.

    Args:
        track: long enough for the options' frames at this rate.
        rate: frames a second.

    Returns:
        ``keypoints`` (frames, 17, 3): x and y, -1 to 1 over the picture's longer side, and the confidence;
        ``labels`` (frames, 17, 3): metres about the pelvis, in the camera's axes (x right, y down, z away);
        ``frame_rate`` (): frames a second.
    """
    place, mirror = torch.rand(2, generator=generator).tolist()
    joints = track.read(place * max(0.0, track.seconds - (options.frames - 1) / rate), rate, options.frames)
    if options.mirror and mirror < 0.5:
        joints = joints[:, list(H36M_MIRROR)] * torch.tensor([-1.0, 1.0, 1.0])
    camera = draw_camera(joints, generator, options.orthographic_share)
    viewed = camera.view(joints)
    points = camera.project(viewed)
    if options.noise is None:
        keypoints = torch.cat((points, torch.ones_like(points[..., :1])), -1)
    else:
        keypoints = detected(points, rate, generator, options.noise)
    return {"keypoints": keypoints, "labels": viewed - viewed[:, :1], "frame_rate": torch.tensor(rate)}


__all__ = ["LiftingClips", "LiftingOptions", "film"]
