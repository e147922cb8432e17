"""A stand that goes somewhere: steps to a place or around, planned foot by foot; and jumps on the spot."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...motion import JOINT_INDEX
from ...motion.curves import gaussian_smooth
from ..engine import timing, turns
from ..engine.body import OFFSETS, SIGN, Body
from ..engine.legs import FootTrack, give_way, pose_legs
from ..engine.stage import OTHER
from ..engine.turns import apply
from ..score.keys import Hop, Step

#: Most degrees that one step turns.
_MOST_TURN = 50.0
#: Share of a step in which the foot only rises, and in which it only comes down.
_LIFT_FIRST = 0.1
#: Metres that the pelvis goes over the foot that stands, and rises over it.
_OVER, _RISE = 0.035, 0.012
_GRAVITY = 9.81
#: Seconds of the crouch before a jump and after it; degrees that the feet point down in the air.
_CROUCH, _LAND, _POINT = 0.42, 0.40, 32.0


@dataclass(frozen=True)
class _Footfall:
    """One step of one foot: from ``start`` to ``stop`` seconds, to a share of the way of leg number ``leg``."""

    side: str
    start: float
    stop: float
    leg: int
    share: float


def with_steps(base: Body, steps: tuple[Step, ...]) -> Body:
    """The base, going where the steps say; everything else turns and goes along."""
    if not steps:
        return base
    t, pose = timing.seconds(len(base)), base.pose()
    forward = pose.axes("pelvis")[0, :, 2]
    home_turn = math.degrees(math.atan2(forward[0], forward[2]))
    home = base.path[0] * (1, 0, 1)
    places, headings = _stations(steps)
    falls = [fall for number, step in enumerate(steps) for fall in _footfalls(number, step, places, headings)]
    feet, progress, lifted = {}, [], {}
    for side in SIGN:
        way, lifted[side] = _foot_way([fall for fall in falls if fall.side == side], steps, t)
        progress.append(way)
    middle = gaussian_smooth((progress[0] + progress[1]) / 2, 2.0, ends="held")
    axes = turns.about(turns.Y, np.full(1, home_turn))[0]

    def placed(progress: NDArray) -> tuple[NDArray, NDArray]:
        """World shift (T, 3) and turn (T, 3, 3) at a progress (T, 1) through the stations."""
        at = np.arange(len(places))
        x, z, heading = (np.interp(progress[:, 0], at, column) for column in (*np.transpose(places), headings))
        return apply(axes, np.stack((-x, 0 * x, z), axis=-1)), turns.about(turns.Y, heading)

    for side, way in zip(SIGN, progress, strict=True):
        shift, turn = placed(way)
        ankle = apply(turn, pose.point(f"{side}_ankle") - home) + home + shift
        ankle[:, 1] += lifted[side]
        feet[side] = FootTrack(ankle, turn @ pose.axes(f"{side}_ankle"), np.zeros(len(t)))
    shift, turn = placed(middle)
    out = base.copy()
    out.path = apply(turn, base.path - home) + home + shift
    out.local[:, 0] = turn @ base.local[:, 0]
    over = gaussian_smooth((lifted["right"] - lifted["left"]) / 0.07, 2.5, ends="held")
    out.path += apply(turn @ axes, np.stack((_OVER * over, _RISE * np.abs(over), 0 * over), axis=-1))
    give_way(out, pose, feet)
    pose_legs(out, pose, feet)
    return out


def _stations(steps: tuple[Step, ...]) -> tuple[list[tuple[float, float]], list[float]]:
    """Where the body is before the first step and after each: (right, forward) metres, degrees to the left."""
    places, headings = [(0.0, 0.0)], [0.0]
    for step in steps:
        places.append(places[-1] if step.to is None else step.to)
        headings.append(headings[-1] + step.turn)
    return places, headings


def _footfalls(leg: int, step: Step, places: list[tuple[float, float]], headings: list[float]) -> list[_Footfall]:
    """The steps of one leg of the way; the last one brings the other foot beside."""
    way = (places[leg + 1][0] - places[leg][0], places[leg + 1][1] - places[leg][1])
    turn = headings[leg + 1] - headings[leg]
    count = max(1, math.ceil(math.hypot(*way) / step.stride - 1e-6), math.ceil(abs(turn) / _MOST_TURN - 1e-6))
    to_right = math.cos(math.radians(headings[leg])) * way[0] + math.sin(math.radians(headings[leg])) * way[1]
    side = "right" if (to_right > 0.05 or (abs(to_right) <= 0.05 and turn <= 0)) else "left"
    found = []
    for number in range(count + 1):
        start = step.t + number * step.pace
        found.append(_Footfall(side, start, start + 0.8 * step.pace, leg, min(1.0, (number + 1) / count)))
        side = OTHER[side]
    return found


def _foot_way(falls: list[_Footfall], steps: tuple[Step, ...], t: NDArray) -> tuple[NDArray, NDArray]:
    """How far a foot is through the stations (T, 1), and how high it is lifted (T,)."""
    way, lifted, reached = np.zeros((len(t), 1)), np.zeros(len(t)), 0.0
    for fall in falls:
        within = _LIFT_FIRST * (fall.stop - fall.start)  # up before it goes, there before it comes down
        share = timing.minimum_jerk(t, fall.start + within, fall.stop - within)[:, None]
        way += (fall.leg + fall.share - reached) * share
        reached = fall.leg + fall.share
        phase = np.clip((t - fall.start) / (fall.stop - fall.start), 0, 1)
        lifted += steps[fall.leg].lift * np.sin(np.pi * phase) ** 0.8
    return way, lifted


def with_hops(base: Body, hops: tuple[Hop, ...]) -> Body:
    """The base, jumping: it crouches, leaves the floor toes last, flies by gravity and lands softly."""
    if not hops:
        return base
    t, pose, out = timing.seconds(len(base)), base.pose(), base.copy()
    rise, crouch, point = np.zeros(len(t)), np.zeros(len(t)), np.zeros(len(t))
    for hop in hops:
        flight = 2 * math.sqrt(2 * hop.height / _GRAVITY)
        for number in range(int(hop.times)):
            start = hop.t + number * max(hop.every, flight + 0.15)
            air = np.clip((t - start) / flight, 0, 1)
            rise = np.maximum(rise, 4 * hop.height * air * (1 - air))
            crouch += hop.bend * _bell(t, start - (_CROUCH if number == 0 else 0.2), start)
            crouch += (
                0.8 * hop.bend * _bell(t, start + flight, start + flight + (_LAND if number == hop.times - 1 else 0.2))
            )
            point = np.maximum(point, _POINT * _bell(t, start - 0.12, start + flight + 0.08))
    out.path[:, 1] += gaussian_smooth(rise - crouch, 0.6, ends="held")
    feet = {}
    for side in SIGN:
        toe = pose.point(f"{side}_foot") + np.stack((0 * t, gaussian_smooth(rise, 0.6), 0 * t), axis=-1)
        turn = pose.axes(f"{side}_ankle") @ turns.about(turns.X, gaussian_smooth(point, 0.8))
        ankle = toe - apply(turn, OFFSETS[JOINT_INDEX[f"{side}_foot"]])
        feet[side] = FootTrack(ankle, turn, np.zeros(len(t)))
    pose_legs(out, pose, feet)
    return out


def _bell(t: NDArray, start: float, stop: float) -> NDArray:
    """(T,) up and down once."""
    return np.sin(np.pi * np.clip((t - start) / (stop - start), 0, 1)) ** 2
