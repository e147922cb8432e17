"""Events in long recordings that the path alone names: a side step, a turn, a circle, a stop, one leg in the air.

Most trials of a motion library have one line of text for half a minute. What they also show, nobody wrote down; where
the body goes and which way it faces says it without guessing. The thresholds are narrow on purpose: a missed event
costs little, a wrong sentence much.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d

from ..motion import JOINT_INDEX, Motion

#: Lengths of the windows looked at, in seconds, longest first, and how far apart they start.
WINDOW_SECONDS = (9.0, 6.5, 4.5, 3.0, 2.0)
STRIDE_SECONDS = 0.25
#: No more events of one action from one clip.
MAX_PER_CLIP = 4


@dataclass(frozen=True)
class LocomotionEvent:
    """An action in a range of seconds of a motion."""

    start: float
    end: float
    action: str


@dataclass(frozen=True)
class _Path:
    """How the body goes through one window. Metres, degrees (positive to the left), seconds.

    Args:
        forward, left: way gone along and across the facing of every moment, added up with signs.
        length: way gone in all.
        turn, total_turn: net turning, and turning in both directions added up.
        bearing: direction from start to end as seen from the first facing.
        away: distance from start to end; farthest: from the start to the farthest point.
        speed: mean speed; speed_before, speed_after: of the first third and of the last sixth.
        pelvis_low, pelvis_high: lowest and highest pelvis.
        lean: greatest angle of the spine from upright.
        left_foot_up, right_foot_up: share of the frames in which that foot is well above the other one.
        airborne: share of the frames in which both feet are off the ground.
        hands_down: whether both wrists stay below the chest: hands that carry or dance would be worth a word.
    """

    seconds: float
    forward: float
    left: float
    length: float
    turn: float
    total_turn: float
    bearing: float
    away: float
    farthest: float
    speed: float
    speed_before: float
    speed_after: float
    pelvis_low: float
    pelvis_high: float
    lean: float
    left_foot_up: float
    right_foot_up: float
    airborne: float
    hands_down: bool

    @property
    def upright(self) -> bool:
        return self.pelvis_low > 0.74 and self.pelvis_high < 1.1 and self.lean < 32

    @property
    def walks(self) -> bool:
        plain = self.upright and self.hands_down and self.airborne < 0.05
        return plain and 0.4 < self.speed < 1.7 and self.forward > 0.75 * self.length

    @property
    def straight(self) -> bool:
        return self.total_turn < 45 and abs(self.turn) < 25


def _sidestep(path: _Path) -> str:
    if path.upright and path.straight and abs(path.left) > 0.75 and abs(path.left) > 0.8 * path.length:
        return "walk_sideways_left" if path.left > 0 else "walk_sideways_right"
    return ""


def _backward(path: _Path) -> str:
    fits = (
        path.upright
        and path.straight
        and path.hands_down
        and path.forward < -0.9
        and -path.forward > 0.85 * path.length
    )
    return "walk_backward" if fits else ""


def _walk_turn(path: _Path) -> str:
    if path.walks and path.length > 1.5 and 65 < abs(path.turn) < 130 and path.total_turn < abs(path.turn) + 30:
        return "walk_turn_left" if path.turn > 0 else "walk_turn_right"
    return ""


def _run_turn(path: _Path) -> str:
    runs = path.upright and path.speed > 2.0 and path.forward > 0.85 * path.length
    if runs and 35 < abs(path.turn) < 200 and path.total_turn < abs(path.turn) + 45:
        return "run_turn_left" if path.turn > 0 else "run_turn_right"
    return ""


def _veer(path: _Path) -> str:
    if path.walks and path.away > 1.5 and abs(path.turn) < 50 and path.total_turn < 70 and 18 < abs(path.bearing) < 50:
        return "veer_left" if path.bearing > 0 else "veer_right"
    return ""


def _there_and_back(path: _Path) -> str:
    back = path.farthest > 1.1 and path.away < path.farthest - 0.7
    return "walk_around" if path.walks and back and 140 < abs(path.turn) < 230 else ""


def _circle(path: _Path) -> str:
    return (
        "walk_circle"
        if path.walks and path.length > 3.0 and abs(path.turn) > 285 and path.total_turn < abs(path.turn) + 40
        else ""
    )


def _spin(path: _Path) -> str:
    fits = path.upright and path.seconds <= 4.5 and path.farthest < 0.7
    return "pirouette" if fits and 300 < abs(path.turn) < 800 and path.total_turn < abs(path.turn) + 40 else ""


def _stop(path: _Path) -> str:
    fits = path.upright and path.seconds <= 4.5 and path.speed_before > 2.2 and path.speed_after < 0.35
    return "run_stop" if fits else ""


def _one_leg(path: _Path) -> str:
    still = path.upright and path.length < 0.35 and path.airborne == 0 and path.seconds >= 3
    if still and path.left_foot_up > 0.7 and path.right_foot_up == 0:
        return "balance_right_leg"
    return "balance_left_leg" if still and path.right_foot_up > 0.7 and path.left_foot_up == 0 else ""


_RULES: tuple[Callable[[_Path], str], ...] = (
    _sidestep, _backward, _walk_turn, _run_turn, _veer, _there_and_back, _circle, _spin, _stop, _one_leg,
)  # fmt: skip


def find_locomotion_events(motion: Motion) -> Iterator[LocomotionEvent]:
    """Events of a motion, without overlap between those of one action."""
    track = _Track(motion)
    taken: dict[str, list[LocomotionEvent]] = {}
    for seconds in WINDOW_SECONDS:
        frames = round(seconds * motion.fps)
        for first in range(0, motion.num_frames - frames + 1, max(1, round(STRIDE_SECONDS * motion.fps))):
            path = track.path(first, first + frames)
            for rule in _RULES:
                action = rule(path)
                found = taken.setdefault(action, [])
                start, end = first / motion.fps, (first + frames) / motion.fps
                if not action or len(found) >= MAX_PER_CLIP or any(m.start < end and start < m.end for m in found):
                    continue
                found.append(LocomotionEvent(start, end, action))
                yield found[-1]


class _Track:
    """Curves over the frames of a motion, from which every window is summed up."""

    def __init__(self, motion: Motion):
        joints = motion.joints().numpy()
        fps = motion.fps
        pelvis = joints[:, JOINT_INDEX["pelvis"]]
        self.fps = fps
        self.height = pelvis[:, 1]
        # over half a second: a stride's sway is neither a turn nor a step to the side
        self.heading = _smooth(np.unwrap(motion.heading().numpy()), round(fps / 2))
        self.ground = _smooth(pelvis[:, [0, 2]], round(fps / 2))
        step = np.diff(self.ground, axis=0)
        sin, cos = np.sin(self.heading[:-1]), np.cos(self.heading[:-1])
        self.forward = step[:, 0] * sin + step[:, 1] * cos
        self.left = step[:, 0] * cos - step[:, 1] * sin
        self.way = np.linalg.norm(step, axis=1)
        spine = joints[:, JOINT_INDEX["neck"]] - pelvis
        self.lean = np.degrees(np.arccos(np.clip(spine[:, 1] / np.linalg.norm(spine, axis=-1), -1, 1)))
        feet = np.stack([joints[:, JOINT_INDEX[f"{side}_foot"], 1] for side in ("left", "right")], axis=1)
        self.left_up = feet[:, 0] - feet[:, 1] > 0.15
        self.right_up = feet[:, 1] - feet[:, 0] > 0.15
        wrists = np.maximum(*(joints[:, JOINT_INDEX[f"{side}_wrist"], 1] for side in ("left", "right")))
        self.hands_down = wrists < joints[:, JOINT_INDEX["spine3"], 1] + 0.05
        self.airborne = feet.min(axis=1) > np.percentile(feet.min(axis=1), 20) + 0.1

    def path(self, first: int, stop: int) -> _Path:
        frames, steps = slice(first, stop), slice(first, stop - 1)
        ground, heading = self.ground[frames], self.heading[frames]
        gone = ground[-1] - ground[0]
        sin, cos = np.sin(heading[0]), np.cos(heading[0])
        way = self.way[steps]
        seconds = (stop - first) / self.fps
        third = max(1, len(way) // 3)
        return _Path(
            seconds=seconds,
            forward=float(self.forward[steps].sum()),
            left=float(self.left[steps].sum()),
            length=float(way.sum()),
            turn=float(np.degrees(heading[-1] - heading[0])),
            total_turn=float(np.degrees(np.abs(np.diff(heading)).sum())),
            bearing=float(np.degrees(np.arctan2(gone[0] * cos - gone[1] * sin, gone[0] * sin + gone[1] * cos))),
            away=float(np.linalg.norm(gone)),
            farthest=float(np.linalg.norm(ground - ground[0], axis=1).max()),
            speed=float(way.sum() / seconds),
            speed_before=float(way[:third].mean() * self.fps),
            speed_after=float(way[-max(1, third // 2) :].mean() * self.fps),
            pelvis_low=float(self.height[frames].min()),
            pelvis_high=float(self.height[frames].max()),
            lean=float(self.lean[frames].max()),
            left_foot_up=float(self.left_up[frames].mean()),
            right_foot_up=float(self.right_up[frames].mean()),
            airborne=float(self.airborne[frames].mean()),
            hands_down=bool(self.hands_down[frames].all()),
        )


def _smooth(values: NDArray, frames: int) -> NDArray:
    """Moving average over about ``frames``, an odd number; beyond its ends a curve goes on as it ends."""
    return uniform_filter1d(values, max(1, frames) | 1, axis=0, output=np.float64, mode="nearest")
