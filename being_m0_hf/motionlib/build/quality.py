"""Is a recording sound? Quality scores of a motion, and the verdict that the limits of ``curation.yaml`` give on them.

A clip is rejected only for what no body could have done: the recording is broken. Whatever a person may have done on
purpose (climb, hang, slide, stand still, throw fast) is flagged at most, and stays.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
import roma
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation

from being_m0_hf.utils.package_data import read_package_yaml

from ...motion import CANONICAL_SKELETON, JOINT_INDEX, Motion, Skeleton
from ...motion.body_track import SIDES, BodyTrack, smoothed
from ...motion.curves import runs
from ...motion.physical_metrics import GROUND_HEIGHT, SLIDE_SPEED, measure_physical
from .cut import jump_distances


@dataclass(frozen=True)
class Limit:
    """What a score means and where it becomes a weakness.

    Args:
        unit: of the score.
        meaning: what is measured.
        says: the reason given to people, with ``{value}`` in it.
        flag: from here on the clip is flagged; None = never.
        reject: from here on the clip is rejected; None = never.
        source: where the limits come from.
    """

    unit: str
    meaning: str
    says: str
    source: str
    flag: float | None = None
    reject: float | None = None


@dataclass(frozen=True)
class Verdict:
    """``rejected``: one readable reason, None for a clip that stays; ``flags``: names of the scores over a limit."""

    rejected: str | None
    flags: tuple[str, ...]


@cache
def _table() -> dict:
    return read_package_yaml(__package__, "quality.yaml")


@cache
def default_limits() -> Mapping[str, Limit]:
    """The limits of ``curation.yaml``: score name -> `Limit`, in the order in which reasons are given."""
    return {name: Limit(**row) for name, row in _table()["scores"].items()}


def judge(scores: Mapping[str, float], limits: Mapping[str, Limit] | None = None) -> Verdict:
    """The verdict on the scores of `measure_quality`; the first limit that rejects gives the reason.

    Args:
        limits: instead of `default_limits`; scores without a limit do not count.
    """
    limits = default_limits() if limits is None else limits
    known = [(name, limit, scores[name]) for name, limit in limits.items() if name in scores]
    reasons = [limit.says.format(value=value) for _, limit, value in known if _exceeds(value, limit.reject)]
    flags = tuple(name for name, limit, value in known if _exceeds(value, limit.flag))
    return Verdict(reasons[0] if reasons else None, flags)


def measure_quality(motion: Motion) -> dict[str, float]:
    """Quality scores of a motion, higher is worse; ``curation.yaml`` says what each one means and its unit.

    All but the jumps are measured at 20 fps, so that they mean the same at every frame rate.
    """
    track = BodyTrack(motion)
    physical = measure_physical(track)
    speed = np.linalg.norm(np.diff(track.joints, axis=0), axis=-1) * track.fps
    fastest = speed.max(axis=1)
    frozen = fastest < define("frozen_speed")
    height = _standing_height(motion.skeleton) / _standing_height(CANONICAL_SKELETON)
    lowest = track.joints[..., 1].min(axis=1) - track.floor
    return {
        "jump": float(jump_distances(motion).max()),
        "joint_speed": float(fastest.max()),
        "root_speed": float(_root_speed(track).max()),
        "frozen_ratio": float(frozen.mean()),
        "frozen_seconds": track.longest(frozen),
        "dropout_seconds": _longest_dropout(fastest, frozen) / track.fps,
        "still_ratio": float((smoothed(fastest, round(0.5 * track.fps)) < define("still_speed")).mean()),
        "jitter": physical.jitter,
        "impossible_ratio": float(np.any(list(impossible_joints(motion).values()), axis=0).mean()),
        "odd_height": max(height, 1 / height),
        "sink": physical.penetration_mm / 1000,
        "slide_ratio": float(_slides(track).mean()),
        "skate_ratio": physical.skate_ratio,
        "hover": max(0.0, track.floor),
        "float_ratio": physical.float_ratio,
        "air_seconds": track.longest(lowest > define("air_height")),
    }


def impossible_joints(motion: Motion) -> dict[str, NDArray]:
    """Where a joint bends as no human's does: joint name -> (T,) whether it does.

    Angles are taken in the T-pose's axes (palms down): a knee bends backward, an elbow forward, or upward where a rig's
    palms face forward. So an elbow is wrong only when it clearly bends backward.
    """
    local = roma.unitquat_to_rotmat(motion.rotations).double()
    wrong = {}
    for side in SIDES:
        shin = -local[:, JOINT_INDEX[f"{side}_knee"], :, 1].numpy()  # the T-pose's shin points down
        forward = np.degrees(np.arctan2(shin[:, 2], -shin[:, 1]))
        sideways = np.degrees(np.arcsin(np.clip(np.abs(shin[:, 0]), 0, 1)))
        wrong[f"{side}_knee"] = (forward > define("knee_forward")) | (sideways > define("knee_sideways"))
        outward = 1.0 if side == "left" else -1.0  # the T-pose's forearm points along x
        forearm = outward * local[:, JOINT_INDEX[f"{side}_elbow"], :, 0].numpy()
        wrong[f"{side}_elbow"] = np.degrees(np.arcsin(np.clip(-forearm[:, 2], -1, 1))) > define("elbow_backward")
    for name, chain in {"neck": ("neck", "head"), "spine": ("spine1", "spine2", "spine3")}.items():
        total = roma.unitquat_to_rotvec(
            roma.quat_composition([motion.rotations[:, JOINT_INDEX[joint]] for joint in chain])
        )
        wrong[name] = np.degrees(total.norm(dim=-1).numpy()) > define(f"{name}_turn")
    return wrong


def _slides(track: BodyTrack) -> NDArray:
    """(T - 1,) whether feet are on the ground and neither stands within a quarter of a second.

    The skating ratio counts any low foot that moves, so it is high for people who shuffle or run: a foot swings low
    past the one that stands. A body that glides over the floor stands on neither, before and after.
    """
    feet = np.stack([track.joint(f"{side}_foot") for side in SIDES])
    low = feet[..., 1] - track.floor < GROUND_HEIGHT
    low = low[:, 1:] & low[:, :-1]
    speed = np.linalg.norm(np.diff(feet[..., [0, 2]], axis=1), axis=-1) * track.fps
    stands = (low & (speed <= SLIDE_SPEED)).any(axis=0)
    reach = round(0.25 * track.fps)
    return low.any(axis=0) & ~binary_dilation(stands, np.ones(2 * reach + 1))


def _longest_dropout(fastest: NDArray, frozen: NDArray) -> int:
    """Steps of the longest freeze in the middle of movement: the body moves right before it and right after it."""
    moving = fastest > define("dropout_speed")
    inner = [(start, stop) for start, stop in runs(frozen) if start > 0 and stop < len(frozen)]
    return max((stop - start for start, stop in inner if moving[start - 1] and moving[stop]), default=0)


def _root_speed(track: BodyTrack) -> NDArray:
    """(T - 1,) m/s of the pelvis over the ground, over a quarter of a second."""
    steps = np.diff(track.joint("pelvis")[:, [0, 2]], axis=0)
    return np.linalg.norm(smoothed(steps, round(0.25 * track.fps)), axis=1) * track.fps


def _standing_height(skeleton: Skeleton) -> float:
    """Toe to head joint in the rest pose, metres."""
    height = skeleton.rest_joints()[:, 1]
    return float(height.max() - height.min())


def _exceeds(value: float, limit: float | None) -> bool:
    return limit is not None and value >= limit


def define(name: str) -> float:
    """A definition of ``quality.yaml``, in the unit that stands there."""
    return _table()["definitions"][name]["value"]
