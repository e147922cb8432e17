"""A motion whose time steps come in another order: cycles go on, holds are cut, and poses go over into each other."""

from collections.abc import Sequence

import torch

from ...motion import Motion
from ...motion.features import remove_heading, restore_heading

#: Frames in which what is off at a jump fades away: 0.4 s.
_FADE = 8


def reordered(motion: Motion, way: Sequence[int], step_frames: int) -> Motion:
    """Time steps of a motion, one after the other; heading and path go on, wherever a step is from.

    Where a step does not follow the one before it, the body is first in the pose that would have come, and goes over
    into the one that comes.

    Args:
        motion: at 20 fps.
        way: which time step comes when.
        step_frames: frames of a time step.

    Returns:
        The motion of ``len(way) * step_frames`` frames; it starts above the origin facing +z.
    """
    own = remove_heading(motion.to_d135())
    chosen = (torch.tensor(way)[:, None] * step_frames + torch.arange(step_frames)).flatten()
    result = own[chosen]
    fade = (1 + torch.cos(torch.pi * torch.arange(_FADE) / _FADE)) / 2
    for place in range(1, len(way)):
        would_come = (way[place - 1] + 1) * step_frames
        if would_come == way[place] * step_frames:
            continue
        off = own[min(would_come, len(own) - 1)] - own[way[place] * step_frames]
        ahead = result[place * step_frames :][:_FADE]
        ahead += fade[: len(ahead), None] * off
    return Motion.from_d135(restore_heading(result))
