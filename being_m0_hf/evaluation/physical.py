"""Physical plausibility: sliding feet, feet under the floor, jitter. Report them for real motion beside generated."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

from being_m0_hf.motion import JOINT_INDEX, Motion

from .body_track import SIDES, BodyTrack, smoothed

#: Guided Motion Diffusion (Karunratanakul et al. 2023): a foot below 5 cm is on the ground, and slides above 0.5 m/s.
GROUND_HEIGHT = 0.05
SLIDE_SPEED = 0.50
#: A foot joint lies inside the foot, so half a centimetre under the floor is within measuring error.
PENETRATION_TOLERANCE = 0.005


@dataclass(frozen=True)
class PhysicalMetrics:
    """Metrics of one motion at 20 fps.

    Args:
        skate_ratio: share of frames in which a foot on the ground slides.
        penetration_mm: mean depth of the lowest foot joint under y = 0, beyond the tolerance.
        float_ratio: share of frames in which no foot joint is within 5 cm of the motion's own floor level.
        jitter: mean jerk of the joints, in 100 m/s^3.
    """

    skate_ratio: float
    penetration_mm: float
    float_ratio: float
    jitter: float


def physical_metrics(motion: Motion) -> PhysicalMetrics:
    """Measure one motion. Heights for contact count from the motion's own floor level, depth from y = 0."""
    track = BodyTrack(motion)
    feet = np.stack([track.joint(f"{side}_foot") for side in SIDES])
    lowest = track.joints[:, [JOINT_INDEX[f"{side}_{joint}"] for side in SIDES for joint in ("ankle", "foot")], 1].min(
        1
    )
    depth = np.clip(-lowest - PENETRATION_TOLERANCE, 0.0, None)
    return PhysicalMetrics(
        skate_ratio=float(np.any([_slides(foot, track) for foot in feet], axis=0).mean()),
        penetration_mm=1000 * float(depth.mean()),
        float_ratio=float((track.foot_height.min(axis=1) > GROUND_HEIGHT).mean()),
        jitter=_jerk(track) / 100,
    )


def mean_physical_metrics(motions: Sequence[Motion]) -> dict[str, float]:
    """Mean of each metric over motions, every motion counting once."""
    rows = [asdict(physical_metrics(motion)) for motion in motions]
    return {name: float(np.mean([row[name] for row in rows])) for name in rows[0]}


def _slides(foot: np.ndarray, track: BodyTrack) -> np.ndarray:
    """(T - 1,) whether a foot (T, 3) is low in two adjacent frames and moves, by both raw and smoothed speed."""
    low = foot[:, 1] - track.floor < GROUND_HEIGHT
    speed = np.linalg.norm(np.diff(foot[:, [0, 2]], axis=0), axis=1) * track.fps
    return low[1:] & low[:-1] & (speed > SLIDE_SPEED) & (smoothed(speed, 5) > SLIDE_SPEED)


def _jerk(track: BodyTrack) -> float:
    jerk = np.diff(track.joints, n=3, axis=0) * track.fps**3
    return float(np.linalg.norm(jerk, axis=-1).mean())
