"""Clips of one length for pose lifting: 2D keypoints, and the 3D joints behind them."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor
from torch.utils.data import Dataset

from ...motion.h36m_joints import H36M_NAMES, mirrored
from ...motion.rotations import yaw_matrix
from .cameras import draw_cameras
from .joint_tracks import JointTrack, TrackShelf
from .keypoint_noise import NoiseOptions, detected

Clips = dict[str, Tensor]
LEFT_HIP, RIGHT_HIP = H36M_NAMES.index("left_hip"), H36M_NAMES.index("right_hip")
#: Joints above the hips and legs.
TRUNK = slice(H36M_NAMES.index("spine"), len(H36M_NAMES))


@dataclass(frozen=True)
class LiftingOptions:
    """How motions are filmed.

    Args:
        frames: of a clip.
        lowest_rate, highest_rate: frames a second, drawn between them for each clip.
        mirror: whether half of the clips show the motion with left and right exchanged.
        orthographic_share: cameras without perspective.
        mixed_share: clips whose trunk, arms and head are another recording's; several are filmed at once for it.
        tilted_share: clips that are turned about a horizontal axis by any angle.
        noise: of the detector; None gives true keypoints with confidence 1.
    """

    frames: int = 243
    lowest_rate: float = 15.0
    highest_rate: float = 60.0
    mirror: bool = True
    orthographic_share: float = 0.1
    mixed_share: float = 0.0
    tilted_share: float = 0.0
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

    def __getitem__(self, index: int) -> Clips:
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


def film(track: JointTrack, rate: float, options: LiftingOptions, generator: torch.Generator) -> Clips:
    """`film_clips` for one recording: one clip, without the first axis."""
    clips = film_clips(TrackShelf([track]), torch.zeros(1, dtype=torch.long), rate, options, generator)
    return {name: values[0] for name, values in clips.items()}


def film_clips(
    shelf: TrackShelf, which: Tensor, rate: float, options: LiftingOptions, generator: torch.Generator
) -> Clips:
    """Draw a clip of each of some recordings, on the shelf's device, where the generator must be, too.

    Args:
        which: (clips,) numbers of recordings that are long enough for the options' frames at this rate.
        rate: frames a second.

    Returns:
        ``keypoints`` (clips, frames, 17, 3): x and y, -1 to 1 over the picture's longer side, and the confidence;
        ``labels`` (clips, frames, 17, 3): metres about the pelvis, in the camera's axes (x right, y down, z away);
        ``frame_rate`` (clips,): frames a second.
    """
    place, mirror = torch.rand(2, len(which), generator=generator, device=which.device)
    spare = (shelf.seconds[which] - (options.frames - 1) / rate).clamp(min=0)
    joints = shelf.read(which, place * spare, rate, options.frames)
    if options.mixed_share:
        joints = _mixed(joints, options.mixed_share, generator)
    if options.tilted_share:
        joints = _tilted(joints, options.tilted_share, generator)
    if options.mirror:
        joints = torch.where((mirror < 0.5)[:, None, None, None], mirrored(joints), joints)
    camera = draw_cameras(joints, generator, options.orthographic_share)
    viewed = camera.view(joints)
    points = camera.project(viewed)
    if options.noise is None:
        keypoints = torch.cat((points, torch.ones_like(points[..., :1])), -1)
    else:
        keypoints = detected(points, rate, generator, options.noise)
    rates = torch.full((len(which),), rate, device=which.device)
    return {"keypoints": keypoints, "labels": viewed - viewed[:, :, :1], "frame_rate": rates}


def _mixed(joints: Tensor, share: float, generator: torch.Generator) -> Tensor:
    """Some clips get the trunk, arms and head of the clip before them, turned so that hips face the same way."""
    chosen = torch.rand(len(joints), 1, 1, 1, generator=generator, device=joints.device) < share
    others = joints.roll(1, 0)
    turns = [_heading(clips) for clips in (joints, others)]
    turn = yaw_matrix(turns[0] - turns[1])
    upper = (others[:, :, TRUNK] - others[:, :, :1]) @ turn.mT + joints[:, :, :1]
    return torch.where(chosen, torch.cat((joints[:, :, : TRUNK.start], upper), 2), joints)


def _heading(joints: Tensor) -> Tensor:
    """Radians about y to where the left hip is, seen from the right one, (clips, frames)."""
    across = joints[:, :, LEFT_HIP] - joints[:, :, RIGHT_HIP]
    return torch.atan2(-across[..., 2], across[..., 0])


def _tilted(joints: Tensor, share: float, generator: torch.Generator) -> Tensor:
    """Some clips are turned about a horizontal axis by any angle: bodies that lie, or stand on their hands."""
    draws = torch.rand(3, len(joints), generator=generator, device=joints.device)
    angle = torch.where(draws[0] < share, 2 * torch.pi * draws[1], 0.0)
    heading = yaw_matrix(2 * torch.pi * draws[2])
    about_x = yaw_matrix(angle)[:, [1, 0, 2]][:, :, [1, 0, 2]].mT  # the same with x and y exchanged
    turn = heading @ about_x @ heading.mT
    middle = joints.mean((1, 2), keepdim=True)
    return (joints - middle) @ turn[:, None].mT + middle


__all__ = ["LiftingClips", "LiftingOptions", "film", "film_clips"]
