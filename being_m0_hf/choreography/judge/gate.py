"""Which performances are good enough: compared with the recording they are made on, in joint limits, in their facts."""

from dataclasses import dataclass

import numpy as np

from ...motion import JOINT_INDEX, Motion
from ...motion.physical_metrics import PhysicalMetrics, physical_metrics
from ..engine import volume
from ..engine.body import SIGN, Body, Pose
from ..engine.perform import Performed
from ..score.score import Score
from .facts import failed_facts

#: More skating than the base has, share of frames; more depth under the floor, mm; jerk, 100 m/s^3.
_SKATING, _DEPTH, _JERK = 0.05, 10.0, 1.2
#: Times the jerk of a base that itself is quick.
_JERK_OF_BASE = 1.5
#: Metres that a hand may be in the body, that a target may be missed, that the centre of mass may be off the feet.
_IN_BODY, _MISSED, _OFF_FEET = 0.035, 0.05, 0.22
#: Degrees beyond a joint's limit.
_OVER = 10.0


@dataclass(frozen=True)
class Measures:
    """What the gate looks at, of a performance or of its base."""

    physical: PhysicalMetrics
    hand_in_body: float
    off_feet: float
    over_limits: dict[str, float]


def measured(body: Body, motion: Motion) -> Measures:
    pose = body.pose()
    feet = [pose.point(f"{side}_{joint}") for side in SIGN for joint in ("ankle", "foot")]
    off = (volume.centre_of_mass(pose) - np.mean(feet, axis=0))[:, [0, 2]]
    return Measures(
        physical_metrics(motion),
        float(volume.hand_depth(pose).max()),
        float(np.linalg.norm(off, axis=-1).max()),
        _over_limits(body, pose),
    )


def _over_limits(body: Body, pose: Pose) -> dict[str, float]:
    """Joint and angle -> degrees beyond its limit, at worst."""
    wrists = {side: body.local[:, JOINT_INDEX[f"{side}_wrist"]] for side in SIGN}
    elbows = {side: body.local[:, JOINT_INDEX[f"{side}_elbow"]] for side in SIGN}
    angles = volume.joint_angles(pose, wrists, elbows)
    worst = {name: float(angle.max()) - volume.LIMITS[name.split("_", 1)[1]] for name, angle in angles.items()}
    return {name: over for name, over in worst.items() if over > 0}


def refusals(score: Score, performed: Performed, base: Body) -> list[str]:
    """Why a performance is not good enough, one short reason each; [] where it is."""
    motion = performed.body.motion()
    found, yard = measured(performed.body, motion), measured(base, base.motion())
    why = []
    if found.physical.skate_ratio_strict > yard.physical.skate_ratio_strict + _SKATING:
        why.append(f"skates in {found.physical.skate_ratio_strict:.0%} of frames")
    if found.physical.penetration_mm > yard.physical.penetration_mm + _DEPTH:
        why.append(f"{found.physical.penetration_mm:.0f} mm under the floor")
    if found.physical.jitter > max(_JERK, _JERK_OF_BASE * yard.physical.jitter) + _quick(score):
        why.append(f"jerk {found.physical.jitter:.1f}")
    if found.hand_in_body > max(_IN_BODY, yard.hand_in_body + 0.01):
        why.append(f"a hand {1000 * found.hand_in_body:.0f} mm in the body")
    if performed.missed > _MISSED:
        why.append(f"a target missed by {1000 * performed.missed:.0f} mm")
    if score.balanced and score.still and score.base == "stand" and found.off_feet > _OFF_FEET and not score.steps:
        why.append(f"centre of mass {100 * found.off_feet:.0f} cm off the feet")
    over = {
        name: degrees for name, degrees in found.over_limits.items() if degrees > yard.over_limits.get(name, 0) + _OVER
    }
    why += [f"{name.replace('_', ' ')} {degrees:.0f} degrees too far" for name, degrees in over.items()]
    return why + failed_facts(score, motion)


def _quick(score: Score) -> float:
    """Jerk that strokes and jumps may have on top."""
    return 1.5 if score.strokes or score.hop else 0.0
