"""What one key asks of a hand over all frames: the wrist's point, where the elbow goes, how the hand is turned."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..score.keys import HandKey
from ..score.places import TOUCH
from . import timing, turns, volume
from .body import SIGN, Pose
from .limbs import ARM, arm_frames, two_bone
from .stage import Stage, mirrored
from .turns import apply, unit

#: Degrees of swivel that are tried for an elbow that no key tells where to be.
_SWIVELS = range(-25, 116, 10)


@dataclass(eq=False)
class HandTarget:
    """Wrist ``point`` (T, 3), elbow direction ``pole`` (T, 3), hand rotation ``turn`` (T, 3, 3), in the world."""

    point: NDArray
    pole: NDArray
    turn: NDArray


def hand_target(stage: Stage, key: HandKey, side: str, pose: Pose, still: bool = False) -> HandTarget:
    """The target of a key; ``still`` leaves its repetition out."""
    origin, axes = stage.place(key.at, side, pose)
    touched = origin + apply(axes, mirrored(key.by, side))
    osc = None if still else key.osc
    if osc is not None:
        for way, ahead in ((osc.axis, 0.0), (osc.circle, np.pi / 2)):
            if way is not None:
                swing = timing.wave(key, osc, stage.t, stage.seed, ahead=ahead) * stage.gain
                touched = touched + apply(axes, mirrored(way, side)) * swing[:, None]
    return reached(stage, key, side, pose, touched, axes if key.at in ("space", "floor") else pose.axes("spine3"))


def reached(stage: Stage, key: HandKey, side: str, pose: Pose, touched: NDArray, axes: NDArray) -> HandTarget:
    """The target of a hand whose touching point is at ``touched`` (T, 3); directions are given in ``axes``."""
    shoulder = pose.point(f"{side}_shoulder")
    along, thick = TOUCH[key.touch]
    fingers = None if key.fingers is None else apply(axes, mirrored(key.fingers, side))
    wrist = touched
    for _ in range(3):  # the hand's own length moves the wrist, which turns the hand
        line = unit(wrist - shoulder)
        hanging = neutral_pole(pose, side, line)
        pole = swivelled(hanging, line, key.elbow or 0.0, side)
        elbow, end, normal = two_bone(shoulder, wrist, pole, ARM)
        pointing = unit(end - elbow) if fingers is None else fingers
        if key.palm is not None:
            palm = apply(axes, mirrored(key.palm, side))
        else:
            palm = -arm_frames(shoulder, elbow, end, normal, side)[1][..., 1]
        turn = hand_axes(pointing, palm, side)
        wrist = touched - pointing * along + turn[..., 1] * thick
    if key.elbow is None:
        angle = _comfortable(shoulder, wrist, hanging, line, turn, side, pose)
        pole = swivelled(hanging, line, angle, side)
    if key.osc is not None and key.osc.wrist is not None:
        wave = timing.wave(key, key.osc, stage.t, stage.seed, key.osc.lag) / max(key.osc.amp, 1e-6)
        flexion, deviation, twist = key.osc.wrist
        turn = turn @ turns.about(turns.Z, -SIGN[side] * flexion * wave)
        turn = turn @ turns.about(turns.Y, SIGN[side] * deviation * wave) @ turns.about(turns.X, twist * wave)
    return HandTarget(wrist, pole, turn)


def neutral_pole(pose: Pose, side: str, line: NDArray) -> NDArray:
    """Where an elbow hangs: down, out and back, across the line from shoulder to hand; overhead out and forward."""
    chest = pose.axes("spine3")
    low = apply(chest, (0.42 * SIGN[side], -0.80, -0.38))
    high = apply(chest, (0.85 * SIGN[side], -0.2, 0.25))
    up = np.clip((apply(turns.back(chest), line)[:, 1:2] - 0.2) / 0.7, 0, 1)
    return turns.across(low * (1 - up) + high * up, line)


def swivelled(pole: NDArray, line: NDArray, degrees: float, side: str) -> NDArray:
    """The pole turned about the line from shoulder to hand, outward and up for positive degrees."""
    angle = np.radians(degrees)
    return pole * np.cos(angle) + np.cross(-SIGN[side] * line, pole) * np.sin(angle)


def hand_axes(fingers: NDArray, palm: NDArray, side: str) -> NDArray:
    """Rotations (T, 3, 3) of a hand whose fingers point somewhere and whose palm faces somewhere, roughly."""
    x = SIGN[side] * unit(fingers)
    y = -turns.across(palm, unit(fingers))
    return np.stack((x, y, np.cross(x, y)), axis=-1)


def _comfortable(
    shoulder: NDArray, wrist: NDArray, pole: NDArray, line: NDArray, turn: NDArray, side: str, pose: Pose
) -> float:
    """Degrees of swivel that turn wrist and forearm least with the elbow low; judged at the middle frame."""
    middle = slice(len(line) // 2, len(line) // 2 + 1)
    here = Pose(pose.positions[middle], pose.rotations[middle])

    def cost(angle: float) -> float:
        bent = swivelled(pole[middle], line[middle], angle, side)
        elbow, end, normal = two_bone(shoulder[middle], wrist[middle], bent, ARM)
        hand = turns.back(arm_frames(shoulder[middle], elbow, end, normal, side)[1]) @ turn[middle]
        twist = abs(float(turns.twist_about_x(hand)[0]))
        bend = float(np.degrees(np.arccos(np.clip(hand[0, 0, 0], -1, 1))))
        inside = max(0.0, float(volume.depth(elbow, here)[0][0]) + 0.03)
        return (
            (angle / 50) ** 2
            + (max(0.0, twist - 50) / 20) ** 2
            + (max(0.0, bend - 25) / 20) ** 2
            + (inside / 0.02) ** 2
        )

    return float(min(_SWIVELS, key=cost))
