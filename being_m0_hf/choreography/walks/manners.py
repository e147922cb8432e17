"""Operators that leave the feet of a walk where they are: tempo, lean, sway, tremble, stiffness, arms, a cane."""

import numpy as np

from ...motion import JOINT_INDEX, MODEL_FPS
from ...motion.curves import gaussian_smooth
from ..engine import turns
from ..engine.arms import solve_arm
from ..engine.body import NECK, SIGN, SPINE, Body
from ..engine.hand_targets import hand_axes, neutral_pole
from ..engine.hand_tracks import HandTrack
from ..engine.stage import OTHER
from ..engine.timing import noise
from ..engine.turns import unit
from .footprints import level, recorded_feet, solved, standing, tilt_pelvis, warped

STIFF_PARTS = {
    "arms": ("shoulder", "elbow", "wrist", "collar"), "torso": ("spine1", "spine2", "spine3", "neck", "head"),
    "neck": ("neck", "head"),
}  # fmt: skip


def tempo(walk: Body, rng: np.random.Generator, factor: float = 1.0) -> Body:
    """Faster or slower."""
    return warped(walk, np.full(len(walk), 1 / factor))


def reverse(walk: Body, rng: np.random.Generator) -> Body:
    """Played backwards: a walk goes backward."""
    back = Body(walk.local[::-1].copy(), walk.path[::-1].copy())
    return Body.of(back.motion().canonicalized())


def lean(
    walk: Body, rng: np.random.Generator, degrees: float = 20, head: float = -10, roll: float = 0, hip: float = 0.3
) -> Body:
    """The trunk leans forward (or to the left with `roll`), a share of it from the hips."""
    out, pose = walk.copy(), walk.pose()
    full = np.ones(len(walk))
    tilt_pelvis(out, pose, turns.bend(hip * degrees * full, hip * roll * full, 0 * full))
    out.bend({"lean": (1 - hip) * degrees * full, "roll": (1 - hip) * roll * full}, SPINE)
    out.bend({"lean": head * full}, NECK)
    return solved(out, pose, recorded_feet(pose))


def sway(walk: Body, rng: np.random.Generator, degrees: float = 8, hz: float = 0.5, hips: float = 0.0) -> Body:
    """The trunk sways from side to side; `hips` metres the other way."""
    out, pose = walk.copy(), walk.pose()
    phase = 2 * np.pi * hz * np.arange(len(walk)) / MODEL_FPS + rng.uniform(0, 2 * np.pi)
    out.bend({"roll": degrees * np.sin(phase), "twist": 0.4 * degrees * np.sin(phase + 0.7)}, SPINE)
    out.path += level(pose, 0) * (hips * np.sin(phase + np.pi))[:, None]
    return solved(out, pose, recorded_feet(pose))


def swagger(walk: Body, rng: np.random.Generator, hips: float = 8, shoulders: float = 8, side: float = 0.03) -> Body:
    """Hips and shoulders roll with the steps, against each other."""
    out, pose = walk.copy(), walk.pose()
    stand = standing(pose)
    over = gaussian_smooth(stand["left"] - stand["right"], 2.5)
    tilt_pelvis(out, pose, turns.bend(0 * over, -hips * over, 0 * over))
    out.path += level(pose, 0) * (side * over)[:, None]
    out.bend({"roll": (hips + 0.5 * shoulders) * over, "twist": -shoulders * over}, SPINE)
    return solved(out, pose, recorded_feet(pose))


def tremble(walk: Body, rng: np.random.Generator, degrees: float = 3.0, hz: float = 6.0) -> Body:
    """Everything above the hips shivers."""
    out = walk.copy()
    t = np.arange(len(walk)) / MODEL_FPS
    size = 1 + noise(rng, len(walk), (0.3,), 0.3)[:, 0]
    names = [*SPINE, *NECK, *(f"{side}_{joint}" for side in SIGN for joint in ("shoulder", "elbow", "wrist"))]
    for name in names:
        axis = unit(rng.standard_normal(3))
        share = 0.35 if name in SPINE or name in NECK else 1.0
        out.turn(name, turns.about(axis, share * degrees * size * np.sin(2 * np.pi * hz * t + rng.uniform(0, 6))))
    return out


