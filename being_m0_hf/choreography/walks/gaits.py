"""Operators that change how the feet of a walk go: limp, tiptoe, march, stagger, crouch, wade, waddle and others."""

import numpy as np

from ...motion import JOINT_INDEX
from ...motion.curves import ease, gaussian_smooth
from ..engine import turns
from ..engine.body import NECK, OFFSETS, SIGN, SPINE, Body
from ..engine.stage import OTHER
from ..engine.timing import noise
from .footprints import bell, level, recorded_feet, solved, standing, swing_phase, tilt_pelvis, toes_down, warped

_UP = np.array((0.0, 1.0, 0.0))


def crouch(walk: Body, rng: np.random.Generator, drop: float = 0.2, lean: float = 18, head: float = -14) -> Body:
    """The pelvis is carried lower, the trunk bent; the feet stay."""
    out, pose = walk.copy(), walk.pose()
    out.path[:, 1] -= drop
    out.bend({"lean": np.full(len(walk), lean)}, SPINE)
    out.bend({"lean": np.full(len(walk), head)}, NECK)
    return solved(out, pose, recorded_feet(pose))


def tiptoe(walk: Body, rng: np.random.Generator, pitch: float = 38, rise: float = 0.075, lift: float = 0.06) -> Body:
    """Feet turned about their toes; the pelvis rises with the ankles, toes are lifted well clear in the swing."""
    out, pose = walk.copy(), walk.pose()
    stand, feet = standing(pose), recorded_feet(pose)
    out.path[:, 1] += rise
    for side, foot in feet.items():
        toe = pose.point(f"{side}_foot").copy()
        toe[:, 1] = np.maximum(toe[:, 1], 0.03) + lift * bell(stand[side], 2.0, 0.7)
        down = np.degrees(np.arcsin(np.clip(-foot.turn[:, 1, 2], -1, 1)))
        foot.turn = toes_down(foot.turn, gaussian_smooth(np.maximum(pitch - down, 0), 1.5))
        foot.ankle = toe - turns.apply(foot.turn, OFFSETS[JOINT_INDEX[f"{side}_foot"]])
    return solved(out, pose, feet)


def march(walk: Body, rng: np.random.Generator, lift: float = 0.34, pull: float = 0.16) -> Body:
    """Knees up in each swing."""
    out, pose = walk.copy(), walk.pose()
    stand, feet, ahead = standing(pose), recorded_feet(pose), level(pose, 2)
    for side, foot in feet.items():
        rise = bell(stand[side])[:, None]
        foot.ankle = foot.ankle + _UP * lift * rise + ahead * pull * rise
        foot.turn = toes_down(foot.turn, 12 * rise[:, 0])
    return solved(out, pose, feet)


def limp(
    walk: Body, rng: np.random.Generator, side: str = "right", hurry: float = 0.62, dip: float = 0.045,
    lean: float = 7, hip: float = 6,
) -> Body:  # fmt: skip
    """Little time on the bad leg, much on the good one; trunk and hip fall over the bad leg while it bears."""
    pose = walk.pose()
    stand = standing(pose)
    bad = gaussian_smooth(np.clip(stand[side] - 0.6 * stand[OTHER[side]], 0, 1), 2.0)
    good = gaussian_smooth(np.clip(stand[OTHER[side]] - 0.6 * stand[side], 0, 1), 2.0)
    out = walk.copy()
    out.path[:, 1] -= dip * bad + 0.01
    out.path += level(pose, 0) * SIGN[side] * (0.03 * bad)[:, None]
    tilt_pelvis(out, pose, turns.about(turns.Z, SIGN[side] * hip * bad))  # the hip of the free leg drops
    out.bend({"lean": 4 + 3 * bad, "roll": -SIGN[side] * (lean + hip) * bad}, SPINE)
    out = solved(out, pose, recorded_feet(pose))
    return warped(out, (1 + (hurry - 1) * bad + 0.35 * good) * 1.15)


def stagger(
    walk: Body, rng: np.random.Generator, sway: float = 0.16, roll: float = 10, lean: float = 8, step: float = 0.16
) -> Body:
    """Footprints go astray, the pelvis follows late, the trunk sways slowly."""
    out, pose = walk.copy(), walk.pose()
    stand, feet, left = standing(pose), recorded_feet(pose), level(pose, 0)
    way = noise(rng, len(walk), (sway, 0.05), 0.55)
    shift = np.zeros(len(walk))
    for side, foot in feet.items():
        held = gaussian_smooth(_astray(stand[side], way[:, 0] + SIGN[side] * 0.03, step, rng), 0.6)
        foot.ankle = foot.ankle + left * held[:, None]
        shift += held / 2
    out.path += left * (gaussian_smooth(shift, 4) + 0.25 * way[:, 0])[:, None]
    out.path[:, 1] -= 0.03
    wobble = noise(rng, len(walk), (lean, roll, 5), 0.5)
    out.bend({"lean": 5 + wobble[:, 0], "roll": wobble[:, 1], "twist": wobble[:, 2]}, SPINE)
    late = gaussian_smooth(wobble[:, 1], 3)
    out.bend({"lean": -0.3 * wobble[:, 0] + 6, "roll": -0.5 * late}, NECK)
    return warped(solved(out, pose, feet), np.exp(noise(rng, len(walk), (0.18,), 0.6)[:, 0]) * 1.15)


