"""Other lengths of a motion without another tempo: holds and cycles are cut or repeated, where poses meet.

A motion graph of one clip (Kovar, Gleicher and Pighin 2002): after a time step comes the next one or, where the pose
before it looks the same, any other. Of all ways from the first step to the last that have the asked length the one is
taken whose jumps are seen least.
"""

import numpy as np
from numpy.typing import NDArray

from ..motion import MODEL_FPS, Motion
from ..motion.rotations import rotate_ground

#: Poses of which a joint is further apart than this (metres, velocity as `_AHEAD` says) are no seam. Hands are few of a
#: body's joints; a mean over all would hide them.
WIDEST_SEAM = 0.1
#: Seconds ahead for which velocities count.
_AHEAD = 0.1
#: What each jump costs beside its seam, so that few long ones are better than many short ones; and what a metre of
#: movement costs (of the fastest joint) that it repeats or leaves out: a salute is held longer, not given twice.
_A_JUMP, _A_METRE = 0.1, 1.0
#: What a second costs in which the body waits: ten seconds of jumping jacks are not eight of standing. It is more than
#: what repeating a quick movement costs. Who repeats something waits where no joint is quicker than this (m/s), others
#: in the pose of the start.
_A_SECOND_IDLE, _IDLE_SPEED = 5.0, 0.5


def way_of_length(motion: Motion, downsample: int, steps: int, repeats: bool = False) -> tuple[int, ...] | None:
    """Which time step comes when, so that the motion has so many; None where no way is smooth enough.

    Args:
        motion: at 20 fps.
        downsample: frames of a time step.
        steps: how many are wanted.
        repeats: the movement is one that is repeated, so that more of it is wanted; nothing is held.
    """
    poses = _poses(motion)
    seams = _seams(poses, downsample)
    count = len(seams)
    if steps < 1 or count < 2:
        return None
    moved = np.linalg.norm(np.diff(poses, axis=0), axis=-1).max(axis=-1).cumsum()[: count * downsample : downsample]
    moved = np.append(moved, moved[-1:])[:count]
    price = _A_JUMP + _A_METRE * np.abs(moved[:, None] - moved[None])
    costs = np.where(seams <= WIDEST_SEAM, (seams / WIDEST_SEAM) ** 2 + price, np.inf)
    costs[-1] = np.inf  # nobody knows what would come after the last step
    costs[np.arange(count - 1), np.arange(1, count)] = 0.0
    if repeats:
        speed = np.diff(moved, append=moved[-1:]) / downsample * MODEL_FPS
        idle = 1 - np.minimum(speed / _IDLE_SPEED, 1)
        np.fill_diagonal(costs, np.inf)
    else:
        starts = poses[: count * downsample : downsample]
        idle = np.linalg.norm(starts - poses[0], axis=-1).max(axis=-1) < WIDEST_SEAM
    costs += idle * _A_SECOND_IDLE * downsample / MODEL_FPS
    best = np.full(count, np.inf)
    best[0] = 0.0
    came: list[NDArray] = []
    for _ in range(steps - 1):
        ways = best[:, None] + costs
        came.append(ways.argmin(axis=0))
        best = ways.min(axis=0)
    if not np.isfinite(best[-1]):
        return None
    path = [count - 1]
    for before in reversed(came):
        path.append(int(before[path[-1]]))
    return tuple(reversed(path))


def _poses(motion: Motion) -> NDArray:
    """(frames, 22, 3) joints as seen from above the pelvis' place on the floor, facing ahead."""
    joints = motion.joints()
    joints[..., [0, 2]] -= motion.translation[:, None, [0, 2]]
    turn = -motion.heading()[:, None].expand(-1, joints.shape[1])
    joints[..., [0, 2]] = rotate_ground(joints[..., [0, 2]], turn)
    return joints.numpy()


def _seams(poses: NDArray, downsample: int) -> NDArray:
    """(steps, steps) how far the pose after the one time step is from the pose at the start of the other, metres."""
    ahead = np.gradient(poses, axis=0) * MODEL_FPS * _AHEAD
    count = len(poses) // downsample
    starts = np.arange(count) * downsample
    after = np.minimum(starts + downsample, len(poses) - 1)
    whole = np.concatenate((poses, ahead), axis=-1)
    apart = whole[after][:, None] - whole[starts][None]
    return np.linalg.norm(apart, axis=-1).max(axis=-1)