def stiff(walk: Body, rng: np.random.Generator, share: float = 0.85, parts: str = "arms") -> Body:
    """Arms, torso or neck move so much less than recorded."""
    out = walk.copy()
    for joint in STIFF_PARTS[parts]:
        for name in [f"{side}_{joint}" for side in SIGN] if parts == "arms" else [joint]:
            rotations = walk.local[:, JOINT_INDEX[name]]
            middle = turns.mean(rotations)
            out.local[:, JOINT_INDEX[name]] = middle @ turns.power(middle.T @ rotations, np.full(len(walk), 1 - share))
    return out


def head_turns(walk: Body, rng: np.random.Generator, degrees: float = 40, hz: float = 0.35, lean: float = 0) -> Body:
    """The head looks left and right."""
    out = walk.copy()
    phase = 2 * np.pi * hz * np.arange(len(walk)) / MODEL_FPS + rng.uniform(0, 2 * np.pi)
    held = np.tanh(2.5 * np.sin(phase)) / np.tanh(2.5)
    out.bend({"twist": degrees * held, "lean": np.full(len(walk), lean)}, NECK)
    out.bend({"twist": 0.2 * degrees * held}, SPINE)
    return out


def bounce(walk: Body, rng: np.random.Generator, height: float = 0.03) -> Body:
    """A spring in each step."""
    out, pose = walk.copy(), walk.pose()
    stand = standing(pose)
    both = gaussian_smooth(np.minimum(stand["left"], stand["right"]), 1.5)
    out.path[:, 1] += height * (0.5 - 2 * both)
    out.bend({"lean": -3 + 8 * both}, NECK)
    return solved(out, pose, recorded_feet(pose))


def arms(walk: Body, rng: np.random.Generator, swing: float = 1.5, bend: float = 0.0) -> Body:
    """Arms swing more or less than recorded, elbows bent more, degrees."""
    out = walk.copy()
    for side, sign in SIGN.items():
        for joint, gain in (("shoulder", swing), ("elbow", 1.0)):
            index = JOINT_INDEX[f"{side}_{joint}"]
            middle = turns.mean(walk.local[:, index])
            out.local[:, index] = middle @ turns.power(middle.T @ walk.local[:, index], np.full(len(walk), gain))
        out.turn(f"{side}_elbow", turns.about(turns.Y, np.full(len(walk), -sign * bend)))
    return out


def cane(walk: Body, rng: np.random.Generator, side: str = "right", reach: float = 0.55) -> Body:
    """A hand carries a stick: forward with the other foot, still over its tip while that foot bears."""
    out, pose = walk.copy(), walk.pose()
    left, ahead = level(pose, 0), level(pose, 2)
    ankle = pose.point(f"{OTHER[side]}_ankle") - pose.point("pelvis")
    swing = gaussian_smooth(np.clip((ankle * ahead).sum(-1), -0.25, 0.35), 1.5) * reach + 0.16
    lift = 0.05 * gaussian_smooth((standing(pose)[OTHER[side]] < 0.5).astype(float), 2.0) - 0.02
    point = pose.point("pelvis") + left * SIGN[side] * 0.29 + ahead * swing[:, None]
    point[:, 1] += lift
    down = np.broadcast_to((0.0, -1.0, 0.0), ahead.shape)
    turn = hand_axes(ahead + 0.7 * down - 0.1 * left * SIGN[side], down - 0.5 * left * SIGN[side], side)
    pole = neutral_pole(pose, side, unit(point - pose.point(f"{side}_shoulder")))
    solve_arm(out, pose, HandTrack(point, pole, turn, np.ones(len(walk))), side)
    return out
