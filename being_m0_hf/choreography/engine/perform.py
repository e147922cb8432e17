"""Performs a score on a recorded base: torso and head, pelvis and feet, then arms, balance, legs."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...motion import JOINT_INDEX
from ...motion.curves import gaussian_smooth
from ..score.keys import Bend, CurveKey, HandKey
from ..score.score import Score
from . import timing, turns, volume
from .arms import HandKeys, active_sides, guard_arm, pose_arms
from .body import NECK, SIGN, SPINE, Body
from .contacts import is_hand, knee_contacts
from .gaze import look_around
from .hand_targets import hand_target
from .legs import FootTrack, foot_track, furthest_miss, give_way, pose_legs
from .prop import prop_target
from .stage import Stage
from .strokes import with_strokes
from .turns import apply

#: Torso and head go ahead of the hands, seconds, and are never quite still, degrees of lean, roll, twist.
_TORSO_AHEAD, _TORSO_NOISE = 0.08, (0.5, 0.4, 0.5)
_HEAD_AHEAD, _HEAD_NOISE = 0.12, (1.0, 0.6, 1.2)
#: How far the chest follows reaching hands: degrees a metre, and at most.
_FOLLOW = {"twist": (9.0, -14.0, 14.0), "roll": (5.0, -7.0, 7.0), "lean": (-2.0, -4.0, 3.0)}
#: Share of that which the head turns back.
_HEAD_BACK = 0.75
#: Most metres that the pelvis moves to keep the balance.
_MOST_SHIFT = 0.10
#: A hand that is held so long must be where the score wants it.
_HELD = 0.15
#: Height of a knee joint that is down on the floor, metres.
_KNEE_DOWN = 0.06
_LEGS = [JOINT_INDEX[f"{side}_{joint}"] for side in SIGN for joint in ("hip", "knee", "ankle", "foot")]


@dataclass(eq=False)
class Performed:
    """What came of a score: the body, and the metres by which a held hand or a foot misses its place at worst."""

    body: Body
    missed: float


def perform(score: Score, base: Body, seed: int = 0, gain: float = 1.0, travels: bool = False) -> Performed:
    """Perform a score on a base, as many frames as the base has.

    Args:
        gain: size of curves and repetitions, 1 = as written.
        travels: whether the base goes somewhere, so that "forward" turns with it.
    """
    stage = Stage(with_strokes(score), base, seed, gain, travels)
    hands = hand_keys(stage.score)
    out = base.copy()
    _move_pelvis(stage, out)
    _bend_torso(stage, out)
    look_around(stage, out)
    plain = out.copy()
    pose_arms(stage, out, plain, hands)
    _take_part(stage, out, plain)
    out = plain.copy()
    pose_arms(stage, out, plain, hands)
    _keep_balance(stage, out)
    feet = {side: foot_track(stage, getattr(stage.score, f"{side}_foot"), side) for side in SIGN}
    give_way(out, stage.base_pose, feet)
    pose_legs(out, stage.base_pose, feet)
    _bring_knees_down(stage, out, feet)
    missed = furthest_miss(out.pose(), feet)
    plain.local[:, _LEGS], plain.path = out.local[:, _LEGS], out.path.copy()
    out.local = plain.local.copy()
    pose_arms(stage, out, plain, hands)  # the thighs are in their places now
    if not stage.score.contacts:
        for side in SIGN:
            if not hands.get(side):
                guard_arm(out, side)
    return Performed(out, max(missed, _missed_by_hands(stage, out, hands)))


def hand_keys(score: Score) -> HandKeys:
    """The keys of both hands; where a prop is held, hands without keys of their own go with it."""
    found = {side: getattr(score, f"{side}_hand") for side in SIGN}
    prop = score.prop
    for side in SIGN:
        if prop is None or found[side] or not prop.grips(side):
            continue
        keys: list[HandKey] = []
        begin = None
        for key in prop.keys:
            if key.at == "rest":
                keys.append(HandKey(key.t, key.move, key.hold, "rest"))
                begin = None
            elif begin is None:
                begin = key
                keys.append(HandKey(key.t, key.move, key.hold, "prop", elbow=key.elbow))
            else:
                keys[-1] = HandKey(begin.t, begin.move, key.t + key.hold - begin.t, "prop", elbow=begin.elbow)
        found[side] = tuple(keys)
    return found


def _curve(stage: Stage, keys: tuple[CurveKey, ...], lead: float = 0.0) -> NDArray:
    return timing.curve(keys, stage.frames, stage.seed, lead, stage.gain)


def _move_pelvis(stage: Stage, out: Body) -> None:
    pelvis = stage.score.pelvis
    way = np.stack((_curve(stage, pelvis.side), -_curve(stage, pelvis.drop), _curve(stage, pelvis.forward)), axis=-1)
    out.path += apply(stage.facing, way)
    tilt = turns.bend(*(_curve(stage, keys) for keys in (pelvis.lean, pelvis.roll, pelvis.twist)))
    out.local[:, 0] = stage.facing @ tilt @ turns.back(stage.facing) @ out.local[:, 0]


def _bend_torso(stage: Stage, out: Body) -> None:
    def angles(bend: Bend, name: str, lead: float, scale: tuple[float, ...]) -> dict[str, NDArray]:
        drift = timing.noise(timing.stream(stage.seed, name), stage.frames, scale)
        curves = (bend.lean, bend.roll, bend.twist)
        return {
            each: _curve(stage, keys, lead) + drift[:, column]
            for column, (each, keys) in enumerate(zip(("lean", "roll", "twist"), curves, strict=True))
        }

    out.bend(angles(stage.score.torso, "torso", _TORSO_AHEAD, _TORSO_NOISE), SPINE)
    out.bend(angles(stage.score.head, "head", _HEAD_AHEAD, _HEAD_NOISE), NECK)
    for side in SIGN:
        shoulder = getattr(stage.score, f"{side}_shoulder")
        out.raise_collar(side, _curve(stage, shoulder.up), _curve(stage, shoulder.forward))


def _take_part(stage: Stage, reaching: Body, plain: Body) -> None:
    """Chest and head follow the hands of ``reaching``; written into ``plain``."""
    there, here = reaching.pose(), plain.pose()
    frame = turns.back(stage.facing)
    left, right = (apply(frame, there.point(f"{s}_wrist") - here.point(f"{s}_wrist")) for s in ("left", "right"))
    wants = {"twist": right[:, 2] - left[:, 2], "roll": left[:, 1] - right[:, 1], "lean": left[:, 1] + right[:, 1]}
    follow = {}
    for name, (gain, least, most) in _FOLLOW.items():
        ahead = np.roll(np.clip(gain * (stage.score.involve or 0.0) * wants[name], least, most), -2)
        ahead[-2:] = ahead[-3]
        follow[name] = gaussian_smooth(ahead, 3.0, ends="held")
    plain.bend(follow, SPINE)
    plain.bend({name: -_HEAD_BACK * angle for name, angle in follow.items()}, NECK)


def _keep_balance(stage: Stage, out: Body) -> None:
    """The pelvis moves against the shift of the centre of mass."""
    shift = volume.centre_of_mass(out.pose()) - volume.centre_of_mass(stage.base_pose)
    shift = shift * (1, 0, 1) * (stage.score.balance or 0.0)
    shift *= np.minimum(1, _MOST_SHIFT / np.maximum(np.linalg.norm(shift, axis=-1, keepdims=True), 1e-9))
    out.path -= gaussian_smooth(shift, 3.0, ends="held")


def _bring_knees_down(stage: Stage, out: Body, feet: dict[str, FootTrack]) -> None:
    """The pelvis sinks until a knee that shall kneel is on the floor."""
    for side, weight in knee_contacts(stage):
        for _ in range(8):
            high = out.pose().point(f"{side}_knee")[:, 1] - _KNEE_DOWN
            sink = np.clip(high, -0.25, 0.25) * weight
            if np.abs(sink).max() < 0.01:
                break
            out.path[:, 1] -= gaussian_smooth(sink, 2.0, ends="held")
            pose_legs(out, stage.base_pose, feet)


def _missed_by_hands(stage: Stage, out: Body, hands: HandKeys) -> float:
    """Metres by which held hands miss their places at worst: out of reach, or pushed out of the body."""
    pose = out.pose()
    busy = [(each.t - each.ease, each.t + each.hold + each.every * each.times) for each in stage.score.contacts]
    worst = 0.0
    for side in active_sides(hands):
        for key in hands[side]:
            middle = key.t + min(key.hold, 9.0) / 2
            if key.at == "rest" or key.hold <= _HELD or (stage.travels and key.at != "prop"):
                continue
            if any(start <= middle <= stop for start, stop in busy):
                continue
            frame = min(stage.frames - 1, round(middle * 20))
            target = prop_target(stage, key, side, pose) if key.at == "prop" else hand_target(stage, key, side, pose)
            worst = max(worst, float(np.linalg.norm(target.point[frame] - pose.point(f"{side}_wrist")[frame])))
    for contact in stage.score.contacts:
        if is_hand(contact.point) and contact.on != "floor":
            frame = min(stage.frames - 1, round((contact.t + contact.hold / 2) * 20))
            goal = stage.anywhere(contact.on, contact.point.partition("_")[0], pose)
            worst = max(worst, float(np.linalg.norm((goal - stage.point(contact.point, pose))[frame])) - 0.02)
    return worst
