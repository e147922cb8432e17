"""Checks of where the body goes and how fast."""

import numpy as np

from ...motion.body_track import BodyTrack
from .check import Measure, check, sided_check

#: m/s, from a shuffle to the briskest walk of the data.
WALK_SPEED = (0.3, 2.1)


def _side_sign(side: str) -> int:
    return 1 if side == "left" else -1


def _walks(track: BodyTrack) -> Measure:
    moving = track.ground_speed[track.ground_speed > WALK_SPEED[0]]
    speed = float(np.median(moving)) if len(moving) else 0.0
    return Measure("speed on the move", speed, "m/s", at_least=WALK_SPEED[0], at_most=WALK_SPEED[1])


def _forward_share(track: BodyTrack) -> float:
    return track.forward_distance / max(track.path_length, 1e-6)


def _flight_share(track: BodyTrack) -> float:
    """Share of the time on the move in which both feet are off the ground."""
    moving = track.ground_speed > WALK_SPEED[0]
    return float((track.foot_height.min(axis=1) > 0.03)[moving].mean()) if moving.any() else 0.0


@check(
    "walk_forward",
    measures="the body goes where it faces, at walking speed and without jumping",
    why="one metre is two steps; walkers drift and turn, but seven tenths of the way is forward; a jump is no walk",
)
def walk_forward(track: BodyTrack) -> list[Measure]:
    return [
        Measure("distance forward", track.forward_distance, "m", at_least=1.0),
        Measure("share of the way forward", _forward_share(track), at_least=0.7),
        _walks(track),
        Measure("rise of the pelvis", track.pelvis_rise, "m", at_most=0.15),
    ]


@check(
    "walk_backward",
    measures="the body goes against where it faces",
    why="one metre is two steps; people look over their shoulder and drift, so 0.7 of the way must be backward",
)
def walk_backward(track: BodyTrack) -> list[Measure]:
    return [
        Measure("distance backward", -track.forward_distance, "m", at_least=1.0),
        Measure("share of the way backward", -_forward_share(track), at_least=0.7),
        _walks(track),
    ]


@check(
    "walk_slowly",
    measures="the body goes forward slowly",
    why="walks named slow in the data stay under 1.15 m/s, plain walks have a median of 1.3 m/s",
)
def walk_slowly(track: BodyTrack) -> list[Measure]:
    moving = track.ground_speed[track.ground_speed > 0.15]
    return [
        Measure("distance forward", track.forward_distance, "m", at_least=0.7),
        Measure("share of the way forward", _forward_share(track), at_least=0.7),
        Measure("speed on the move", float(np.median(moving)) if len(moving) else 0.0, "m/s", at_most=1.15),
        Measure("rise of the pelvis", track.pelvis_rise, "m", at_most=0.15),
    ]


@check(
    "run_forward",
    measures="the body goes forward faster than a walk, with both feet in the air between steps",
    why="people change from walk to run near 2 m/s; the shuffling jogs of old people (1.4 m/s, no flight) fail",
)
def run_forward(track: BodyTrack) -> list[Measure]:
    return [
        Measure("running speed", track.running_speed, "m/s", at_least=1.8),
        Measure("share of the way forward", _forward_share(track), at_least=0.7),
        Measure("share of the time in flight", _flight_share(track), at_least=0.05),
    ]


@sided_check(
    "walk_turn_{side}",
    measures="the body walks on while it turns to its {side}",
    why="the data's turns are near 90 degrees, straight walks end within 25 degrees of their start",
)
def walk_turn(track: BodyTrack, side: str) -> list[Measure]:
    return [
        Measure(f"turn to the {side}", _side_sign(side) * track.turn, "degrees", at_least=45, at_most=300),
        Measure("distance gone", track.path_length, "m", at_least=1.0),
        _walks(track),
    ]


