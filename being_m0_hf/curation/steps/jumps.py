"""Where a track of keypoints goes on with somebody else: nobody could get from the one pose to the other."""

import numpy as np
from numpy.typing import NDArray

from ...motion.h36m_joints import H36M_MIRROR
from ..curated_video import body_sizes

#: A frame with fewer joints shows nobody.
FEWEST_JOINTS = 6
#: How far joints may be from where they were going, in sizes of the body: this much for a detector's errors, and this
#: much for each second. Of 30,000 frames of recorded people, filmed at 15 to 60 a second with such errors, one in a
#: thousand is farther off, and none of 24 cuts from one person to another is nearer.
OFF_SLACK, OFF_SPEED = 0.04, 1.2
#: The same of the way itself, where it is not known where they were going.
WAY_SLACK, WAY_SPEED = 0.06, 2.5
#: Seconds back from which a velocity still tells where joints are going.
LONGEST_MEMORY = 0.2
_FEWEST_COMMON = 3
_MIRROR = list(H36M_MIRROR)


def shown_frames(keypoints: NDArray) -> NDArray:
    """Indices of the frames of (T, 17, 3) in which somebody is seen."""
    return np.flatnonzero((keypoints[..., 2] > 0).sum(axis=1) >= FEWEST_JOINTS)


def jumps_of(keypoints: NDArray, seconds: NDArray) -> list[tuple[int, int]]:
    """Pairs of frames, one after the other of those that show somebody, between which a track (T, 17, 3) jumps.

    Args:
        seconds: (T,) times of the frames.
    """
    shown = shown_frames(keypoints).tolist()
    jumps = []
    for index in range(1, len(shown)):
        before, after = shown[index - 1], shown[index]
        earlier = shown[index - 2] if index > 1 else None
        later = shown[index + 1] if index + 1 < len(shown) else None
        off = [
            _off(keypoints, seconds, known, here, there)
            for known, here, there in ((earlier, before, after), (later, after, before))
        ]
        gap = float(seconds[after] - seconds[before])
        known = [each for each in off if each is not None]
        if known:
            jump = min(known) > OFF_SLACK + OFF_SPEED * gap
        else:
            way = _distance(keypoints, before, after, keypoints[before, :, :2])
            jump = way is not None and way > WAY_SLACK + WAY_SPEED * gap
        if jump:
            jumps.append((before, after))
    return jumps


def _off(keypoints: NDArray, seconds: NDArray, known: int | None, here: int, there: int) -> float | None:
    """How far joints are in one frame from where they were going in another, as they came from a third."""
    if known is None or abs(seconds[here] - seconds[known]) > LONGEST_MEMORY:
        return None
    share = (seconds[there] - seconds[here]) / (seconds[here] - seconds[known])
    expected = keypoints[here, :, :2] + share * (keypoints[here, :, :2] - keypoints[known, :, :2])
    return _distance(keypoints, here, there, expected, keypoints[known, :, 2] > 0)


def _distance(
    keypoints: NDArray, here: int, there: int, expected: NDArray, also: NDArray | None = None
) -> float | None:
    """Median distance of joints from where they are expected, in sizes of the body; None where too few are known.

    Who is taken for seen from behind is the same person: the smaller one counts, with left and right exchanged or not.
    """
    size = float(body_sizes(keypoints[[here, there]]).max())
    found = []
    for points in (keypoints[there], keypoints[there][_MIRROR]):
        both = (keypoints[here, :, 2] > 0) & (points[:, 2] > 0)
        if also is not None:
            both &= also
        if both.sum() >= _FEWEST_COMMON:
            found.append(float(np.median(np.linalg.norm(points[both, :2] - expected[both], axis=-1))))
    return min(found) / max(size, 1e-9) if found else None


__all__ = ["FEWEST_JOINTS", "jumps_of", "shown_frames"]
