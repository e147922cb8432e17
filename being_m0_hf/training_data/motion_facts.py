"""What can be measured on a motion and said about it without guessing: speed, turns, heights, and what each part does.

Directions are the body's own: ``forward`` and ``left`` are taken from where it faces in the first frame.
"""

import random
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..motion import JOINT_INDEX, PART_NAMES, Motion
from ..motion.curves import runs

_PELVIS, _NECK = JOINT_INDEX["pelvis"], JOINT_INDEX["neck"]


@dataclass(frozen=True)
class MotionFacts:
    """Measurements of one motion. Lengths in metres, angles in degrees (positive to the left), speed in m/s."""

    seconds: float
    speed: float
    forward: float
    left: float
    turn: float
    total_turn: float
    left_hand: float
    right_hand: float


def measure(motion: Motion) -> MotionFacts:
    """Speed, path, turning, and how high each wrist rises above its shoulder."""
    joints = motion.joints().numpy()
    heading = np.unwrap(motion.heading().numpy())
    ground = joints[:, _PELVIS][:, [0, 2]]
    gone = ground[-1] - ground[0]
    sin, cos = np.sin(heading[0]), np.cos(heading[0])
    return MotionFacts(
        seconds=motion.seconds,
        speed=float(np.linalg.norm(np.diff(ground, axis=0), axis=1).sum() / motion.seconds),
        forward=float(gone[0] * sin + gone[1] * cos),
        left=float(gone[0] * cos - gone[1] * sin),
        turn=float(np.degrees(heading[-1] - heading[0])),
        total_turn=float(np.degrees(np.abs(np.diff(heading)).sum())),
        left_hand=float(_above(joints, "left_wrist", "left_shoulder").max()),
        right_hand=float(_above(joints, "right_wrist", "right_shoulder").max()),
    )


def largest_jerk(motion: Motion) -> float:
    """The greatest acceleration of any joint, m/s^2; above about 300 it is a recording error, not a movement."""
    joints = motion.joints().numpy()
    return float(np.linalg.norm(np.diff(joints, n=2, axis=0), axis=-1).max() * motion.fps**2)


def still_stretches(
    motion: Motion, min_seconds: float = 1.0, max_speed: float = 0.25, max_lean: float = 12.0
) -> list[tuple[int, int]]:
    """Frame ranges in which a standing body hardly moves.

    Args:
        motion: to look at.
        min_seconds: shorter ranges are left out.
        max_speed: of every joint, m/s.
        max_lean: of the trunk, degrees: who stays bent over is not asked for by "stands still".
    """
    joints = motion.joints().numpy()
    speed = np.linalg.norm(np.diff(joints, axis=0), axis=-1).max(axis=1) * motion.fps
    wrists = np.maximum(_above(joints, "left_wrist", "left_shoulder"), _above(joints, "right_wrist", "right_shoulder"))
    knees = np.maximum(*(_bend(joints, f"{side}_hip", f"{side}_knee", f"{side}_ankle") for side in ("left", "right")))
    feet = np.maximum(*(joints[:, JOINT_INDEX[f"{side}_ankle"], 1] for side in ("left", "right")))
    trunk = joints[:, _NECK] - joints[:, _PELVIS]
    lean = np.degrees(np.arctan2(np.linalg.norm(trunk[:, [0, 2]], axis=1), trunk[:, 1]))
    standing = (wrists < -0.35) & (knees < 45) & (feet < 0.2) & (lean < max_lean)
    quiet = (speed < max_speed) & standing[1:]
    return [(start, stop) for start, stop in runs(quiet) if stop - start >= min_seconds * motion.fps]


def part_texts(motion: Motion, rng: random.Random, count: int = 1) -> list[dict[str, str]]:
    """One short sentence for each body part, by simple rules on the joints, in ``count`` wordings."""
    joints = motion.joints().numpy()
    facts = measure(motion)
    return [_part_texts(joints, facts, motion.fps, rng) for _ in range(count)]


def _part_texts(joints: NDArray, facts: MotionFacts, fps: float, rng: random.Random) -> dict[str, str]:
    texts = {
        "root": _root_text(joints, facts, rng),
        "torso": _torso_text(joints, rng),
        "left_arm": _arm_text(joints, "left", fps, rng),
        "right_arm": _arm_text(joints, "right", fps, rng),
        "left_leg": _leg_text(joints, "left", fps, rng),
        "right_leg": _leg_text(joints, "right", fps, rng),
    }
    return {name: texts[name] for name in PART_NAMES}


def _above(joints: NDArray, joint: str, reference: str) -> NDArray:
    return joints[:, JOINT_INDEX[joint], 1] - joints[:, JOINT_INDEX[reference], 1]


def _bend(joints: NDArray, upper: str, middle: str, lower: str) -> NDArray:
    """(T,) angle of a hinge in degrees: 0 is straight."""
    first = joints[:, JOINT_INDEX[middle]] - joints[:, JOINT_INDEX[upper]]
    second = joints[:, JOINT_INDEX[lower]] - joints[:, JOINT_INDEX[middle]]
    cosine = (first * second).sum(-1) / (np.linalg.norm(first, axis=-1) * np.linalg.norm(second, axis=-1))
    return np.degrees(np.arccos(np.clip(cosine, -1, 1)))


def _swings(values: NDArray, amplitude: float) -> int:
    """How often a curve turns back after moving by at least ``amplitude``."""
    turns, low, high, direction = 0, values[0], values[0], 0
    for value in values:
        low, high = min(low, value), max(high, value)
        if direction >= 0 and high - value > amplitude:
            turns, direction, low, high = turns + 1, -1, value, value
        elif direction <= 0 and value - low > amplitude:
            turns, direction, low, high = turns + 1, 1, value, value
    return turns


