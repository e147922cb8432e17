"""A take in the length that is asked for: one of its verified lengths, a little slower or faster; or it waits at its
end, or is cut."""

import random
from collections.abc import Sequence

from torch import Tensor

from ...motion import MODEL_FPS, Motion
from ...motion.motion import MIN_FRAMES
from ...motion.stitching import local_poses
from .written_takes import STEP_FRAMES, Take

#: A take may be played so much slower and faster to be as long as asked.
SLOWEST, FASTEST = 0.75, 1.6
#: Joints nearer than this to where they are at the end, and as slow (metres in 0.2 s), rest there.
_AT_REST = 0.03
#: Frames of rest that are left between two actions: 0.3 s.
_KEPT_REST = 6
#: Frames that a take rests at its end, at least, so that it may wait there.
_LEAST_REST = 4


def played(takes: Sequence[Take], frames: int | None, tempo: float, rng: random.Random) -> tuple[Motion, str] | None:
    """One of the takes, so many frames long, and what is missing of it; None where none can be.

    Args:
        frames: that are asked for, at 20 fps; None for as long as it lasts at the ``tempo`` (1: as written).
        rng: chooses among the takes that fit.
    """
    if frames is None:
        take = rng.choice(takes)
        motion = take.motion(take.lengths[take.steps])
        return at_length(motion, round(motion.num_frames / tempo)), ""
    fitting = [(take, length) for take in takes if (length := _length(take, frames)) is not None]
    if fitting:
        take, length = rng.choice(fitting)
        return at_length(take.motion(take.lengths[length]), frames), ""
    lengths = [(length, take) for take in takes for length in take.lengths]
    shorter = [each for each in lengths if each[0] * STEP_FRAMES < frames]
    if shorter:
        length, take = max(shorter, key=lambda each: each[0])
        motion = take.motion(take.lengths[length])
        return (waiting(motion, frames), "") if _rest(local_poses(motion)) >= _LEAST_REST else None
    length, take = min(lengths, key=lambda each: each[0])
    motion = at_length(take.motion(take.lengths[length]), round(length * STEP_FRAMES / FASTEST)).crop(0, frames)
    return motion, f"it takes longer, and only its first {motion.seconds:g} s are shown"


def at_length(motion: Motion, frames: int) -> Motion:
    """The motion played slower or faster, so that it has so many frames."""
    frames = max(frames, MIN_FRAMES)
    if frames == motion.num_frames:
        return motion
    slower = motion.resample(motion.fps * (frames - 1 + 1e-3) / (motion.num_frames - 1))
    return slower.replace(fps=MODEL_FPS).crop(0, frames)


def waiting(motion: Motion, frames: int) -> Motion:
    """The motion with so many frames at least: it waits at its end, moving there and back as it rests."""
    missing = frames - motion.num_frames
    if missing <= 0:
        return motion
    rest = _rest(local_poses(motion))
    there_and_back = [*range(motion.num_frames - 2, motion.num_frames - 1 - rest, -1)] or [motion.num_frames - 1]
    swing = there_and_back + there_and_back[::-1] + [motion.num_frames - 1]
    chosen = list(range(motion.num_frames)) + [swing[frame % len(swing)] for frame in range(missing)]
    return motion.replace(rotations=motion.rotations[chosen], translation=motion.translation[chosen])


def without_rest(motion: Motion, at_start: bool, at_end: bool) -> Motion:
    """The motion without most of its rest before what it does, or after: what comes before or after it needs none."""
    poses = local_poses(motion)
    first = max(_rest(poses.flip(0)) - _KEPT_REST, 0) if at_start else 0
    last = motion.num_frames - (max(_rest(poses) - _KEPT_REST, 0) if at_end else 0)
    return motion.crop(first, last) if last - first > 2 * _KEPT_REST else motion


def _rest(poses: Tensor) -> int:
    """How many frames of (T, 44, 3) poses, beside the last one, are at rest at the end."""
    away = (poses - poses[-1]).norm(dim=-1).amax(dim=-1) > _AT_REST
    return len(poses) - 1 - (int(away.nonzero()[-1]) if away.any() else 0)


def _length(take: Take, frames: int) -> int | None:
    """The length of a take, in time steps, that comes nearest to so many frames; None where none is near enough."""
    steps = frames / STEP_FRAMES
    able = [length for length in take.lengths if SLOWEST <= length / steps <= FASTEST]
    return min(able, key=lambda length: abs(length - steps), default=None)
