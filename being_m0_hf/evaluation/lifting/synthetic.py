"""Errors of a lifter on recordings filmed by drawn cameras: synthetic P1, P2 and MPJVE.

Human3.6M cannot be had here. The clips are drawn by a seed alone, so that all models see the same ones.
"""

from collections.abc import Sequence

import torch
from torch import Tensor
from transformers import PreTrainedModel

from ...pipelines.lifting.mirror_image import mean_with_mirror_image
from ...training_data.lifting import JointTrack, LiftingOptions, NoiseOptions, film
from ..metrics.pose_error import mpjpe, mpjve, pa_mpjpe

Clip = dict[str, Tensor]


def measured_clips(
    tracks: Sequence[JointTrack], frames: int, rate: float, number: int, noise: NoiseOptions | None, seed: int = 0
) -> list[Clip]:
    """About so many clips, spread evenly over the recordings that are long enough.

    Args:
        noise: of the detector; None gives true keypoints.

    Raises:
        ValueError: no recording is long enough.
    """
    long_enough = [track for track in tracks if track.seconds >= (frames - 1) / rate]
    if not long_enough:
        raise ValueError(f"none of {len(tracks)} recordings has {frames} frames at {rate:g} a second")
    options = LiftingOptions(frames, rate, rate, mirror=False, noise=noise)
    clips = []
    for index in range(number):
        track = long_enough[
            index * len(long_enough) // number if number < len(long_enough) else index % len(long_enough)
        ]
        clips.append(film(track, rate, options, torch.Generator().manual_seed(seed * 1_000_003 + index)))
    return clips


@torch.no_grad()
def lifted(model: PreTrainedModel, clips: Sequence[Clip], flip: bool = False, scaled: bool = True) -> Tensor:
    """Joints (clips, frames, 17, 3) that a model sees in clips of one length and rate.

    Args:
        flip: average with what it sees in the mirrored keypoints, as Human3.6M's protocol does.
        scaled: whether the model is told the frame rate.
    """
    results = []
    for start in range(0, len(clips), 16):
        some = clips[start : start + 16]
        keypoints = torch.stack([clip["keypoints"] for clip in some]).to(model.device)
        rate = some[0]["frame_rate"] if scaled else None
        if flip:
            joints = mean_with_mirror_image(model, keypoints, frame_rate=rate)
        else:
            joints = model(keypoints, frame_rate=rate).joints
        results.append(joints.float().cpu())
    return torch.cat(results)


def lifting_errors(
    model: PreTrainedModel, clips: Sequence[Clip], flip: bool = False, scaled: bool = True
) -> dict[str, float]:
    """``p1_mm`` (about the root), ``p2_mm`` (after Procrustes) and ``mpjve_mm`` (a frame's step)."""
    if not clips:
        return {}
    return errors_mm(lifted(model, clips, flip, scaled), torch.stack([clip["labels"] for clip in clips]))


def errors_mm(joints: Tensor, truth: Tensor) -> dict[str, float]:
    """``p1_mm``, ``p2_mm`` and ``mpjve_mm`` of joints (..., frames, joints, 3) in metres; the first is the root."""
    joints = joints - joints[..., :1, :]
    errors = {"p1_mm": mpjpe, "p2_mm": pa_mpjpe, "mpjve_mm": mpjve}
    return {name: 1000 * float(error(joints, truth)) for name, error in errors.items()}


__all__ = ["Clip", "errors_mm", "lifted", "lifting_errors", "measured_clips"]