def _root_text(joints: NDArray, facts: MotionFacts, rng: random.Random) -> str:
    height = joints[:, _PELVIS, 1]
    if height.min() < 0.6 and height.max() > 0.8:
        return rng.choice(["the body goes down low", "the hips sink down", "the body lowers deeply"])
    if facts.speed > 1.9 and abs(facts.turn) < 40:
        return rng.choice(["the body moves forward fast", "the body runs forward", "the body speeds ahead"])
    if facts.turn > 50:
        return rng.choice(["the body turns left", "the body turns to the left", "it turns to its left side"])
    if facts.turn < -50:
        return rng.choice(["the body turns right", "the body turns to the right", "it turns to its right side"])
    if facts.forward < -0.7:
        return rng.choice(["the body moves backward", "the body moves back", "it goes backwards"])
    if facts.forward > 0.7:
        slow = ["the body moves forward slowly", "the body goes ahead at a slow pace"]
        plain = ["the body moves forward", "the body goes straight ahead", "it travels forward"]
        return rng.choice(slow if facts.speed < 0.7 else plain)
    if height.max() - np.median(height) > 0.2:
        return rng.choice(["the body rises off the ground", "the body jumps up", "the body goes up and down"])
    return rng.choice(["the body stays in place", "the body stands on the spot", "the body does not travel"])


def _torso_text(joints: NDArray, rng: random.Random) -> str:
    spine = joints[:, _NECK] - joints[:, _PELVIS]
    lean = np.degrees(np.arccos(np.clip(spine[:, 1] / np.linalg.norm(spine, axis=-1), -1, 1)))
    if lean.max() > 110:
        return rng.choice(["the torso goes upside down", "the upper body turns upside down"])
    if lean.max() > 55:
        return rng.choice(["the torso bends far down", "the upper body bends over", "the torso bends at the waist"])
    if lean.max() > 28:
        return rng.choice(["the torso leans over", "the upper body leans", "the torso bends a little"])
    return rng.choice(["the torso stays upright", "the upper body is straight", "the back is kept straight"])


def _arm_text(joints: NDArray, side: str, fps: float, rng: random.Random) -> str:
    above = _above(joints, f"{side}_wrist", f"{side}_shoulder")
    raised = above > 0.12
    to_side = (joints[:, JOINT_INDEX[f"{side}_wrist"]] - joints[:, JOINT_INDEX[f"{side}_shoulder"]])[:, [0, 2]]
    if raised.mean() > 0.25:
        reach = np.linalg.norm(to_side - to_side[raised].mean(axis=0), axis=1) * np.sign(
            (to_side - to_side[raised].mean(axis=0)) @ _main_axis(to_side[raised])
        )
        if _swings(reach[raised], 0.15) >= 3:
            return rng.choice(
                [
                    f"the {side} hand waves",
                    f"the {side} hand waves from side to side",
                    f"the {side} arm is up and waves",
                ]
            )
        if above.max() > 0.3:
            return rng.choice(
                [f"the {side} arm is raised high", f"the {side} hand goes up above the head", f"the {side} arm goes up"]
            )
        return rng.choice([f"the {side} arm is raised", f"the {side} hand is lifted above the shoulder"])
    if above.max() > -0.12:
        return rng.choice([f"the {side} hand comes up to the shoulder", f"the {side} arm is lifted to shoulder height"])
    spread = np.linalg.norm(to_side, axis=1)
    if spread.mean() > 0.42:
        return rng.choice([f"the {side} arm is stretched out", f"the {side} arm reaches out"])
    travel = np.abs(np.diff(to_side, axis=0)).sum() * fps / len(joints)
    if travel > 0.45:
        return rng.choice(
            [f"the {side} arm swings", f"the {side} arm swings back and forth", f"the {side} arm moves along"]
        )
    if _bend(joints, f"{side}_shoulder", f"{side}_elbow", f"{side}_wrist").mean() > 70:
        return rng.choice([f"the {side} arm is bent", f"the {side} elbow is bent"])
    return rng.choice([f"the {side} arm hangs down", f"the {side} arm hangs at the side", f"the {side} arm stays down"])


def _main_axis(points: NDArray) -> NDArray:
    """(2,) direction in which (N, 2) points spread most."""
    return np.linalg.svd(points - points.mean(axis=0), full_matrices=False)[2][0]


def _leg_text(joints: NDArray, side: str, fps: float, rng: random.Random) -> str:
    ankle = joints[:, JOINT_INDEX[f"{side}_ankle"]]
    knee_bend = _bend(joints, f"{side}_hip", f"{side}_knee", f"{side}_ankle")
    below_hip = joints[:, JOINT_INDEX[f"{side}_hip"], 1] - ankle[:, 1]
    if below_hip.min() < 0.1 and knee_bend[below_hip.argmin()] < 70:
        return rng.choice([f"the {side} leg kicks high", f"the {side} leg swings up high"])
    if knee_bend.max() > 100 and ankle[:, 1].max() < 0.3:
        return rng.choice([f"the {side} knee bends deeply", f"the {side} leg bends deeply"])
    travel = np.linalg.norm(np.diff(ankle[:, [0, 2]], axis=0), axis=1).sum() * fps / len(joints)
    if travel > 1.7:
        return rng.choice([f"the {side} leg takes fast steps", f"the {side} leg runs"])
    if travel > 0.4:
        return rng.choice([f"the {side} leg takes steps", f"the {side} leg steps", f"the {side} leg walks"])
    if ankle[:, 1].max() - ankle[:, 1].min() > 0.25:
        return rng.choice([f"the {side} foot is lifted", f"the {side} leg is lifted"])
    return rng.choice(
        [f"the {side} leg stands still", f"the {side} leg is straight and still", f"the {side} foot stays"]
    )
