"""Clips for games: one that repeats without a jump, and one that stays where it is."""

import math

import roma
import torch
from torch import Tensor

from .motion import MIN_FRAMES, Motion, MotionError
from .rotations import rotate_ground, yaw_quaternion
from .stitching import join, local_poses

FADE_SECONDS = 0.4
#: The cycle is at least this share of the clip that could be one.
SHORTEST_SHARE = 0.4
#: How much worse poses may fit for a cycle that keeps the whole clip, not none of it: metres.
KEEPING_BONUS = 0.05
#: Ends that are nearer than this are meant to be one place; those further apart are a way that goes on with each cycle.
SAME_PLACE, SAME_HEADING = 0.25, math.radians(30)  # metres, radians
#: Start and end of the cycle are looked for among so many frames.
_MOST_CANDIDATES = 400


def in_place(motion: Motion) -> Motion:
    """The motion without travel: the pelvis stays above where it starts. Its height and its turns are kept."""
    translation = motion.translation.clone()
    translation[:, [0, 2]] = translation[:1, [0, 2]]
    return motion.replace(translation=translation)


def looped(motion: Motion, travels: bool = True) -> Motion:
    """A piece of the motion that repeats without a jump: its last frame has the pose of its first one.

    The piece starts and ends where the poses and their speeds are most alike; the last ``FADE_SECONDS`` fade into what
    came before its start.

    Args:
        motion: what to cut from.
        travels: a way or turn goes on with every cycle, so that only poses meet. Ends closer than ``SAME_PLACE`` and
            ``SAME_HEADING`` meet in place and heading too. Where False, headings always meet.

    Raises:
        MotionError: a clip too short to hold a cycle.
    """
    fade = max(MIN_FRAMES, round(FADE_SECONDS * motion.fps))
    if motion.num_frames < 3 * fade:
        seconds = 3 * fade / motion.fps
        raise MotionError(f"a motion of {motion.seconds:.2g} s is too short to loop; give {seconds:.2g} s or more")
    start, end = _best_cycle(motion, fade)
    cycle = join(motion.crop(start, end), motion.crop(start - fade, start + 1), fade)
    return _closed(cycle.replace(text=motion.text), travels)


def _best_cycle(motion: Motion, fade: int) -> tuple[int, int]:
    """First frame of the cycle, at least ``fade``, and the later frame that has its pose again."""
    last = motion.num_frames - 1
    frames = torch.arange(fade, last + 1, max(1, math.ceil((last - fade) / _MOST_CANDIDATES)))
    poses = local_poses(motion)[frames].flatten(1)
    gaps = torch.cdist(poses, poses) / math.sqrt(poses.shape[1] / 3)
    lengths = frames[None] - frames[:, None]
    whole = last - fade
    costs = gaps + KEEPING_BONUS * (1 - lengths / whole)
    costs[lengths < max(2 * fade, SHORTEST_SHARE * whole)] = math.inf
    if not torch.isfinite(costs).any():  # a clip of not much more than two fades is one cycle
        return fade, last
    start, end = divmod(int(costs.argmin()), len(frames))
    return int(frames[start]), int(frames[end])


def _closed(motion: Motion, travels: bool) -> Motion:
    """What is left between the ends' headings and places, spread over the whole clip."""
    share = torch.linspace(0, 1, motion.num_frames)
    heading = motion.heading()
    turn = float(torch.remainder(heading[-1] - heading[0] + math.pi, 2 * math.pi) - math.pi)
    if not travels or abs(turn) < SAME_HEADING:
        motion = _turned(motion, -turn * share)
    way = motion.translation[-1] - motion.translation[0]
    if float(way[[0, 2]].norm()) < SAME_PLACE:
        motion = motion.replace(translation=motion.translation - way * share[:, None])
    return motion


def _turned(motion: Motion, angles: Tensor) -> Motion:
    """Every frame turned by its own angle (T,), and each of its steps along with it."""
    rotations = motion.rotations.clone()
    rotations[:, 0] = roma.quat_product(yaw_quaternion(angles), rotations[:, 0])
    ground = motion.translation[:, [0, 2]]
    steps = rotate_ground(ground[1:] - ground[:-1], (angles[1:] + angles[:-1]) / 2)
    ground = torch.cat((ground[:1], ground[:1] + steps.cumsum(0)))
    translation = torch.stack((ground[:, 0], motion.translation[:, 1], ground[:, 1]), dim=-1)
    return motion.replace(rotations=rotations, translation=translation)