def _astray(stand: np.ndarray, way: np.ndarray, step: float, rng: np.random.Generator) -> np.ndarray:
    """(T,) an offset that is chosen in each swing and kept while the foot stands."""
    phase = swing_phase(stand)
    held, before, now = np.zeros(len(stand)), 0.0, 0.0
    for t, share in enumerate(phase):
        if share and (t == 0 or not phase[t - 1]):
            rest = np.flatnonzero(phase[t:] == 0)
            end = t + int(rest[0]) if len(rest) else len(stand) - 1
            before, now = now, float(way[end]) + rng.normal() * step * 0.4
        held[t] = before + (now - before) * ease(share) if share else now
    return held


def stride(walk: Body, rng: np.random.Generator, factor: float = 0.7, wide: float = 0.0) -> Body:
    """Longer or shorter steps, and feet farther apart, metres each."""
    out, pose = walk.copy(), walk.pose()
    feet, left = recorded_feet(pose), level(pose, 0)
    start = walk.path[0] * (1, 0, 1)
    for side, foot in feet.items():
        foot.ankle = (foot.ankle - start) * (factor, 1, factor) + start + left * SIGN[side] * wide
    out.path = (walk.path - start) * (factor, 1, factor) + start
    return solved(out, pose, feet)


def drag(walk: Body, rng: np.random.Generator, side: str = "right", turn: float = 35, stiff: float = 0.02) -> Body:
    """One foot is dragged: never lifted, turned out, its knee straight."""
    out, pose = walk.copy(), walk.pose()
    feet = recorded_feet(pose)
    foot = feet[side]
    floor = float(np.percentile(foot.ankle[:, 1], 10))
    foot.ankle[:, 1] = floor + 0.3 * (foot.ankle[:, 1] - floor)
    outward = turns.about(turns.Y, SIGN[side] * np.full(len(walk), turn))
    pitch = np.degrees(np.arcsin(np.clip(-foot.turn[:, 1, 2], -1, 1)))
    foot.turn = outward @ toes_down(foot.turn, -0.8 * pitch)
    foot.ankle = foot.ankle - level(pose, 2) * (0.12 * bell(standing(pose)[side]))[:, None]
    out.path[:, 1] += stiff
    return solved(out, pose, feet)


def waddle(walk: Body, rng: np.random.Generator, roll: float = 12, wide: float = 0.07, turn: float = 25) -> Body:
    """Weight thrown over each standing leg, feet wide and turned out, like a duck."""
    out, pose = walk.copy(), walk.pose()
    stand, feet, left = standing(pose), recorded_feet(pose), level(pose, 0)
    over = gaussian_smooth(stand["left"] - stand["right"], 2.5)
    for side, foot in feet.items():
        foot.ankle = foot.ankle + left * SIGN[side] * wide
        foot.turn = turns.about(turns.Y, SIGN[side] * np.full(len(walk), turn)) @ foot.turn
    out.path += left * (0.05 * over)[:, None]
    out.path[:, 1] -= 0.03
    out.bend({"roll": roll * over}, SPINE)
    out.bend({"roll": -0.6 * roll * over}, NECK)
    return solved(out, pose, feet)


def wade(walk: Body, rng: np.random.Generator, lift: float = 0.2, drop: float = 0.05) -> Body:
    """Feet come high and late out of deep water, mud or snow; the trunk helps at each step."""
    out = march(walk, rng, lift=lift, pull=-0.03)
    pose = walk.pose()
    stand = standing(pose)
    over = gaussian_smooth(stand["left"] - stand["right"], 2.5)
    out.path[:, 1] -= drop
    out.bend({"roll": 6 * over, "twist": -8 * over, "lean": np.full(len(walk), 10.0)}, SPINE)
    return solved(out, out.pose(), recorded_feet(Body(out.local, out.path + _UP * drop).pose()))


def straight_legs(walk: Body, rng: np.random.Generator, lift: float = 0.3, reach: float = 0.25) -> Body:
    """Goose step: each leg is thrown forward straight."""
    out, pose = walk.copy(), walk.pose()
    stand, feet, ahead = standing(pose), recorded_feet(pose), level(pose, 2)
    for side, foot in feet.items():
        phase = swing_phase(stand[side])
        rise = gaussian_smooth(np.sin(np.pi * phase**0.7) ** 1.2 * (phase > 0), 1.0)[:, None]
        foot.ankle = foot.ankle + _UP * lift * rise + ahead * reach * rise
        foot.turn = toes_down(foot.turn, 20 * rise[:, 0])
    return solved(out, pose, feet)
