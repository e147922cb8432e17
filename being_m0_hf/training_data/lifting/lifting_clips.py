"""Clips of one length for pose lifting: 2D keypoints, and the 3D joints behind them."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor
from torch.utils.data import Dataset

from ...motion.h36m_joints import h36m_joints
from ...motion.motion import Motion
from .cameras import draw_camera
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
    """Every motion filmed once an epoch, by a camera of its own; the same seed and epoch give the same clips.

    Args:
        motions: at any frame rate. Those too short for a clip at the highest rate are left out.
        options: how they are filmed.
        seed: of all that is drawn.

    Raises:
        ValueError: no motion is long enough.
    """

    def __init__(self, motions: Sequence[Motion], options: LiftingOptions | None = None, seed: int = 0):
        self.options, self.seed, self.epoch = options or LiftingOptions(), seed, 0
        self.motions = [motion for motion in motions if self._lowest_rate(motion) <= self.options.highest_rate]
        if not self.motions:
            raise ValueError(
                f"none of {len(motions)} motions has {self.options.frames} frames "
                f"at {self.options.highest_rate:g} a second; give longer ones or ask for shorter clips"
            )

    def set_epoch(self, epoch: int) -> None:
        """Other cameras, rates and noise for every epoch."""
        self.epoch = epoch

    def __len__(self) -> int:
        return len(self.motions)

    def __getitem__(self, index: int) -> dict[str, Tensor]:
        """A clip; see `film`."""
        if not 0 <= index < len(self):
            raise IndexError(index)
        seed = torch.tensor([self.seed, self.epoch, index]).mul(torch.tensor([1_000_003, 7919 * 65_537, 1])).sum()
        return self.film(index, torch.Generator().manual_seed(int(seed)))

    def film(self, index: int, generator: torch.Generator) -> dict[str, Tensor]:
        """Draw a clip of a motion.

        Returns:
            ``keypoints`` (frames, 17, 3): x and y, -1 to 1 over the picture's longer side, and the confidence;
            ``labels`` (frames, 17, 3): metres about the pelvis, in the camera's axes (x right, y down, z away);
            ``frame_rate`` (): frames a second.
        """
        options, motion = self.options, self.motions[index]
        chance, place, mirror = torch.rand(3, generator=generator).tolist()
        lowest = max(options.lowest_rate, self._lowest_rate(motion))
        rate = lowest + chance * (options.highest_rate - lowest)
        if options.mirror and mirror < 0.5:
            motion = motion.mirrored()
        joints = h36m_joints(motion.resample(rate))
        start = int(place * (len(joints) - options.frames + 1))
        joints = joints[start : start + options.frames]
        camera = draw_camera(joints, generator, options.orthographic_share)
        viewed = camera.view(joints)
        points = camera.project(viewed)
        if options.noise is None:
            keypoints = torch.cat((points, torch.ones_like(points[..., :1])), -1)
        else:
            keypoints = detected(points, rate, generator, options.noise)
        return {"keypoints": keypoints, "labels": viewed - viewed[:, :1], "frame_rate": torch.tensor(rate)}

    def _lowest_rate(self, motion: Motion) -> float:
        """Frames a second at which a motion just has the frames of a clip."""
        return self.options.frames * motion.fps / (motion.num_frames - 1)


__all__ = ["LiftingClips", "LiftingOptions"]
