"""What a 2D detector makes of true keypoints: offsets that last for moments, jitter, confidence, and misses.

After MotionBERT (Zhu et al. 2023): at key frames each joint is off by a mixture of a gaussian and a uniform offset,
between them the offset is interpolated, and confidence falls with it. Their mixture was fitted to a detector; ours is
by hand: the farther a joint from the trunk, the less a detector knows where it is.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from ...motion.h36m_joints import H36M_NAMES

#: Gaussian offset of a joint and how often it is uniform instead; halves of the body's longer side in the picture.
_NEAR, _MIDDLE, _FAR = (0.008, 0.02), (0.012, 0.05), (0.018, 0.1)
_OF_JOINT = {"knee": _MIDDLE, "elbow": _MIDDLE, "ankle": _FAR, "wrist": _FAR}
GAUSSIAN, UNIFORM_SHARE = torch.tensor([_OF_JOINT.get(name.split("_")[-1], _NEAR) for name in H36M_NAMES]).unbind(1)
#: An offset at which a detector has no confidence left.
NO_CONFIDENCE = 0.12


@dataclass(frozen=True)
class NoiseOptions:
    """How bad a detector is; lengths in halves of the body's longer side in the picture.

    Args:
        strength: factor of all offsets; 0 gives true keypoints.
        reach: largest uniform offset.
        jitter: gaussian offset of each frame by itself.
        seconds_between: key frames of the offsets (27 for 243 frames at 30 a second).
        missed_joints, missed_frames: shares that are set to zero, as nobody was seen.
    """

    strength: float = 1.0
    reach: float = 0.06
    jitter: float = 0.002
    seconds_between: float = 0.3
    missed_joints: float = 0.05
    missed_frames: float = 0.1


def detected(points: Tensor, frame_rate: float, generator: torch.Generator, options: NoiseOptions) -> Tensor:
    """True points (..., T, 17, 2) -> keypoints (..., T, 17, 3) with confidence 0 to 1; zeros where missed.

    Args:
        points: on the picture, of clips of one frame rate; on the generator's device.
    """
    *clips, frames, joints, _ = points.shape
    box = points.amax(-2) - points.amin(-2)
    size = box.amax(-1).median(-1).values[..., None, None, None] / 2
    keys = 1 + max(1, round(frames / frame_rate / options.seconds_between))
    gaussian_size, uniform_share = GAUSSIAN.to(points.device), UNIFORM_SHARE.to(points.device)

    def normal(*shape: int) -> Tensor:
        return torch.randn((*clips, *shape), generator=generator, device=points.device)

    def chance(*shape: int) -> Tensor:
        return torch.rand((*clips, *shape), generator=generator, device=points.device)

    gaussian = normal(keys, joints, 2) * gaussian_size[:, None]
    uniform = (2 * chance(keys, joints, 2) - 1) * options.reach
    at_keys = torch.where(chance(keys, joints, 1) < uniform_share[:, None], uniform, gaussian)
    offsets = F.interpolate(
        at_keys.flatten(-2).mT.reshape(-1, 2 * joints, keys), frames, mode="linear", align_corners=True
    )
    offsets = offsets.mT.reshape(points.shape)
    offsets = options.strength * (offsets + options.jitter * normal(frames, joints, 2))
    confidence = 1 - offsets.norm(dim=-1, keepdim=True) / NO_CONFIDENCE
    confidence = (confidence + 0.05 * options.strength * normal(frames, joints, 1)).clamp(0, 1)
    missed = chance(frames, joints, 1) < options.missed_joints
    missed = missed | (chance(frames, 1, 1) < options.missed_frames)
    return torch.cat((points + size * offsets, confidence), -1).masked_fill(missed, 0.0)


__all__ = ["NoiseOptions", "detected"]
