"""Cut long recordings where one activity ends and the next begins, and always where the recording itself jumps.

Cuts are chosen all at once, by dynamic programming over the candidate frames: pieces keep their lengths within bounds,
cuts fall where the body rests (a valley of joint speed) or where it begins to move in another way (a change point of
posture and speed profile), and there are no more of them than lengths and activities ask for.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d

from ...motion import MODEL_FPS, PARTS, Motion
from ...motion.body_track import BodyTrack, smoothed
from ...motion.curves import runs

# Mean over joints: nobody moves the whole body this far and this fast for two frames only. Of 3,334 recorded clips, 32
# exceed 0.07 m, all of them broken there; the greatest of the others, fast waving at 20 fps, reaches 0.06.
JUMP_DISTANCE = 0.07  # m
JUMP_SPEED = 1.4  # m/s

VALLEY_SECONDS = 0.8  # joint speed is averaged over this: longer than a step's stance, shorter than a pause
CHANGE_SECONDS = 1.5  # what is compared before and after a frame: about one stride, or one repetition
BESIDE_SECONDS = 4.0  # a rest is one when the body moves faster within this time both before and after
SLOW_SPEED = 0.3  # m/s, mean over joints: valleys between slower movements count less; slow walking has 0.5
#: A cut costs this less its boundary's strength (0 to 1): only boundaries stronger than this are cut without need.
CUT_PRICE = 0.75


def cut_long(motion: Motion, longest_seconds: float = 10.0, shortest_seconds: float = 1.0) -> list[tuple[int, int]]:
    """The pieces of a recording as (start, stop) frames, stop exclusive, in order.

    A recording of at most ``longest_seconds`` without a jump is one piece. Frames that belong to no piece are the ones
    inside a jump, and stretches between jumps that are shorter than ``shortest_seconds``.

    Raises:
        ValueError: lengths between which a recording cannot always be cut (longest under twice the shortest).
    """
    if not 0 < 2 * shortest_seconds <= longest_seconds:
        raise ValueError(
            f"longest_seconds={longest_seconds:g} and shortest_seconds={shortest_seconds:g}: the longest piece must be "
            "at least twice as long as the shortest"
        )
    shortest, longest = (round(seconds * motion.fps) for seconds in (shortest_seconds, longest_seconds))
    pieces: list[tuple[int, int]] = []
    strength: NDArray | None = None
    for start, stop in _continuous_stretches(motion):
        if stop - start > longest:
            strength = boundary_strength(motion) if strength is None else strength
            pieces += [(start + a, start + b) for a, b in _cut(strength[start:stop], shortest, longest)]
        elif stop - start >= shortest:
            pieces.append((start, stop))
    return pieces


def jump_distances(motion: Motion) -> NDArray:
    """(T - 1,) metres by which each step of the body (mean over joints) exceeds the steps around it.

    A jump lasts one step, or two when the recording was resampled across it, so the steps two away must be ordinary.
    """
    joints = motion.joints().double().numpy()
    step = np.linalg.norm(np.diff(joints, axis=0), axis=-1).mean(axis=1)
    # beyond an end there is nothing to compare with; the other side decides alone
    around = np.pad(step, 2, constant_values=0.0)
    return step - np.maximum(around[:-4], around[4:])


def boundary_strength(motion: Motion) -> NDArray:
    """(T,) how well a piece may begin at each frame, 0 to 1: the body rests there, or what it does changes there."""
    track = BodyTrack(motion)
    strength = np.maximum(_valleys(track), _changes(track))
    times = np.arange(motion.num_frames) / motion.fps * MODEL_FPS
    return np.interp(times, np.arange(len(strength)), strength)


def _continuous_stretches(motion: Motion) -> list[tuple[int, int]]:
    """(start, stop) frames between hard jumps."""
    excess = jump_distances(motion)
    jumps = (excess > JUMP_DISTANCE) & (excess * motion.fps > JUMP_SPEED)
    # a run of n continuous steps joins n + 1 frames
    return [(start, stop + 1) for start, stop in runs(~jumps)]


def _valleys(track: BodyTrack) -> NDArray:
    """(T,) 1 where the body rests between movements, 0 where it moves as fast as shortly before or shortly after."""
    speed = smoothed(_joint_speed(track), round(VALLEY_SECONDS * track.fps))
    reach = round(BESIDE_SECONDS * track.fps)
    # windows that end at the frame, and windows that begin there
    before, after = (
        maximum_filter1d(speed, reach + 1, mode="constant", origin=origin)
        for origin in (reach // 2, -((reach + 1) // 2))
    )
    usual = np.minimum(before, after)
    return np.clip((usual - speed) / np.maximum(usual, SLOW_SPEED), 0.0, 1.0)


def _changes(track: BodyTrack) -> NDArray:
    """(T,) how much posture and speeds differ after a frame from before it, against how much they vary anyway."""
    features = _profile(track)
    window = min(round(CHANGE_SECONDS * track.fps), len(features) // 2)
    sums, squares = (np.cumsum(np.pad(values, ((1, 0), (0, 0))), axis=0) for values in (features, features**2))
    frames = np.arange(window, len(features) - window + 1)
    before, after = ((totals[b] - totals[a]) / window for totals, a, b in (
        (sums, frames - window, frames), (sums, frames, frames + window)))  # fmt: skip
    spread = (squares[frames + window] - squares[frames - window]) / window - before**2 - after**2
    # each feature is in units of what counts as a difference, so 1 is the least spread worth dividing by
    contrast = np.sqrt(((after - before) ** 2 / (1.0 + np.maximum(spread, 0.0))).mean(axis=1))
    strength = np.zeros(len(features) + 1)
    strength[frames] = contrast / (1.0 + contrast)
    return _peaks(strength[: len(features)], window // 2)


def _profile(track: BodyTrack) -> NDArray:
    """(T, D) what the body does, smoothed, each column in units of a difference that an observer would name."""
    local = np.stack([track.to_body_frame(joint) for joint in np.moveaxis(track.joints - track.joints[:, :1], 1, 0)])
    speed = np.linalg.norm(np.gradient(local, axis=1), axis=-1) * track.fps
    parts = np.stack([speed[list(part.joints)].mean(axis=0) for part in PARTS[1:]], axis=1)
    turning = np.abs(np.gradient(track.heading)) * track.fps
    columns = np.column_stack(
        (parts / 0.3, track.ground_velocity / 0.4, turning / 60, track.pelvis_height / 0.15, track.torso_pitch / 20)
    )
    return smoothed(columns, round(0.5 * track.fps))


def _joint_speed(track: BodyTrack) -> NDArray:
    """(T,) mean over joints, m/s."""
    return np.linalg.norm(np.gradient(track.joints, axis=0), axis=-1).mean(axis=1) * track.fps


def _peaks(values: NDArray, reach: int) -> NDArray:
    """The values where they are the greatest within ``reach`` frames, 0 elsewhere."""
    return np.where(values >= maximum_filter1d(values, 2 * reach + 1, mode="constant"), values, 0.0)


def _one_per_boundary(strength: NDArray) -> NDArray:
    """The strength, so that of each stretch worth a cut only its best frame, the middle one of equals, is worth it."""
    limited = np.minimum(strength, CUT_PRICE)
    for start, stop in runs(strength > CUT_PRICE):
        best = start + np.flatnonzero(strength[start:stop] >= strength[start:stop].max() - 1e-6)
        limited[best[len(best) // 2]] = strength[best[0]]
    return limited


def _cut(strength: NDArray, shortest: int, longest: int) -> list[tuple[int, int]]:
    """The cheapest way to cut frames 0..T into pieces of ``shortest`` to ``longest`` frames."""
    frames = len(strength)
    price = CUT_PRICE - _one_per_boundary(strength)
    cost = np.full(frames + 1, np.inf)
    cost[0] = 0.0
    origin = np.zeros(frames + 1, dtype=int)
    for stop in range(shortest, frames + 1):
        first = max(0, stop - longest)
        best = first + int(cost[first : stop - shortest + 1].argmin())
        cost[stop] = cost[best] + (price[stop] if stop < frames else 0.0)
        origin[stop] = best
    cuts = [frames]
    while cuts[-1] > 0:
        cuts.append(int(origin[cuts[-1]]))
    return list(zip(cuts[:0:-1], cuts[-2::-1], strict=True))
