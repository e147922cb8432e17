"""The whole body from written poses: for floor work, of which there are no recordings to perform on."""

import numpy as np
from numpy.typing import NDArray

from ...motion import JOINT_INDEX, MODEL_FPS, NUM_JOINTS
from ..engine import timing, turns
from ..engine.body import NECK, SIGN, SPINE, Body
from ..engine.hand_targets import hand_axes
from ..engine.limbs import ARM, LEG, arm_frames, leg_frames, two_bone
from ..engine.turns import unit
from ..score.score import Score
from ..score.whole import BodyKey, WholePose

_SIDES = np.array((-1.0, 1.0, 1.0))  # "right" of a score is -x
#: Hands and feet that go along the floor are lifted so many metres, where they go farther than the other number.
_LIFT, _FAR, _LOW = 0.06, 0.06, 0.2
#: Seconds that head, trunk, pelvis and limbs are ahead; standard deviation of their noise, degrees.
_HEAD_AHEAD, _SPINE_AHEAD, _NOISE = 0.12, 0.06, (0.8, 0.6, 0.8)


def whole_body(score: Score, seed: int) -> Body:
    """The base of a score that writes the whole body."""
    frames = round((score.seconds or 0.0) * MODEL_FPS)
    keys = score.body
    whole = [key.whole() for key in keys]
    blend = _Blend(keys, timing.seconds(frames))
    body = Body(np.tile(np.eye(3), (frames, NUM_JOINTS, 1, 1)), np.zeros((frames, 3)))
    body.path = blend.values(
        [_shifted(key, np.asarray(pose.pelvis) * _SIDES) for key, pose in zip(keys, whole, strict=True)]
    )
    turn, lean, spin, roll = (
        blend.values([[getattr(pose, name) or 0.0] for pose in whole])[:, 0]
        for name in ("turn", "lean", "spin", "roll")
    )
    body.local[:, 0] = (
        turns.about(turns.Y, turn)
        @ turns.about(turns.X, lean)
        @ turns.about(turns.Y, spin)
        @ turns.about(turns.Z, -roll)
    )
    for name, chain, ahead in (("spine", SPINE, _SPINE_AHEAD), ("head", NECK, _HEAD_AHEAD)):
        angles = blend.values([getattr(pose, name) or (0.0, 0.0, 0.0) for pose in whole], ahead)
        angles = angles + timing.noise(timing.stream(seed, f"whole {name}"), frames, _NOISE)
        body.bend(dict(zip(("lean", "roll", "twist"), angles.T, strict=True)), chain)
    for side in SIGN:
        _pose_arm(body, side, keys, whole, blend)
        _pose_leg(body, side, keys, whole, blend)
    return body


class _Blend:
    """Values from key to key, eased."""

    def __init__(self, keys: tuple[BodyKey, ...], t: NDArray) -> None:
        self.spans, self.t = timing.moves(keys), t

    def values(self, values: list, ahead: float = 0.0) -> NDArray:
        """(T, N) from N numbers a key."""
        rows = np.asarray(values, dtype=float)
        found = np.repeat(rows[:1], len(self.t), axis=0)
        for row, (start, end) in list(zip(rows, self.spans, strict=True))[1:]:
            share = timing.minimum_jerk(self.t + ahead, start, end)[:, None]
            found = found * (1 - share) + row * share
        return found

    def places(self, values: list) -> NDArray:
        """(T, 3) as `values`; what goes along the floor is lifted on its way."""
        found = self.values(values)
        rows = np.asarray(values, dtype=float)
        for before, after, (start, end) in zip(rows, rows[1:], self.spans[1:], strict=False):
            if np.linalg.norm((after - before)[[0, 2]]) > _FAR and max(before[1], after[1]) < _LOW:
                found[:, 1] += _LIFT * np.sin(np.pi * np.clip((self.t - start) / (end - start), 0, 1)) ** 1.5
        return found


def _shifted(key: BodyKey, point: NDArray) -> NDArray:
    """A point of a key's pose in the world: turned with it and moved by it."""
    return turns.about(turns.Y, key.turn or 0.0)[0] @ point + np.asarray(key.by) * _SIDES


def _limb(
    keys: tuple[BodyKey, ...], whole: list[WholePose], blend: _Blend, side: str, end: str
) -> tuple[NDArray, NDArray, NDArray, NDArray]:
    """Target, pointing, facing and bending directions (T, 3) of a hand or foot."""
    out = np.array((SIGN[side], 1.0, 1.0))
    limbs = [getattr(pose, f"{side}_{end}") for pose in whole]
    default = (0.0, 0.0, 1.0)
    to = [
        _shifted(key, (np.asarray(limb.to or default) + limb.by) * out) for key, limb in zip(keys, limbs, strict=True)
    ]

    def direction(name: str) -> NDArray:
        rows = [
            turns.about(turns.Y, key.turn or 0.0)[0] @ (np.asarray(getattr(limb, name) or default) * out)
            for key, limb in zip(keys, limbs, strict=True)
        ]
        return unit(blend.values(rows) + 1e-4 * np.array((0.3, 0.5, 0.7)))

    return blend.places(to), direction("point"), direction("face"), direction("bend")


def _pose_arm(body: Body, side: str, keys: tuple[BodyKey, ...], whole: list[WholePose], blend: _Blend) -> None:
    wrist, fingers, palm, bend = _limb(keys, whole, blend, side, "hand")
    pose = body.pose()
    shoulder = pose.point(f"{side}_shoulder")
    upper, fore = arm_frames(shoulder, *two_bone(shoulder, wrist, bend, ARM, free=0.97), side)
    hand = hand_axes(fingers, palm, side)
    twist = turns.twist_about_x(turns.back(fore) @ hand)
    fore = fore @ turns.about(turns.X, np.clip(twist, -95, 95) * 0.8)
    body.local[:, JOINT_INDEX[f"{side}_shoulder"]] = turns.back(pose.axes(f"{side}_collar")) @ upper
    body.local[:, JOINT_INDEX[f"{side}_elbow"]] = turns.back(upper) @ fore
    body.local[:, JOINT_INDEX[f"{side}_wrist"]] = turns.back(fore) @ hand


def _pose_leg(body: Body, side: str, keys: tuple[BodyKey, ...], whole: list[WholePose], blend: _Blend) -> None:
    ankle, toes, sole, bend = _limb(keys, whole, blend, side, "foot")
    pose = body.pose()
    hip = pose.point(f"{side}_hip")
    upper, lower = leg_frames(hip, *two_bone(hip, ankle, bend, LEG, free=0.99))
    up = -turns.across(sole, toes)
    foot = np.stack((np.cross(up, toes), up, toes), axis=-1)
    body.local[:, JOINT_INDEX[f"{side}_hip"]] = turns.back(pose.axes("pelvis")) @ upper
    body.local[:, JOINT_INDEX[f"{side}_knee"]] = turns.back(upper) @ lower
    body.local[:, JOINT_INDEX[f"{side}_ankle"]] = turns.back(lower) @ foot
