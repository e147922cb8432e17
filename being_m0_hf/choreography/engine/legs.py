"""Feet go where the score wants them, from where they were recorded; legs are solved to them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...motion import JOINT_INDEX
from ...motion.curves import gaussian_smooth
from ..score.keys import FootKey
from . import timing, turns
from .body import OFFSETS, SIGN, Body, Pose
from .limbs import LEG, leg_frames, two_bone
from .stage import Stage
from .turns import apply, unit

#: Share of a leg's length beyond which the pelvis gives way.
_STRAIGHT = 0.985
#: Height of a toe joint that stands, and the height from which toes no longer lie flat, metres.
_TOE_DOWN, _TOE_UP = 0.06, 0.12
#: How often a leg is solved: each time it comes nearer to its foot.
_ROUNDS = 3


@dataclass(eq=False)
class FootTrack:
    """Way of the ankle (T, 3), rotation of the foot (T, 3, 3), degrees (T,) that the knee swings outward."""

    ankle: NDArray
    turn: NDArray
    knee: NDArray


def recorded_foot(pose: Pose, side: str) -> FootTrack:
    """A foot as it was recorded."""
    return FootTrack(
        pose.point(f"{side}_ankle").copy(), pose.axes(f"{side}_ankle").copy(), np.zeros(len(pose.positions))
    )


def foot_track(stage: Stage, keys: tuple[FootKey, ...], side: str) -> FootTrack:
    """The recorded foot, moved by the score's keys. A foot pitches and turns about its ball: the toes stay."""
    pose = stage.base_pose
    if not keys:
        return recorded_foot(pose, side)
    toe, turn = pose.point(f"{side}_foot"), pose.axes(f"{side}_ankle")
    t, frames = stage.t, stage.frames
    offset, pitch, yaw, knee = np.zeros((frames, 3)), np.zeros(frames), np.zeros(frames), np.zeros(frames)
    for key, (start, end) in zip(keys, timing.moves(keys), strict=True):
        share = timing.minimum_jerk(t, start, end)
        goal = np.asarray(key.by) * (SIGN[side], 1, 1)
        offset = offset * (1 - share[:, None]) + goal * share[:, None]
        arc = np.sin(np.pi * np.clip((t - start) / max(end - start, 1e-6), 0, 1)) ** 0.8
        offset[:, 1] += key.lift * arc * (t >= start) * (t <= end)
        pitch = pitch * (1 - share) + key.pitch * share
        yaw = yaw * (1 - share) + key.turn * share
        knee = knee * (1 - share) + key.knee * share
    own = turns.about(turns.Y, SIGN[side] * yaw) @ turns.about(turns.X, pitch)
    turn = stage.facing @ own @ turns.back(stage.facing) @ turn
    toe = toe + apply(stage.facing, offset)
    return FootTrack(toe - turns.apply(turn, OFFSETS[JOINT_INDEX[f"{side}_foot"]]), turn, knee)


def give_way(out: Body, recorded: Pose, feet: dict[str, FootTrack]) -> None:
    """The pelvis gives way where a leg is too short for its foot; a leg may be as straight as it was recorded."""
    reach = {}
    for side in SIGN:
        leg = recorded.point(f"{side}_ankle") - recorded.point(f"{side}_hip")
        reach[side] = np.maximum(_STRAIGHT * sum(LEG), np.linalg.norm(leg, axis=-1, keepdims=True))
    for _ in range(6):
        pose = out.pose()
        for side in SIGN:
            way = feet[side].ankle - pose.point(f"{side}_hip")
            length = np.linalg.norm(way, axis=-1, keepdims=True)
            short = np.maximum(length - reach[side], 0) * (way / length)
            out.path += gaussian_smooth(short * (0.5, 1, 0.5), 2.0, ends="held")


def pose_legs(out: Body, recorded: Pose, feet: dict[str, FootTrack]) -> None:
    """Legs solved to feet; what the recorded leg does beyond a plain hinge stays."""
    pose = out.pose()
    for side in SIGN:
        hip, knee, ankle = (f"{side}_{joint}" for joint in ("hip", "knee", "ankle"))
        line = unit(recorded.point(ankle) - recorded.point(hip))
        recorded_pole = unit(np.cross(line, recorded.axes(hip)[:, :, 0]))
        pole = apply(pose.axes("pelvis") @ turns.back(recorded.axes("pelvis")), recorded_pole)
        if feet[side].knee.any():
            now = unit(feet[side].ankle - pose.point(hip))
            angle = np.radians(feet[side].knee)[:, None]
            pole = pole * np.cos(angle) + np.cross(-SIGN[side] * now, pole) * np.sin(angle)
        was_upper, was_lower = leg_frames(
            recorded.point(hip), *two_bone(recorded.point(hip), recorded.point(ankle), recorded_pole, LEG, free=0.98)
        )
        goal = feet[side].ankle
        aim = goal.copy()
        for _ in range(_ROUNDS):  # what is more than a hinge carries a deeply bent leg off its foot
            upper, lower = leg_frames(pose.point(hip), *two_bone(pose.point(hip), aim, pole, LEG, free=0.98))
            upper = upper @ (turns.back(was_upper) @ recorded.axes(hip))
            lower = lower @ (turns.back(was_lower) @ recorded.axes(knee))
            knee_point = pose.point(hip) + apply(upper, OFFSETS[JOINT_INDEX[knee]])
            aim += goal - (knee_point + apply(lower, OFFSETS[JOINT_INDEX[ankle]]))
        out.local[:, JOINT_INDEX[hip]] = turns.back(pose.axes("pelvis")) @ upper
        out.local[:, JOINT_INDEX[knee]] = turns.back(upper) @ lower
        out.local[:, JOINT_INDEX[ankle]] = turns.back(lower) @ feet[side].turn
        out.local[:, JOINT_INDEX[f"{side}_foot"]] = _toes(out.local[:, JOINT_INDEX[f"{side}_foot"]], feet[side], side)


def _toes(recorded: NDArray, foot: FootTrack, side: str) -> NDArray:
    """(T, 3, 3) toes lie flat where a foot stands on its ball."""
    down = np.degrees(np.arcsin(np.clip(-foot.turn[:, 1, 2], -1, 1)))
    height = (foot.ankle + turns.apply(foot.turn, OFFSETS[JOINT_INDEX[f"{side}_foot"]]))[:, 1]
    low = np.clip((_TOE_UP - height) / _TOE_DOWN, 0, 1)
    flat = turns.about(turns.X, -np.clip(down - 15, 0, 60) * low)
    return np.where((low * (down > 15))[:, None, None] > 0, flat, recorded)


def furthest_miss(pose: Pose, feet: dict[str, FootTrack]) -> float:
    """Metres by which a foot misses its way at worst."""
    return max(float(np.linalg.norm(pose.point(f"{side}_ankle") - feet[side].ankle, axis=-1).max()) for side in SIGN)
