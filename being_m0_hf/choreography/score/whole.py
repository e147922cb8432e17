"""Whole-body poses for floor work: where pelvis, hands and feet are in the world, and how the trunk is turned."""

from dataclasses import dataclass, fields, replace
from functools import cache
from typing import Any

from being_m0_hf.utils.package_data import read_package_yaml

from . import fields as f
from .fields import Triple, read
from .keys import Key


@dataclass(frozen=True)
class Limb:
    """A hand or a foot; everything in the world, as (out, up, forward) from the place where the score begins.

    Args:
        to: wrist or ankle, metres; the second number is its height over the floor.
        by: metres added.
        point: where fingers or toes point.
        face: where palm or sole faces.
        bend: where elbow or knee goes.
    """

    to: Triple | None = read(f.triple, None)
    by: Triple = read(f.triple, (0.0, 0.0, 0.0))
    point: Triple | None = read(f.direction, None)
    face: Triple | None = read(f.direction, None)
    bend: Triple | None = read(f.direction, None)

    def over(self, other: "Limb") -> "Limb":
        """This limb, with the other's values where it has none."""
        values = {each.name: getattr(self, each.name) or getattr(other, each.name) for each in fields(self)}
        by = tuple(one + more for one, more in zip(self.by, other.by, strict=True))
        return Limb(**{**values, "by": by})


@dataclass(frozen=True)
class WholePose:
    """A pose of the whole body.

    Args:
        pelvis: metres from the place where the score begins, (right, up, forward).
        lean: degrees of the trunk: 90 lies face down, -90 on the back.
        spin: degrees about the body's own long axis, to its left.
        roll: degrees to the left.
        turn: degrees to the left about the vertical, of all of it.
        spine, head: degrees of [lean, roll, twist] on top.
        hands, feet: of both sides alike.
    """

    pelvis: Triple | None = read(f.triple, None)
    lean: float | None = read(f.number, None)
    spin: float | None = read(f.number, None)
    roll: float | None = read(f.number, None)
    turn: float | None = read(f.number, None)
    spine: Triple | None = read(f.triple, None)
    head: Triple | None = read(f.triple, None)
    hands: Limb = read(f.of(Limb), Limb())
    feet: Limb = read(f.of(Limb), Limb())
    right_hand: Limb = read(f.of(Limb), Limb())
    left_hand: Limb = read(f.of(Limb), Limb())
    right_foot: Limb = read(f.of(Limb), Limb())
    left_foot: Limb = read(f.of(Limb), Limb())

    def limb(self, side: str, end: str) -> Limb:
        """A hand or foot (``end``) of a side, with what is said of both."""
        both = self.hands if end == "hand" else self.feet
        return getattr(self, f"{side}_{end}").over(both)


def _pose_name(value: object, where: str) -> str:
    return f.choice(*poses())(value, where)


@dataclass(frozen=True)
class BodyKey(WholePose, Key):
    """A pose that the body has at second ``t``; what is given beside its name is changed in it.

    Args:
        by: metres that all of it is moved, (right, up, forward).
    """

    pose: str = read(_pose_name, "stand")
    by: Triple = read(f.triple, (0.0, 0.0, 0.0))

    def whole(self) -> WholePose:
        """The pose by its name, changed by what the key says."""
        known = poses()[self.pose]
        changes: dict[str, Any] = {}
        for each in fields(WholePose):
            own, other = getattr(self, each.name), getattr(known, each.name)
            if isinstance(own, Limb):
                changes[each.name] = own.over(other)
            else:
                changes[each.name] = other if own is None else own
        for side in ("right", "left"):  # a key's word about both limbs counts more than the pose's about one
            for end, both in (("hand", self.hands), ("foot", self.feet)):
                own = getattr(self, f"{side}_{end}")
                changes[f"{side}_{end}"] = own.over(both).over(known.limb(side, end))
        return replace(WholePose(**changes), hands=Limb(), feet=Limb())


@cache
def poses() -> dict[str, WholePose]:
    """The poses of ``poses.yaml`` by name."""
    told = read_package_yaml(__package__, "poses.yaml")
    return {name: f.record(WholePose, values, f"poses.yaml, {name}") for name, values in told.items()}
