"""Where the eyes go: neck and head turn to a point or a direction, as far as a neck turns."""

import numpy as np
from numpy.typing import NDArray

from ..score.keys import LookKey
from ..score.places import POINTS
from . import timing, turns
from .body import NECK, Body, Pose
from .prop import prop_frame
from .stage import Stage, mirrored
from .turns import apply, unit

_DIRECTIONS = {
    "ahead": (0, 0, 1), "left": (-1, 0, 0.25), "right": (1, 0, 0.25), "up": (0, 0.8, 0.6), "down": (0, -0.8, 0.6),
}  # fmt: skip
#: Most degrees that head and neck turn aside, and up or down.
_MOST_ASIDE, _MOST_UP = 68.0, 42.0
#: Seconds that the head goes ahead of what the key says: eyes are there first.
_AHEAD = 0.1
_EYES = (0.0, 0.10, 0.08)


def look_around(stage: Stage, out: Body) -> None:
    """Turn neck and head of ``out`` as the score's `look` says; the chest gives a sixth of it."""
    if not stage.score.look:
        return
    pose = out.pose()
    chest, eyes = pose.axes("spine3"), pose.fixed("head", _EYES)
    aside = lift = weight = np.zeros(stage.frames)
    for key, (start, end) in zip(stage.score.look, timing.moves(stage.score.look), strict=True):
        share = timing.minimum_jerk(stage.t + _AHEAD, start, min(end, start + 0.6) if key.move is None else end)
        way = apply(turns.back(chest), _way(stage, key, pose, eyes))
        yaw = np.degrees(np.arctan2(way[:, 0], way[:, 2]))
        rise = np.degrees(np.arcsin(np.clip(way[:, 1], -1, 1)))
        yaw, rise = np.clip(yaw, -_MOST_ASIDE, _MOST_ASIDE), np.clip(rise, -_MOST_UP, _MOST_UP)
        weight = weight * (1 - share) + share * (key.at != "rest")
        aside = aside * (1 - share) + yaw * share
        lift = lift * (1 - share) + rise * share
    forward = apply(turns.back(chest), pose.axes("head")[:, :, 2])  # what the head does already
    was_aside = np.degrees(np.arctan2(forward[:, 0], forward[:, 2]))
    was_lift = np.degrees(np.arcsin(np.clip(forward[:, 1], -1, 1)))
    out.bend({"twist": weight * (aside - was_aside), "lean": weight * (was_lift - lift)}, NECK)
    out.bend({"twist": weight * aside / 6}, {"spine3": 1.0})


def _way(stage: Stage, key: LookKey, pose: Pose, eyes: NDArray) -> NDArray:
    """(T, 3) unit vectors from the eyes."""
    if isinstance(key.at, str):
        if key.at in POINTS:
            return unit(stage.point(key.at, pose) - eyes)
        if key.at == "prop":
            return unit(prop_frame(stage, pose)[0] - eyes)
        return unit(apply(stage.facing, mirrored(_DIRECTIONS.get(key.at, (0, 0, 1)), "right")))
    return unit(apply(stage.facing, mirrored(key.at, "right")))
