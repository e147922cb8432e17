"""Features of many clips at once.

The frames of all clips lie back to back, and each step of ``Motion.resample`` and ``Motion.to_d135`` runs once over all
of them. One clip is a few thousand numbers: taken alone, most of the time goes into starting operations.
"""

import roma
import torch
from torch import Tensor

from .features import ROOT_VELOCITY, encode_d135
from .motion import MIN_FRAMES, MODEL_FPS
from .rotations import heading_angle, resample_rotations, yaw_quaternion
from .skeleton import MIRROR_JOINTS


def batched_d135(
    rotations: Tensor, translation: Tensor, lengths: Tensor, rates: Tensor, fps: float = MODEL_FPS
) -> tuple[Tensor, Tensor]:
    """For each clip what ``motion.resample(fps).to_d135()`` gives.

    Args:
        rotations: (frames, 22, 4) unit quaternions (x, y, z, w) of all clips.
        translation: (frames, 3) metres, as in `Motion`.
        lengths: (clips,) frames of each, at least 4.
        rates: (clips,) frames per second of each.
        fps: of the features.

    Returns:
        features (new frames, 135) of all clips and their lengths (clips,).

    Raises:
        ValueError: the lengths do not share out the frames, or a clip is shorter than 4 frames.
    """
    if int(lengths.sum()) != len(rotations) or len(translation) != len(rotations):
        raise ValueError(
            f"lengths add up to {int(lengths.sum())}, for {len(rotations)} frames of rotations and "
            f"{len(translation)} of translation"
        )
    if len(lengths) == 0 or int(lengths.min()) < MIN_FRAMES:
        raise ValueError(f"every clip needs at least {MIN_FRAMES} frames, and one clip must be there")
    if bool((rates != fps).any()):
        rotations, translation, lengths = _resample(rotations, translation, lengths, rates, fps)
    starts = lengths.cumsum(0) - lengths
    # of the canonical start only the turn shows in the features: velocities are steps, seen from the heading
    turn = torch.repeat_interleave(-heading_angle(rotations[starts, 0]), lengths)
    rotations = rotations.clone()
    rotations[:, 0] = roma.quat_product(yaw_quaternion(turn), rotations[:, 0])
    cos, sin = torch.cos(turn), torch.sin(turn)
    x, y, z = (translation - torch.repeat_interleave(translation[starts], lengths, dim=0)).unbind(-1)
    height = translation[:, 1]
    features = encode_d135(rotations, torch.stack((cos * x + sin * z, height, cos * z - sin * x), dim=-1))
    # the step into a clip's first frame came from the clip before it
    features[starts, ROOT_VELOCITY] = features[starts + 1, ROOT_VELOCITY]
    return features, lengths


def mirror_frames(rotations: Tensor, translation: Tensor) -> tuple[Tensor, Tensor]:
    """``Motion.mirrored`` of any number of frames: (frames, 22, 4) and (frames, 3), left and right exchanged."""
    rotations = rotations[:, list(MIRROR_JOINTS)] * rotations.new_tensor([1.0, -1.0, -1.0, 1.0])
    return rotations, translation * translation.new_tensor([-1.0, 1.0, 1.0])


def _resample(
    rotations: Tensor, translation: Tensor, lengths: Tensor, rates: Tensor, fps: float
) -> tuple[Tensor, Tensor, Tensor]:
    """``Motion.resample`` of all clips: rotations (S, 22, 4), translation (S, 3) and lengths (clips,) at ``fps``."""
    starts = lengths.cumsum(0) - lengths
    last = lengths - 1
    rates = rates.double()
    new_lengths = ((last * fps / rates + 1e-6).long() + 1).clamp(min=MIN_FRAMES)
    new_starts = new_lengths.cumsum(0) - new_lengths
    clip = torch.repeat_interleave(torch.arange(len(lengths), device=lengths.device), new_lengths)
    frame = torch.arange(len(clip), device=lengths.device) - new_starts[clip]
    times = starts[clip] + torch.minimum(frame * (rates / fps)[clip], last[clip].double())
    start = torch.minimum(times.floor().long(), (starts + last - 1)[clip])
    weight = (times - start)[:, None].float()
    moved = translation[start] * (1 - weight) + translation[start + 1] * weight
    # at a clip's last frame the time is whole, so its neighbour in the next clip has weight 0
    return resample_rotations(rotations, times), moved, new_lengths
