"""Physical plausibility: sliding feet, feet under the floor, jitter. Report them for real motion beside generated."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

from being_m0_hf.motion import JOINT_INDEX, Motion

from .body_track import SIDES, BodyTrack, smoothed

#: Guided Motion Diffusion (Karunratanakul et al. 2023): a foot below 5 cm is on the ground, and slides above 0.5 m/s.
GROUND_HEIGHT = 0.05
SLIDE_SPEED = 0.50
#: Kimodo's stricter speed, with the same height.
STRICT_SLIDE_SPEED = 0.20
#: A foot joint lies inside the foot, so half a centimetre under the floor is within measuring error.
PENETRATION_TOLERANCE = 0.005


@dataclass(frozen=True)
class PhysicalMetrics:
    """Metrics of one motion at 20 fps.

    Args:
        skate_ratio: share of frames in which a foot on the ground slides, by the thresholds of Guided Motion
            Diffusion: 0.5 m/s, both raw and over 5 frames.
        skate_ratio_strict: the same by Kimodo's threshold, 0.2 m/s from one frame to the next.
        ground_speed: mean speed of a toe that is within 5 cm of the floor level, m/s (Kimodo).
        penetration_mm: mean depth of the lowest foot joint under y = 0, beyond the tolerance.
        float_ratio: share of frames in which no foot joint is within 5 cm of the motion's own floor level.
        jitter: mean jerk of the joints, in 100 m/s^3.
    """

    skate_ratio: float
    skate_ratio_strict: float
    ground_speed: float
    penetration_mm: float
    float_ratio: float
    jitter: float


def physical_metrics(motion: Motion) -> PhysicalMetrics:
    """Measure one motion. Heights for contact count from the motion's own floor level, depth from y = 0."""
    return measure_physical(BodyTrack(motion))


def measure_physical(track: BodyTrack) -> PhysicalMetrics:
    """`physical_metrics` of a motion whose joints were computed before."""
    feet = np.stack([track.joint(f"{side}_foot") for side in SIDES])
    lowest = track.joints[:, [JOINT_INDEX[f"{side}_{joint}"] for side in SIDES for joint in ("ankle", "foot")], 1].min(
        1
    )
    depth = np.clip(-lowest - PENETRATION_TOLERANCE, 0.0, None)
    return PhysicalMetrics(
        skate_ratio=float(np.any([_slides(foot, track, SLIDE_SPEED, 5) for foot in feet], axis=0).mean()),
        skate_ratio_strict=float(np.any([_slides(foot, track, STRICT_SLIDE_SPEED, 1) for foot in feet], axis=0).mean()),
        ground_speed=_ground_speed(feet, track),
        penetration_mm=1000 * float(depth.mean()),
        float_ratio=float((track.foot_height.min(axis=1) > GROUND_HEIGHT).mean()),
        jitter=_jerk(track) / 100,
    )


def mean_physical_metrics(motions: Sequence[Motion]) -> dict[str, float]:
    """Mean of each metric over motions, every motion counting once."""
    rows = [asdict(physical_metrics(motion)) for motion in motions]
    return {name: float(np.mean([row[name] for row in rows])) for name in rows[0]}


def _slides(foot: np.ndarray, track: BodyTrack, limit: float, frames: int) -> np.ndarray:
    """(T - 1,) whether a foot (T, 3) is low in two adjacent frames and moves over the floor faster than ``limit``.

    Its speed must be above the limit both raw and as a mean over ``frames``.
    """
    low = foot[:, 1] - track.floor < GROUND_HEIGHT
    speed = np.linalg.norm(np.diff(foot[:, [0, 2]], axis=0), axis=1) * track.fps
    return low[1:] & low[:-1] & (speed > limit) & (smoothed(speed, frames) > limit)


def _ground_speed(feet: np.ndarray, track: BodyTrack) -> float:
    """Mean speed of feet (2, T, 3) while they are low; 0 for a body that never stands."""
    low = feet[:, 1:, 1] - track.floor < GROUND_HEIGHT
    speed = np.linalg.norm(np.diff(feet, axis=1), axis=-1) * track.fps
    return float(speed[low].mean()) if low.any() else 0.0


def _jerk(track: BodyTrack) -> float:
    jerk = np.diff(track.joints, n=3, axis=0) * track.fps**3
    return float(np.linalg.norm(jerk, axis=-1).mean())
