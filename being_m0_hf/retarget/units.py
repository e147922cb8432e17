"""Units: what a file's numbers are, and files whose root travels in another unit than their bones are long."""

import math

from torch import Tensor

from ..io.rigs.rig import RigAnimation

#: How many of one unit are in another: millimetres, centimetres, metres, inches and feet mixed.
_RATIOS = (2.54, 3.2808, 10.0, 12.0, 25.4, 30.48, 39.37, 100.0, 304.8, 1000.0)
_UNITS = {"m": 1.0, "dm": 0.1, "cm": 0.01, "mm": 0.001, "inches": 0.0254, "feet": 0.3048}  # metres
_LEGS = (0.55, 1.1)  # m, of grown people
_SAME = (0.55, 1.8)  # root's height in the file to its height over the feet, within which both have one unit
_FITS = (0.75, 1.3)  # the same ratio, mended
_STEADY = 0.3  # of a leg: a floor under a mended clip wanders less
_FEWER_SLIDES = 0.7
_STANDING = 0.7  # of the frames have the root lower over the feet than those that are looked at
_CERTAIN = 9.0
_MOVES = 1e-5  # of a leg


def carrier(rig: RigAnimation, pelvis: int) -> int | None:
    """The joint whose place carries the body: the first above or at the pelvis that moves; None where none."""
    size = float(rig.rest_world()[0].abs().amax().clamp(min=1e-9))
    for joint in rig.way_up(pelvis):
        places = rig.positions[:, joint]
        if float((places.amax(dim=0) - places.amin(dim=0)).max()) > _MOVES * size:
            return joint
    return None


def root_factor(carried: Tensor, positions: Tensor, joints: dict[str, int], leg: float) -> float:
    """By what the root's places must be multiplied to be in the bones' unit; 1 where they are.

    A standing body's root is as high above zero as above its feet. Where it is not, but would be in another unit, and
    the feet then stand on one floor near zero, the units are mixed; if they are near, the feet must slide less, too.

    Args:
        carried: (T, 3) places of the joint that carries the body, y up.
        positions: (T, J, 3) places of all joints.
        joints: SMPL joint -> joint.
        leg: length of a leg in the file's unit.
    """
    lowest = positions[:, list(joints.values()), 1].amin(dim=1)
    over_lowest = carried[:, 1] - lowest
    standing = over_lowest >= over_lowest.quantile(_STANDING)
    height, over_feet = (float(values[standing].median()) for values in (carried[:, 1], over_lowest))
    if over_feet < 0.2 * leg or height <= 0 or _SAME[0] < height / over_feet < _SAME[1]:
        return 1.0
    ratio = height / over_feet
    best = min((*_RATIOS, *(1 / other for other in _RATIOS)), key=lambda factor: abs(ratio * factor - 1))
    if not _FITS[0] < ratio * best < _FITS[1]:
        return 1.0
    floor = lowest + (best - 1) * carried[:, 1]
    if float(floor.quantile(0.9) - floor.quantile(0.1)) > _STEADY * leg or float(floor.median().abs()) > _STEADY * leg:
        return 1.0
    feet = positions[:, [joints["left_ankle"], joints["right_ankle"]]]
    mended = feet + (best - 1) * carried[:, None]
    slides = [float(_slide(points)) for points in (feet, mended)]
    # nobody's root is a hundredth as high as it should be and keeps a floor; but some have a zero of their own
    return best if max(best, 1 / best) > _CERTAIN or slides[1] < _FEWER_SLIDES * slides[0] else 1.0


def _slide(feet: Tensor) -> Tensor:
    """Median step along the ground of the foot that moves less, of (T, 2, 3)."""
    return feet[..., [0, 2]].diff(dim=0).norm(dim=-1).amin(dim=1).median()


def unit_name(leg: float) -> str:
    """What unit a leg of that length is in."""
    fitting = {name: size for name, size in _UNITS.items() if _LEGS[0] <= leg * size <= _LEGS[1]}
    if fitting:
        return min(fitting, key=lambda name: abs(math.log(leg * fitting[name] / 0.84)))
    return f"unknown (a leg is {leg:.3g} long)"
