"""Left and right, where a detector exchanges them: it often takes a back for a front, for a while or all the time.

Arms and legs are exchanged or not, each in every frame; of all ways to say so, the likeliest is taken (Viterbi's
algorithm). What counts:

- joints are near to where they were in the frame before;
- chest and hips face the same way, and the face does: from behind, the right ear is to the right of the left one;
- people walk forwards: who grows in the picture is seen from the front, who shrinks from behind;
- the detector is right more often than not. Who truly walks backwards does so where it sees the face on that side.

Where somebody is seen exactly from the side, chest and hips say little, and legs may stay exchanged.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...motion.body_track import smoothed
from .layouts import KeypointLayout

#: Sizes of the body: how far joints are off, and how far they go in a second.
NOISE, SPEED = 0.02, 0.4
#: A jump that is this many times as far says no more than one that is farther: film cuts.
MOST_STEPS = 10.0
#: Frames after a longer gap (s) say nothing of those before it.
LONGEST_GAP = 0.25
#: A detector's errors last for so long (s): frames within it count as one.
LASTING = 0.4
#: What an exchange from one frame to the next costs: legs are exchanged more often.
ARMS_COST, LEGS_COST = 0.5, 0.25
#: How much each of the reasons above counts.
TORSO_WEIGHT, FACE_WEIGHT, TRAVEL_WEIGHT, DETECTOR_WEIGHT = 0.5, 1.8, 2.0, 0.4
#: Of a body seen from the front, in its sizes: from shoulder to shoulder and hip to hip, and from ear to ear.
BODY_WIDTH, FACE_WIDTH = 0.1, 0.06
#: Who comes nearer by so much (sizes of the body in a second) walks for sure, and the time over which it is seen (s).
WALKING, WALKING_SECONDS = 0.3, 0.7
#: Focal length of a camera that nobody knows, in longer sides of the picture.
FOCAL = 1.1
_FEWEST_POINTS = 3
_ARMS = ("shoulder", "elbow", "wrist", "pinky", "index", "thumb")
_LEGS = ("hip", "knee", "ankle", "heel", "big_toe", "small_toe", "foot_index")
_FACE = ("ear", "eye", "eye_inner", "eye_outer")
#: Arms and legs, exchanged (1) or not.
_STATES = np.array([(0, 0), (0, 1), (1, 0), (1, 1)])


def with_sides_right(points: NDArray, layout: KeypointLayout, seconds: NDArray, side: float) -> NDArray:
    """Keypoints (T, K, 3) with left and right where they most likely are; arguments as of `exchanged_sides`."""
    exchanged = exchanged_sides(points, layout, seconds, side)
    result = points.copy()
    for number, names in enumerate((_ARMS, _LEGS)):
        pairs, frames = _Pairs.of(layout, names), np.flatnonzero(exchanged[:, number])
        for one, other in ((pairs.left, pairs.right), (pairs.right, pairs.left)):
            result[np.ix_(frames, one)] = points[np.ix_(frames, other)]
    return result


def exchanged_sides(points: NDArray, layout: KeypointLayout, seconds: NDArray, side: float) -> NDArray:
    """Where the detector most likely exchanged left and right: (T, 2), of arms and of legs.

    Args:
        points: (T, K, 3) keypoints of one person, pixels and confidence, which is 0 where one is missing.
        layout: of the keypoints.
        seconds: (T,) times of the frames.
        side: the longer side of the picture, pixels.
    """
    result = np.zeros((len(points), 2), dtype=bool)
    shown = np.flatnonzero((points[..., 2] > 0).sum(1) >= _FEWEST_POINTS)
    if len(shown) < 2:
        return result
    points, seconds = points[shown], seconds[shown]
    arms, legs = _Pairs.of(layout, _ARMS), _Pairs.of(layout, _LEGS)
    steps = _step_costs(points, seconds, (arms, legs))
    result[shown] = _STATES[_cheapest(_frame_costs(points, layout, seconds, side, arms, legs), steps)].astype(bool)
    return result


@dataclass(frozen=True, eq=False)
class _Pairs:
    """Numbers of left and right keypoints that are exchanged together."""

    left: NDArray
    right: NDArray

    @classmethod
    def of(cls, layout: KeypointLayout, names: tuple[str, ...]) -> "_Pairs":
        known = [name for name in names if f"left_{name}" in layout.points]
        sides = ([layout.points.index(f"{side}_{name}") for name in known] for side in ("left", "right"))
        return cls(*(np.array(numbers, dtype=int) for numbers in sides))

    def ways(self, points: NDArray) -> NDArray:
        """Mean ways (T - 1, 2), pixels, from each frame of (T, K, 3) to the next: as it is, with sides exchanged."""
        here, there = np.concatenate((self.left, self.right)), np.concatenate((self.right, self.left))
        return np.stack([_mean_way(points[:-1, here], points[1:, after]) for after in (here, there)], axis=-1)

    def width(self, points: NDArray, pairs: int | None = None) -> NDArray:
        """(T,) mean pixels from right to left in the first ``pairs``: above 0 from the front, 0 where unseen."""
        left, right = points[:, self.left[:pairs]], points[:, self.right[:pairs]]
        seen = (left[..., 2] > 0) & (right[..., 2] > 0)
        return ((left[..., 0] - right[..., 0]) * seen).sum(1) / np.maximum(seen.sum(1), 1)


def _frame_costs(
    points: NDArray, layout: KeypointLayout, seconds: NDArray, side: float, arms: _Pairs, legs: _Pairs
) -> NDArray:
    """(T, 4) what speaks against each state in a frame alone."""
    size = _sizes(points)
    signs = 1 - 2 * _STATES  # -1 where exchanged
    chest, hips = (
        np.clip(pairs.width(points, 1) / (BODY_WIDTH * size), -1, 1)[:, None] * signs[:, number]
        for number, pairs in enumerate((arms, legs))
    )
    face = np.clip(_Pairs.of(layout, _FACE).width(points) / (FACE_WIDTH * size), -1, 1)
    travel = np.clip(_approach(points, layout, seconds, side) / WALKING, -1, 1)
    front = (FACE_WEIGHT * face + TRAVEL_WEIGHT * travel)[:, None]
    gaps = np.diff(seconds)
    share = np.minimum(1.0, np.concatenate((gaps[:1], gaps)) / LASTING)[:, None]
    return -share * (TORSO_WEIGHT * chest * hips + front * (chest + hips) + DETECTOR_WEIGHT * signs.sum(1))


def _step_costs(points: NDArray, seconds: NDArray, groups: tuple[_Pairs, _Pairs]) -> NDArray:
    """(T - 1, 4, 4) what speaks against going from a state to another one."""
    gaps = np.diff(seconds)
    usual = _sizes(points)[1:] * (NOISE + SPEED * np.minimum(gaps, LONGEST_GAP))
    costs = np.zeros((len(gaps), 4, 4))
    for number, (pairs, dear) in enumerate(zip(groups, (ARMS_COST, LEGS_COST), strict=True)):
        ways = np.minimum(pairs.ways(points) / usual[:, None], MOST_STEPS) + [0.0, dear]
        ways[gaps > LONGEST_GAP] = 0.0
        costs += ways[:, _STATES[:, None, number] ^ _STATES[None, :, number]]
    return costs


def _approach(points: NDArray, layout: KeypointLayout, seconds: NDArray, side: float) -> NDArray:
    """(T,) how fast a body comes nearer, in its sizes a second, as it grows in the picture; 0 where that is not seen.

    Trunk and legs must say so both: who bends or sits down only seems to go away.
    """
    pairs = {name: _Pairs.of(layout, (name,)) for name in ("shoulder", "hip", "knee", "ankle")}
    both = [np.concatenate((pair.left, pair.right)) for pair in pairs.values()]
    seen = (points[:, np.concatenate(both), 2] > 0).all(1)
    result = np.zeros(len(points))
    if seen.sum() < 2:
        return result
    points, seconds = points[seen], seconds[seen]
    shoulder, hip, knee, ankle = (points[:, numbers, :2].mean(1) for numbers in both)
    trunk = np.linalg.norm(shoulder - hip, axis=-1)
    leg = np.linalg.norm(hip - knee, axis=-1) + np.linalg.norm(knee - ankle, axis=-1)
    reach = max(1, round(WALKING_SECONDS * (len(seconds) - 1) / max(seconds[-1] - seconds[0], 1e-9)))
    frames = np.arange(len(seconds))
    first, last = np.maximum(frames - reach, 0), np.minimum(frames + reach, len(frames) - 1)
    growth = []
    for length in (trunk, leg):
        scale = smoothed(np.log(np.maximum(length, 1.0)), reach // 2)
        growth.append((scale[last] - scale[first]) / np.maximum(seconds[last] - seconds[first], 1e-9))
    agreed = np.where(np.sign(growth[0]) == np.sign(growth[1]), np.sign(growth[0]) * np.abs(growth).min(0), 0.0)
    result[seen] = agreed * FOCAL * side / smoothed(_sizes(points), reach)  # a body of size 1 is so far away
    return result


def _cheapest(costs: NDArray, steps: NDArray) -> NDArray:
    """(T,) the states of the path that costs least, of costs (T, S) of frames and (T - 1, S, S) of steps."""
    total, back = costs[0], []
    for here, step in zip(costs[1:], steps, strict=True):
        through = total[:, None] + step
        back.append(through.argmin(0))
        total = through.min(0) + here
    path = [int(total.argmin())]
    for came_from in reversed(back):
        path.append(int(came_from[path[-1]]))
    return np.array(path[::-1])


def _mean_way(before: NDArray, after: NDArray) -> NDArray:
    """(T,) mean distance of keypoints (T, n, 3) that both have; 0 where there is none."""
    both = (before[..., 2] > 0) & (after[..., 2] > 0)
    way = np.linalg.norm(after[..., :2] - before[..., :2], axis=-1) * both
    return way.sum(1) / np.maximum(both.sum(1), 1)


def _sizes(points: NDArray) -> NDArray:
    """(T,) longer side of the box around the keypoints (T, K, 3) that are seen, pixels; each frame has one."""
    seen = points[..., 2:] > 0
    high = np.where(seen, points[..., :2], -np.inf).max(axis=1)
    low = np.where(seen, points[..., :2], np.inf).min(axis=1)
    return np.maximum((high - low).max(axis=1), 1.0)


__all__ = ["exchanged_sides", "with_sides_right"]
