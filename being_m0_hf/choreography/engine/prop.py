"""Props: a shaft or a box as one frame over time, and the hands that are fixed to it."""

import numpy as np
from numpy.typing import NDArray

from ..score.keys import HandKey, PropKey
from . import timing, turns
from .body import SIGN, Pose
from .hand_targets import HandTarget, hand_axes, reached
from .limbs import ARM, two_bone
from .stage import Stage, mirrored
from .turns import apply, unit

#: From the wrist to what a closed hand holds, metres along the fingers and off the palm.
_FIST = (0.07, 0.03)


def prop_frame(stage: Stage, pose: Pose) -> tuple[NDArray, NDArray]:
    """Middle (T, 3) and direction ``along`` (T, 3) of the prop, from key to key, in the world."""
    prop = stage.score.prop
    assert prop is not None
    keys = [key for key in prop.keys if key.at != "rest"]
    middle = along = None
    for key, (start, end) in zip(keys, timing.moves(keys), strict=True):
        goal, axis = _key_frame(stage, key, pose)
        if middle is None or along is None:
            middle, along = goal, axis
            continue
        share = timing.minimum_jerk(stage.t, start, end)[:, None]
        middle = middle * (1 - share) + goal * share
        along = _swung(along, axis, share)
    assert middle is not None and along is not None
    return middle, along


def _key_frame(stage: Stage, key: PropKey, pose: Pose) -> tuple[NDArray, NDArray]:
    origin, axes = stage.place(key.at, "right", pose)
    middle = origin + apply(axes, mirrored(key.by, "right"))
    frame = axes if key.at in ("space", "floor") else pose.axes("spine3")
    along = apply(frame, mirrored(key.along, "right"))
    if key.osc is not None:
        for way, ahead in ((key.osc.axis, 0.0), (key.osc.circle, np.pi / 2)):
            if way is not None:
                swing = timing.wave(key, key.osc, stage.t, stage.seed, ahead=ahead) * stage.gain
                middle = middle + apply(axes, mirrored(way, "right")) * swing[:, None]
        if key.osc.wrist is not None:  # the prop itself is tilted: about its three axes (out, up, forward)
            wave = timing.wave(key, key.osc, stage.t, stage.seed) / max(key.osc.amp, 1e-6)
            tilt = turns.from_vector(np.radians(wave[:, None] * np.asarray(key.osc.wrist) * (-1, 1, 1)))
            along = apply(frame @ tilt @ turns.back(frame), along)
    return middle, along


def _swung(first: NDArray, second: NDArray, weight: NDArray) -> NDArray:
    """From direction to direction along the great circle."""
    angle = np.arccos(np.clip((first * second).sum(-1, keepdims=True), -0.999, 0.999))
    return unit((np.sin((1 - weight) * angle) * first + np.sin(weight * angle) * second) / np.sin(angle))


def prop_target(stage: Stage, key: HandKey, side: str, pose: Pose) -> HandTarget:
    """Where the prop wants a hand."""
    prop = stage.score.prop
    assert prop is not None
    middle, along = prop_frame(stage, pose)
    if prop.shape == "box":
        inward = -SIGN[side] * along  # `along` runs from the right hand to the left one
        point = middle - inward * prop.width / 2
        chest = pose.axes("spine3")
        ahead = turns.across(chest[..., 2], along)
        palm = inward if prop.hold_from == "sides" else chest[..., 1]
        return _held(stage, key, side, pose, point, ahead, palm)
    grip = getattr(prop, side) or 0.0
    point = middle + along * grip
    shoulder = pose.point(f"{side}_shoulder")
    thumb = along * getattr(prop.thumbs, side)
    wrist = point
    for _ in range(3):  # fingers go on from the forearm, across the shaft
        line = unit(wrist - shoulder)
        target = reached(
            stage, HandKey(t=key.t, at="prop", touch="wrist", elbow=key.elbow), side, pose, wrist, pose.axes("spine3")
        )
        elbow, end, _ = two_bone(shoulder, wrist, target.pole, ARM)
        fingers = turns.across(0.7 * unit(end - elbow) + 0.3 * line, along)
        turn = hand_axes(fingers, np.cross(thumb, SIGN[side] * fingers) * -1.0, side)
        wrist = point - fingers * _FIST[0] + turn[..., 1] * _FIST[1]
    return HandTarget(wrist, target.pole, turn)


def _held(
    stage: Stage, key: HandKey, side: str, pose: Pose, point: NDArray, fingers: NDArray, palm: NDArray
) -> HandTarget:
    """A flat hand on a side of a box."""
    turn = hand_axes(fingers, palm, side)
    wrist = point - fingers * _FIST[0] + turn[..., 1] * _FIST[1]
    pole = reached(stage, HandKey(t=key.t, touch="wrist", elbow=key.elbow), side, pose, wrist, pose.axes("spine3")).pole
    return HandTarget(wrist, pole, turn)
