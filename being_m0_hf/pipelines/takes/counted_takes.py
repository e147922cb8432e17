"""A take of a written action done as often as is said: its repetitions are repeated or left out, where poses meet."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch

from ...motion import Motion
from ...motion.stitching import BLEND_FRAMES, join, local_poses
from .take_lengths import FASTEST, at_length, waiting

#: Tells the middle frame of each repetition that a motion shows.
Counter = Callable[[Motion], Sequence[int]]

#: Poses of which a joint is further apart than this (metres, and metres in 0.2 s) are no seam.
WIDEST_SEAM = 0.26
#: So much of the usual time between two repetitions one takes at least.
SHORTEST = 0.6
#: What each seam costs beside the distance of its poses, metres: few long stretches are better than many short ones.
_A_SEAM = 0.02
#: More is never tried: it does not fit.
_MOST = 100


def counted(
    motion: Motion, count: int, counter: Counter, frames: int | None, most: int, tempo: float
) -> tuple[Motion, str] | None:
    """The take with so many repetitions, or as many of them as fit and meet, and what is missing of the number; None
    where they cannot be told.

    Args:
        motion: the take in its own length.
        frames: that are asked for; None for as long as it takes at the ``tempo`` (1: as written), up to ``most``.
    """
    middles = list(counter(motion))
    stretches = _stretches(motion, middles) if middles else {}
    full = False
    for number in range(min(count, _MOST), 0, -1):
        way = _way(stretches, number - len(middles))
        if way is None:
            continue
        if motion.num_frames + way.frames > (frames or most) * FASTEST:
            full = True
            continue
        whole = way.of(motion)
        if len(counter(whole)) != number:
            continue
        wanted = frames or min(round(whole.num_frames / tempo), most)
        whole = at_length(waiting(whole, frames or 0), wanted)
        doubt = "" if number == count else f"it is done {number} of {count} times"
        doubt += f", more do not fit into {whole.seconds:g} s" if doubt and full else ""
        return whole, doubt
    return None


@dataclass(frozen=True)
class _Way:
    """From ``first`` to ``last`` and so many times back to ``first``; a jump from ``first`` to ``last`` where -1. Poses
    fade into each other ``fade`` frames before and after."""

    first: int = 0
    last: int = 0
    times: int = 0
    fade: int = 1

    @property
    def frames(self) -> int:
        """How many more it has than the motion."""
        return self.times * (self.last - self.first)

    def of(self, motion: Motion) -> Motion:
        fade = self.fade
        leave, land = (self.first, self.last) if self.times < 0 else (self.last, self.first)
        whole = motion
        for _ in range(abs(self.times)):
            end = leave + whole.num_frames - motion.num_frames
            whole = join(whole.crop(0, end + fade), motion.crop(land - fade, motion.num_frames), 2 * fade)
        return whole


def _stretches(motion: Motion, middles: Sequence[int]) -> dict[int, tuple[float, _Way]]:
    """Number of repetitions -> how far apart the poses are at the ends of the best stretch that has it, and that."""
    poses = local_poses(motion)
    apart = torch.stack([(poses - pose).norm(dim=-1).amax(dim=-1) for pose in poses])
    gaps = torch.tensor(middles).diff() if len(middles) > 1 else torch.tensor([motion.num_frames // 2])
    quarter = int(gaps.min()) // 4
    fade = max(1, min(BLEND_FRAMES // 2, quarter))
    apart[apart > WIDEST_SEAM] = torch.inf
    apart[:fade] = apart[:, -fade:] = torch.inf  # there a seam has no room
    for middle in middles:  # what is cut there is neither whole nor gone
        near = slice(max(0, middle - max(quarter, fade + 1)), middle + max(quarter, fade + 1) + 1)
        apart[near] = apart[:, near] = torch.inf
    frames = torch.arange(motion.num_frames)
    passed = torch.bucketize(frames, torch.tensor(middles))
    number, length = passed[None] - passed[:, None], frames[None] - frames[:, None]
    found = {}
    for each in range(1, len(middles) + 1):
        whole = (number == each) & (length >= SHORTEST * each * gaps.median())
        seams = apart.where(whole, torch.inf)
        first, last = divmod(int(seams.argmin()), len(seams))
        if torch.isfinite(seams[first, last]):
            found[each] = float(seams[first, last]), _Way(first, last, 1, fade)
    return found


def _way(stretches: dict[int, tuple[float, _Way]], more: int) -> _Way | None:
    """The way with so many repetitions more, or fewer, whose seams are seen least; None where none is good enough."""
    if more == 0:
        return _Way()
    if more < 0:
        return replace(stretches[-more][1], times=-1) if -more in stretches else None
    able = [number for number in stretches if more % number == 0]
    best = min(able, key=lambda number: (stretches[number][0] + _A_SEAM) * (more // number), default=None)
    return None if best is None else replace(stretches[best][1], times=more // best)
