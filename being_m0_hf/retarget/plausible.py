"""Limits of what a body is and does: everything else is a damaged file, a wrong map, or no person."""

from itertools import pairwise

import torch
from torch import Tensor

from ..motion import Motion, MotionError
from .swings import unit

FLOOR_CLEARANCE = 0.03  # m: where the lowest joint rests; joints sit inside the body, not on its sole
_MAX_STRETCH = 0.25  # of a limb's length over the clip: stretchy characters pass, damaged files do not
_MAX_UNEVEN = 1.35  # length of a left limb to the right one
_SHARES = {"arm": (0.3, 1.5), "trunk": (0.25, 1.5)}  # of the leg's length; people have 0.6 to 0.8 and 0.6
_HEIGHTS = (0.4, 2.3)  # m, without the head and the soles
_MAX_JOINT_SPEED = 40.0  # m/s against the pelvis; a kick reaches 20
_MAX_JUMPS = 0.05  # part of the frames that may hold a faster one: single glitches are left to curation
_BACKWARD = -0.3  # cosine between toes and forward, below which left and right must be exchanged
_LIMBS = {"leg": ("hip", "knee", "ankle"), "arm": ("shoulder", "elbow", "wrist")}


def on_floor(motion: Motion) -> Motion:
    """The motion moved up or down so that its lowest joint rests on the floor, a twentieth of the frames aside."""
    lowest = motion.joints()[..., 1].amin(dim=1)
    shift = FLOOR_CLEARANCE - float(lowest.quantile(0.05))
    return motion.replace(translation=motion.translation + torch.tensor([0.0, shift, 0.0]))


def checked(motion: Motion) -> Motion:
    """The motion itself, or ``MotionError`` where its body has no person's size or its joints jump about."""
    rest = motion.skeleton.rest_joints()[:, 1]
    height = float(rest.max() - rest.min())
    if not _HEIGHTS[0] <= height <= _HEIGHTS[1]:
        raise MotionError(f"the body is {height:.2f} m tall from foot to head joint; the unit must be metres")
    joints = motion.joints()
    steps = (joints - joints[:, :1]).diff(dim=0).norm(dim=-1).amax(dim=1) * motion.fps
    jumps = float((steps > _MAX_JOINT_SPEED).float().mean())
    if jumps > _MAX_JUMPS:
        raise MotionError(
            f"joints jump faster than {_MAX_JOINT_SPEED:.0f} m/s in {jumps:.0%} of the frames; "
            "the channels or the frame rate are not what the file says"
        )
    return motion


def check_body(positions: Tensor, joints: dict[str, int]) -> None:
    """Raise ``MotionError`` where bones change their lengths or are not in a person's proportions."""
    leg = leg_length(positions, joints)
    if not leg > 1e-6:
        raise MotionError("the legs have no length; the file's offsets are missing or the joint map is wrong")
    for limb in ("leg", "arm"):
        sides = []
        for side in ("left", "right"):
            lengths = _length(positions, joints, limb, (side,))
            middle = float(lengths.median())
            spread = float(lengths.quantile(0.95) - lengths.quantile(0.05))
            if spread > _MAX_STRETCH * middle:
                raise MotionError(f"the {side} {limb} changes its length by {spread / middle:.0%}: damaged positions")
            sides.append(middle)
        if max(sides) > _MAX_UNEVEN * min(sides):
            raise MotionError(f"not a person: one {limb} is {max(sides) / max(min(sides), 1e-9):.1f} times the other")
    shoulders, hips = (
        (positions[:, joints[f"left_{joint}"]] + positions[:, joints[f"right_{joint}"]]) / 2
        for joint in ("shoulder", "hip")
    )
    shares = {
        "arm": float(_length(positions, joints, "arm").median()) / leg,
        "trunk": float((shoulders - hips).norm(dim=-1).median()) / leg,
    }
    for name, (low, high) in _SHARES.items():
        if not low <= shares[name] <= high:
            raise MotionError(
                f"not a person: the {name} is {shares[name]:.2f} times as long as a leg; if it is one, give a joint map"
            )


def check_toes(positions: Tensor, joints: dict[str, int], forward: Tensor) -> None:
    """Raise ``MotionError`` where the toes of both feet point away from ``forward`` (..., 3) most of the time."""
    toes = [
        unit(positions[..., joints[f"{side}_foot"], :] - positions[..., joints[f"{side}_ankle"], :])
        for side in ("left", "right")
        if f"{side}_foot" in joints
    ]
    if toes and all(float((toe * forward).sum(dim=-1).median()) < _BACKWARD for toe in toes):
        raise MotionError(
            "the toes point backwards: left and right are exchanged or the axes are left-handed; "
            "export again with right-handed axes, or give a joint map with left and right as they are"
        )


def leg_length(positions: Tensor, joints: dict[str, int]) -> float:
    """Hip to ankle along the bones, mean of both legs and median over the clip, in the file's unit."""
    return float(_length(positions, joints, "leg").median())


def _length(positions: Tensor, joints: dict[str, int], limb: str, sides: tuple[str, ...] = ("left", "right")) -> Tensor:
    """(T,) length of a limb in file units, mean of the sides."""
    bones = [
        (positions[:, joints[f"{side}_{upper}"]] - positions[:, joints[f"{side}_{lower}"]]).norm(dim=-1)
        for side in sides
        for upper, lower in pairwise(_LIMBS[limb])
    ]
    return torch.stack(bones).sum(dim=0) / len(sides)
