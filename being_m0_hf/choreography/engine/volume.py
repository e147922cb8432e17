"""The body's volume as capsules, its centre of mass, and the limits of its joints."""

import numpy as np
from numpy.typing import NDArray

from . import turns
from .body import SIGN, Pose
from .turns import unit

_SKULL = (0.0, 0.11, 0.015)
#: Torso, head and thighs: (joint, joint or tip in the joint's own axes, radius there, radius here), metres.
CAPSULES: tuple[tuple[str, str | tuple[float, float, float], float, float], ...] = (
    ("left_hip", "right_hip", 0.095, 0.095), ("pelvis", "spine2", 0.105, 0.110), ("spine2", "spine3", 0.110, 0.122),
    ("spine3", "neck", 0.112, 0.055), ("neck", "head", 0.048, 0.048), ("head", _SKULL, 0.080, 0.098),
    ("left_hip", "left_knee", 0.082, 0.056), ("right_hip", "right_knee", 0.082, 0.056),
)  # fmt: skip
#: Share of the body's mass between two joints.
_MASSES = {
    ("pelvis", "spine2"): 0.25, ("spine2", "neck"): 0.25, ("head", "head"): 0.08,
    **{(f"{side}_hip", f"{side}_knee"): 0.10 for side in SIGN},
    **{(f"{side}_knee", f"{side}_ankle"): 0.06 for side in SIGN},
    **{(f"{side}_shoulder", f"{side}_elbow"): 0.028 for side in SIGN},
    **{(f"{side}_elbow", f"{side}_wrist"): 0.022 for side in SIGN},
}  # fmt: skip
#: Where along the hand it must not be in the body, metres from the wrist.
HAND = (0.0, 0.06, 0.12)
#: Most degrees of each angle of ``joint_angles``.
LIMITS = {"elbow": 152, "knee": 155, "wrist": 82, "forearm": 115, "shoulder_back": 65, "shoulder_in": 60}


def depth(points: NDArray, pose: Pose) -> tuple[NDArray, NDArray]:
    """How deep points (T, 3) lie in the body, metres (T,), negative outside, and the way out (T, 3)."""
    depths, ways = [], []
    for joint, other, start_radius, end_radius in CAPSULES:
        start = pose.point(joint)
        end = pose.point(other) if isinstance(other, str) else pose.fixed(joint, other)
        axis = end - start
        share = np.clip(((points - start) * axis).sum(-1) / np.maximum((axis**2).sum(-1), 1e-9), 0, 1)
        away = points - (start + axis * share[:, None])
        depths.append(start_radius + (end_radius - start_radius) * share - np.linalg.norm(away, axis=-1))
        ways.append(unit(away))
    deepest = np.argmax(depths, axis=0)
    return np.max(depths, axis=0), np.stack(ways)[deepest, np.arange(len(points))]


def hand_depth(pose: Pose) -> NDArray:
    """(T,) deepest point of either hand's centre line under the body's surface, metres."""
    points = [pose.fixed(f"{side}_wrist", (SIGN[side] * along, 0.0, 0.0)) for side in SIGN for along in HAND]
    return np.max([depth(point, pose)[0] for point in points], axis=0)


def centre_of_mass(pose: Pose) -> NDArray:
    """(T, 3) metres."""
    total = sum(_MASSES.values())
    return sum(mass * (pose.point(a) + pose.point(b)) / 2 for (a, b), mass in _MASSES.items()) / total


def joint_angles(pose: Pose, local_wrist: dict[str, NDArray], local_elbow: dict[str, NDArray]) -> dict[str, NDArray]:
    """Angles (T,) in degrees that have limits, by side and name."""
    found = {}
    for side, sign in SIGN.items():
        found[f"{side}_elbow"] = _bend(pose, f"{side}_shoulder", f"{side}_elbow", f"{side}_wrist")
        found[f"{side}_knee"] = _bend(pose, f"{side}_hip", f"{side}_knee", f"{side}_ankle")
        wrist = local_wrist[side]
        found[f"{side}_wrist"] = np.degrees(np.arccos(np.clip(wrist[:, 0, 0], -1, 1)))
        found[f"{side}_forearm"] = np.abs(turns.twist_about_x(wrist) + turns.twist_about_x(local_elbow[side]))
        upper = unit(pose.point(f"{side}_elbow") - pose.point(f"{side}_shoulder"))
        arm = turns.apply(turns.back(pose.axes("spine3")), upper)
        found[f"{side}_shoulder_back"] = np.degrees(np.arcsin(np.clip(-arm[:, 2], -1, 1)))
        found[f"{side}_shoulder_in"] = np.degrees(np.arcsin(np.clip(-sign * arm[:, 0], -1, 1)))
    return found


def _bend(pose: Pose, first: str, middle: str, last: str) -> NDArray:
    one, other = unit(pose.point(middle) - pose.point(first)), unit(pose.point(last) - pose.point(middle))
    return np.degrees(np.arccos(np.clip((one * other).sum(-1), -1, 1)))
