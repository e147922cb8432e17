"""Where keypoints are about the middle of the body, in its size: what does not depend on where the camera stands."""

import torch
from torch import Tensor

#: Numbers of a keypoint that `centred` adds.
CENTRED_SIZE = 3
_SMALLEST = 1e-4


def centred(keypoints: Tensor) -> Tensor:
    """Keypoints (..., joints, 3) with x and y about the mean of those seen, in their spread, and the spread's log.

    Each frame by itself, so that it streams. What was not seen (all three 0) gets zeros.

    Returns:
        (..., joints, 6).
    """
    keypoints = keypoints.float()
    seen = (keypoints != 0).any(-1, keepdim=True).float()
    number = seen.sum(-2, keepdim=True).clamp(min=1)
    points = keypoints[..., :2]
    offset = (points - (points * seen).sum(-2, keepdim=True) / number) * seen
    size = (offset.square().sum((-2, -1), keepdim=True) / number).sqrt().clamp(min=_SMALLEST)
    return torch.cat((keypoints, offset / size, size.log() * seen), -1)


__all__ = ["CENTRED_SIZE", "centred"]
