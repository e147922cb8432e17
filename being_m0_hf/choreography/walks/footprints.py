"""The feet of a recorded walk: when they stand, how far they are through a swing, and legs solved to edited feet."""

import numpy as np
from numpy.typing import NDArray

from ...motion import MODEL_FPS
from ...motion.curves import gaussian_smooth, lowest_around, runs
from ..engine import turns
from ..engine.body import SIGN, Body, Pose
from ..engine.legs import FootTrack, pose_legs, recorded_foot

#: A foot that stands moves no faster, m/s, and is no higher above its own floor, metres.
_STANDING_SPEED, _STANDING_HEIGHT = 0.5, 0.05
Feet = dict[str, FootTrack]


def standing(pose: Pose) -> dict[str, NDArray]:
    """Side -> (T,) 0 to 1, how much a foot stands."""
    found = {}
    for side in SIGN:
        toe, heel = pose.point(f"{side}_foot"), pose.point(f"{side}_ankle")
        speeds = [np.linalg.norm(np.gradient(way, axis=0)[:, [0, 2]], axis=-1) * MODEL_FPS for way in (toe, heel)]
        low = np.minimum(toe[:, 1], heel[:, 1] - 0.05)
        low = low - lowest_around(low, 31)  # the floor of a recording is not always level
        stands = (np.minimum(*speeds) < _STANDING_SPEED) & (low < _STANDING_HEIGHT)
        found[side] = gaussian_smooth(stands.astype(float), 1.2)
    return found


def swings(stand: NDArray) -> list[tuple[int, int]]:
    """Frame ranges in which a foot is on its way."""
    return runs(stand < 0.5)


def swing_phase(stand: NDArray) -> NDArray:
    """(T,) 0 to 1 through each swing, 0 while the foot stands."""
    phase = np.zeros(len(stand))
    for start, stop in swings(stand):
        phase[start:stop] = (np.arange(stop - start) + 0.5) / (stop - start)
    return phase


def bell(stand: NDArray, power: float = 1.2, smooth: float = 1.0) -> NDArray:
    """(T,) up and down once in each swing."""
    phase = swing_phase(stand)
    return gaussian_smooth(np.sin(np.pi * phase) ** power * (phase > 0), smooth)


def recorded_feet(pose: Pose) -> Feet:
    return {side: recorded_foot(pose, side) for side in SIGN}


def solved(out: Body, recorded: Pose, feet: Feet) -> Body:
    """The body with its legs solved to feet."""
    pose_legs(out, recorded, feet)
    return out


def ground_axes(pose: Pose) -> NDArray:
    """(T, 3, 3) axes (left, up, forward) of the way the pelvis faces, level."""
    forward = pose.axes("pelvis")[:, :, 2]
    return turns.about(turns.Y, np.degrees(np.arctan2(forward[:, 0], forward[:, 2])))


def level(pose: Pose, axis: int) -> NDArray:
    """(T, 3) left (0) or forward (2) of the body, level."""
    return ground_axes(pose)[:, :, axis]


def tilt_pelvis(out: Body, pose: Pose, turn: NDArray) -> None:
    """Turn the pelvis by (T, 3, 3) in the axes of the way it faces; what hangs on it goes along."""
    facing = ground_axes(pose)
    out.local[:, 0] = facing @ turn @ turns.back(facing) @ out.local[:, 0]


def toes_down(turn: NDArray, degrees: NDArray) -> NDArray:
    """Feet (T, 3, 3) pitched by degrees about their own left axis."""
    return turn @ turns.about(turns.X, degrees)


def warped(body: Body, seconds_per_frame: NDArray) -> Body:
    """Played with a duration for each frame, 1 = as recorded."""
    clock = np.concatenate(([0.0], np.cumsum(seconds_per_frame[1:])))
    times = np.interp(np.arange(int(clock[-1]) + 1), clock, np.arange(len(body)))
    first = np.minimum(times.astype(int), len(body) - 2)
    weight = times - first
    local = turns.slerp(body.local[first], body.local[first + 1], np.repeat(weight[:, None], 22, axis=1))
    path = body.path[first] * (1 - weight[:, None]) + body.path[first + 1] * weight[:, None]
    return Body(local, path)