@sided_check(
    "run_turn_{side}",
    measures="the body runs and its way bends to its {side}",
    why="straight runs stay within 10 degrees; the data's running turns aim at 90, but short clips end before that",
)
def run_turn(track: BodyTrack, side: str) -> list[Measure]:
    return [
        Measure(f"turn to the {side}", _side_sign(side) * track.turn, "degrees", at_least=28, at_most=300),
        Measure("running speed", track.running_speed, "m/s", at_least=1.8),
    ]


def _bearing(track: BodyTrack) -> float:
    """Degrees from the first facing direction to the last place; positive = to the left."""
    first = np.radians(track.heading[: round(track.fps)].mean())
    x, z = track.ground_path[-1] - track.ground_path[0]
    left, forward = np.cos(first) * x - np.sin(first) * z, np.sin(first) * x + np.cos(first) * z
    return float(np.degrees(np.arctan2(left, forward)))


@sided_check(
    "veer_{side}",
    measures="the body walks forward and ends to the {side} of where it first faced",
    why="straight walks drift up to 8 degrees; the data's veering walks 10 to 40",
)
def veer(track: BodyTrack, side: str) -> list[Measure]:
    return [
        Measure(f"bearing to the {side}", _side_sign(side) * _bearing(track), "degrees", at_least=10, at_most=100),
        Measure("distance forward", track.forward_distance, "m", at_least=0.7),
        _walks(track),
    ]


@sided_check(
    "sidestep_{side}",
    measures="the body moves sideways to its {side} without turning there",
    why="more than half of the way must be sideways; 0.6 m is one wide step; a cartwheel is no side step",
)
def sidestep(track: BodyTrack, side: str) -> list[Measure]:
    sideways = _side_sign(side) * track.left_distance
    upright = track.joint("head")[:, 1] - track.joint("pelvis")[:, 1]
    return [
        Measure("lowest head over the pelvis", float(upright.min()), "m", at_least=0.2),
        Measure(f"distance to the {side}", sideways, "m", at_least=0.6),
        Measure("share of the way sideways", sideways / max(track.path_length, 1e-6), at_least=0.6),
    ]


@check(
    "turn_around",
    measures="the body walks, turns about half a circle and comes back",
    why="half a circle, some turn less at first; 40 cm back is one step",
)
def turn_around(track: BodyTrack) -> list[Measure]:
    away = np.linalg.norm(track.ground_path - track.ground_path[0], axis=1)
    turned = np.abs(track.heading - track.heading[0])
    return [
        Measure("largest turn", float(turned.max()), "degrees", at_least=130),
        Measure("farthest from the start", float(away.max()), "m", at_least=0.8),
        Measure("way back", float(away.max() - away[-1]), "m", at_least=0.4),
    ]


@check(
    "walk_in_circle",
    measures="the way bends through most of a circle",
    why="270 degrees is past any corner or about-turn; three metres is the smallest circle people walk",
)
def walk_in_circle(track: BodyTrack) -> list[Measure]:
    return [
        Measure("turn in all", abs(track.turn), "degrees", at_least=250),
        Measure("distance gone", track.path_length, "m", at_least=2.5),
        Measure("share of the way forward", _forward_share(track), at_least=0.7),
    ]


@check(
    "run_and_stop",
    measures="the body runs, then comes to a halt",
    why="running is above 1.5 m/s; a halt is below 0.6 m/s and a third of the top speed",
)
def run_and_stop(track: BodyTrack) -> list[Measure]:
    speed = track.ground_speed
    top = int(speed.argmax())
    return [
        Measure("fastest speed", float(speed[top]), "m/s", at_least=1.5),
        Measure("slowest speed afterwards", float(speed[top:].min()), "m/s", at_most=0.6),
    ]


@check(
    "climb",
    measures="the pelvis gains height and keeps it",
    why="two stair steps are 35 cm; a jump is back down after 0.6 s",
)
def climb(track: BodyTrack) -> list[Measure]:
    height = track.joint("pelvis")[:, 1]
    gained = track.longest(height - height[: round(0.5 * track.fps)].mean() > 0.30)
    return [Measure("time at 0.3 m above the start", gained, "s", at_least=0.8)]
