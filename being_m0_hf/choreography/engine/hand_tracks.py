"""The way of a hand through its keys. A key is a track, not a point: it moves with the body that carries its place,
and the hand passes from track to track along arcs about the shoulder.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..score.keys import HandKey
from . import timing, turns
from .body import Pose
from .hand_targets import HandTarget, hand_target
from .prop import prop_target
from .stage import Stage
from .turns import apply, unit

#: The elbow goes ahead of the hand, the hand's rotation comes after it, seconds.
_ELBOW_AHEAD, _TURN_BEHIND = 0.05, 0.05
#: Standard deviation of the noise on a held hand: metres, degrees.
_DRIFT, _SHAKE = 0.004, 1.5
#: Share of its recorded swing that an arm keeps while it does something on a walk; frozen arms look dead.
_SWING = 0.25


@dataclass(eq=False)
class HandTrack(HandTarget):
    """A hand's way, and how much of it is the score's: ``weight`` (T,), 0 = as recorded."""

    weight: NDArray


def hand_track(stage: Stage, keys: tuple[HandKey, ...], side: str, pose: Pose, plain: Pose) -> HandTrack:
    """A hand's way through its keys.

    Args:
        pose: the body now, with the other arm where it is.
        plain: the body with its arms as recorded.
    """
    shoulder = pose.point(f"{side}_shoulder")
    rest = HandTarget(plain.point(f"{side}_wrist"), rest_pole(plain, side), plain.axes(f"{side}_wrist"))
    point, pole, turn, weight = rest.point, unit(rest.pole), rest.turn, np.zeros(stage.frames)
    for key, (start, end) in zip(keys, timing.moves(keys), strict=True):
        share = timing.minimum_jerk(stage.t, start, end)
        ahead = timing.minimum_jerk(stage.t + _ELBOW_AHEAD, start, end)[:, None]
        goal = rest if key.at == "rest" else _goal(stage, key, side, pose)
        weight = weight * (1 - share) + share * (key.at != "rest")
        point = _arc(shoulder, point, goal.point, share)
        pole = unit(pole * (1 - ahead) + unit(goal.pole) * ahead)
        turn = turns.slerp(turn, goal.turn, timing.minimum_jerk(stage.t - _TURN_BEHIND, start, end))
    rng = timing.stream(stage.seed, f"{side}_hand")
    drift = timing.noise(rng, stage.frames, (_DRIFT,) * 3) * weight[:, None]
    swing = (1.0 if stage.travels else 0.0) if stage.score.swing is None else stage.score.swing
    pelvis = plain.axes("pelvis")
    loose = apply(turns.back(pelvis), rest.point - plain.point("pelvis"))
    loose = np.clip(loose - loose.mean(0), -0.3, 0.3) * (1, 0.5, 1)
    drift += apply(pelvis, loose) * (_SWING * swing * weight)[:, None]
    shake = turns.from_vector(np.radians(timing.noise(rng, stage.frames, (_SHAKE,) * 3)) * weight[:, None])
    return HandTrack(point + drift, pole, shake @ turn, weight)


def _goal(stage: Stage, key: HandKey, side: str, pose: Pose) -> HandTarget:
    return prop_target(stage, key, side, pose) if key.at == "prop" else hand_target(stage, key, side, pose)


def rest_pole(pose: Pose, side: str) -> NDArray:
    """Where the elbow is, across the line from shoulder to wrist."""
    shoulder, elbow, wrist = (pose.point(f"{side}_{joint}") for joint in ("shoulder", "elbow", "wrist"))
    line = unit(wrist - shoulder)
    return (elbow - shoulder) - line * ((elbow - shoulder) * line).sum(-1, keepdims=True)


def _arc(centre: NDArray, start: NDArray, end: NDArray, weight: NDArray) -> NDArray:
    """Between two points as seen from the shoulder: direction along the great circle, distance linearly."""
    one, other = start - centre, end - centre
    lengths = [np.linalg.norm(each, axis=-1, keepdims=True) for each in (one, other)]
    first, second = one / lengths[0], other / lengths[1]
    angle = np.arccos(np.clip((first * second).sum(-1, keepdims=True), -0.999, 0.999))
    w = weight[:, None]
    sphere = (np.sin((1 - w) * angle) * first + np.sin(w * angle) * second) / np.maximum(np.sin(angle), 1e-6)
    line = one * (1 - w) + other * w
    round_ = np.clip(angle / 0.5, 0, 1)
    return centre + line * (1 - round_) + unit(sphere) * (lengths[0] * (1 - w) + lengths[1] * w) * round_
