"""Arms are solved to their hands' ways; hands that would enter the body are pushed out of it."""

import numpy as np
from numpy.typing import NDArray

from ...motion import JOINT_INDEX
from ...motion.curves import gaussian_smooth
from ..score.keys import HandKey
from ..score.places import ON_OTHER_ARM
from . import turns, volume
from .body import SIGN, Body, Pose
from .contacts import hand_corrections
from .hand_tracks import HandTrack, hand_track, rest_pole
from .limbs import ARM, arm_frames, two_bone
from .stage import Stage
from .turns import apply, unit

#: Most degrees that a shoulder blade follows its arm, up and forward.
_COLLAR_UP, _COLLAR_FORWARD = 26.0, 13.0
#: Metres that a hand stays off the body where no contact is asked for.
_MARGIN = 0.02
#: Share of its twist that a hand gives to the forearm, and the most, degrees; most bend that is left to the wrist.
_FOREARM_SHARE, _MOST_TWIST, _MOST_WRIST = 0.85, 95.0, 75.0
#: Most degrees that forearm and wrist together turn a hand about the forearm.
_MOST_FOREARM = 112.0

HandKeys = dict[str, tuple[HandKey, ...]]


def active_sides(hands: HandKeys) -> list[str]:
    """Sides with keys, in the order in which they must be posed: a hand that holds the other arm comes second."""
    leans_on_other = {side: any(key.at in ON_OTHER_ARM for key in keys) for side, keys in hands.items()}
    return sorted((side for side in SIGN if hands.get(side)), key=leans_on_other.__getitem__)


def pose_arms(stage: Stage, out: Body, plain: Body, hands: HandKeys) -> None:
    """Write the arms that have keys into ``out``; ``plain`` has the same body with its arms as recorded."""
    plain_pose = plain.pose()
    tracks: dict[str, HandTrack] = {}
    for side in active_sides(hands):
        track = hand_track(stage, hands[side], side, out.pose(), plain_pose)
        pose = out.pose()
        # the shoulder blade follows the arm: up beyond the horizontal, forward in a far reach
        arm = apply(turns.back(pose.axes("spine3")), track.point - pose.point(f"{side}_shoulder"))
        far = np.clip(np.linalg.norm(arm, axis=-1) / sum(ARM), 0, 1)
        up = np.clip((unit(arm)[:, 1] + 0.35) / 1.3, 0, 1) * far * _COLLAR_UP * track.weight
        forward = np.clip(unit(arm)[:, 2] * far, 0, 1) ** 2 * _COLLAR_FORWARD * track.weight
        out.raise_collar(side, gaussian_smooth(up, 1.5), gaussian_smooth(forward, 1.5))
        solve_arm(out, out.pose(), track, side)
        tracks[side] = track
    if not stage.score.contacts:
        return
    for side in set(SIGN) - set(tracks):
        tracks[side] = resting(out.pose(), side)
    for _ in range(3):  # the body gives way a little to each correction
        corrections = hand_corrections(stage, out.pose())
        for side, correction in corrections.items():
            tracks[side].point = tracks[side].point + correction
            solve_arm(out, out.pose(), tracks[side], side, margin=0.0)


def resting(pose: Pose, side: str) -> HandTrack:
    """The track of a hand that no key moves."""
    wrist = f"{side}_wrist"
    return HandTrack(pose.point(wrist), rest_pole(pose, side), pose.axes(wrist), np.zeros(len(pose.positions)))


def guard_arm(out: Body, side: str) -> None:
    """A hand that no key moves is only kept out of the body."""
    pose = out.pose()
    solve_arm(out, pose, resting(pose, side), side, margin=0.0)


def solve_arm(out: Body, pose: Pose, track: HandTrack, side: str, margin: float = _MARGIN) -> None:
    """Write an arm's rotations into ``out``. What the recorded arm does beyond a plain hinge stays, as far as the hand
    is at rest, so that an arm that nothing moves comes out as recorded.
    """
    shoulder, wrist = pose.point(f"{side}_shoulder"), pose.point(f"{side}_wrist")
    point = _outside(track, pose, side, margin)
    upper, fore = arm_frames(shoulder, *two_bone(shoulder, point, track.pole, ARM), side)
    rest_upper, rest_fore = arm_frames(shoulder, *two_bone(shoulder, wrist, rest_pole(pose, side), ARM), side)
    keep = 1 - track.weight
    upper = upper @ turns.power(turns.back(rest_upper) @ pose.axes(f"{side}_shoulder"), keep)
    twist = turns.twist_about_x(turns.back(fore) @ track.turn)
    beyond = (twist - np.clip(twist, -_MOST_FOREARM, _MOST_FOREARM)) * track.weight
    turn = fore @ turns.about(turns.X, -beyond) @ turns.back(fore) @ track.turn  # a forearm turns so far and no further
    pronated = fore @ turns.about(turns.X, np.clip(twist, -_MOST_TWIST, _MOST_TWIST) * _FOREARM_SHARE)
    fore = turns.slerp(pronated, fore @ (turns.back(rest_fore) @ pose.axes(f"{side}_elbow")), keep)
    hand = turns.back(fore) @ turn
    out.local[:, JOINT_INDEX[f"{side}_shoulder"]] = turns.back(pose.axes(f"{side}_collar")) @ upper
    out.local[:, JOINT_INDEX[f"{side}_elbow"]] = turns.back(upper) @ fore
    wrist_index = JOINT_INDEX[f"{side}_wrist"]
    allowed = np.maximum(_MOST_WRIST, _angle(out.local[:, wrist_index]))
    out.local[:, wrist_index] = turns.power(hand, np.minimum(1, allowed / np.maximum(_angle(hand), 1e-6)))


def _angle(rotations: NDArray) -> NDArray:
    """(T,) degrees of rotations."""
    return np.degrees(np.linalg.norm(turns.vector(rotations), axis=-1))


def _outside(track: HandTrack, pose: Pose, side: str, margin: float) -> NDArray:
    """(T, 3) the wrist's way, pushed so far that the hand does not enter torso, head or thighs."""
    point = track.point.copy()
    off = margin * track.weight
    for _ in range(6):
        push = np.zeros_like(point)
        for along in volume.HAND:
            deep, way = volume.depth(point + turns.apply(track.turn, (SIGN[side] * along, 0.0, 0.0)), pose)
            deep = deep + off
            push = np.where((deep > np.linalg.norm(push, axis=-1))[:, None], way * np.maximum(deep, 0)[:, None], push)
        if not push.any():
            break
        point += gaussian_smooth(push, 1.0, ends="held")
    return point
