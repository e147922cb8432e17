"""Places on the body and in the world that a score can name, and points of the body whose way is measured."""

from dataclasses import dataclass

from ...motion import JOINT_NAMES, MotionError
from .fields import Triple, nearest

SIDES = ("left", "right")


@dataclass(frozen=True)
class Place:
    """Where a hand can be told to be.

    Args:
        joint: whose axes carry the place; ``SIDE`` stands for the hand's own side, ``OTHER`` for the other one. Empty
            for places in the world.
        offset: (out, up, forward) metres from that joint; "out" is to the hand's own side.
        toward: a second joint, for places between two joints.
        share: how far towards it.
    """

    joint: str
    offset: Triple = (0.0, 0.0, 0.0)
    toward: str = ""
    share: float = 0.0


PLACES: dict[str, Place] = {
    "brow": Place("head", (0.07, 0.135, 0.085)),
    "temple": Place("head", (0.10, 0.12, 0.04)),
    "mouth": Place("head", (0.0, 0.04, 0.125)),
    "nose": Place("head", (0.0, 0.08, 0.13)),
    "ear": Place("head", (0.105, 0.08, 0.02)),
    "crown": Place("head", (0.03, 0.215, 0.01)),
    "nape": Place("head", (0.02, 0.04, -0.10)),
    "chin": Place("head", (0.01, 0.0, 0.10)),
    "eyes": Place("head", (0.03, 0.10, 0.12)),
    "forehead": Place("head", (0.03, 0.14, 0.11)),
    "cheek": Place("head", (0.075, 0.06, 0.085)),
    "other_cheek": Place("head", (-0.075, 0.06, 0.085)),
    "throat": Place("neck", (0.0, 0.04, 0.075)),
    "chest": Place("spine3", (0.0, 0.0, 0.14)),
    "heart": Place("spine3", (-0.07, 0.02, 0.13)),
    "other_chest": Place("spine3", (-0.12, 0.0, 0.12)),
    "other_shoulder": Place("spine3", (-0.17, 0.09, 0.05)),
    "shoulder": Place("spine3", (0.175, 0.065, -0.01)),  # the joint at rest: offsets from here are reaches
    "belly": Place("spine1", (0.0, 0.0, 0.125)),
    "back": Place("spine1", (0.05, 0.0, -0.125)),
    "hip": Place("pelvis", (0.17, 0.02, 0.02)),
    "other_hip": Place("pelvis", (-0.17, 0.02, 0.02)),
    "buttock": Place("pelvis", (0.08, -0.05, -0.13)),
    "lap": Place("pelvis", (0.08, -0.05, 0.16)),
    "thigh": Place("SIDE_hip", (0.0, 0.075, 0.0), "SIDE_knee", 0.65),
    "knee": Place("SIDE_knee", (0.0, 0.02, 0.065)),
    "other_knee": Place("OTHER_knee", (0.0, 0.02, 0.065)),
    "shin": Place("SIDE_knee", (0.0, 0.0, 0.05), "SIDE_ankle", 0.5),
    "ankle": Place("SIDE_ankle", (0.05, 0.0, 0.0)),
    "other_ankle": Place("OTHER_ankle", (0.05, 0.0, 0.0)),
    "other_elbow": Place("OTHER_elbow"),
    "other_wrist": Place("OTHER_wrist"),
    "other_palm": Place("OTHER_palm"),
    "other_upper_arm": Place("OTHER_shoulder", (0.0, 0.0, 0.0), "OTHER_elbow", 0.55),
    "space": Place(""),  # fixed in the world: before the place where the body stood at first, at the chest's height
    "floor": Place(""),  # fixed in the world: the floor below that place
}
#: Places whose joint moves with the other arm: that arm must be posed first.
ON_OTHER_ARM = frozenset({"other_elbow", "other_wrist", "other_palm", "other_upper_arm"})
#: Free places: what is told of them is a gesture, not a touch, so variation may move them.
FREE = frozenset({"shoulder", "space", "belly", "hip", "floor"})

#: Which point of the hand is meant: metres along the fingers and off the palm, from the wrist.
TOUCH: dict[str, tuple[float, float]] = {
    "wrist": (0.0, 0.0), "palm": (0.07, 0.03), "tips": (0.135, 0.0), "fist": (0.07, 0.0), "back": (0.07, -0.03),
}  # fmt: skip
_OTHER_POINTS = {
    "head": ("head", (0.0, 0.10, 0.0)), "crown": ("head", (0.0, 0.215, 0.0)), "face": ("head", (0.0, 0.08, 0.1)),
    "chest": ("spine3", (0.0, 0.0, 0.0)), "belly": ("spine1", (0.0, 0.0, 0.0)), "neck": ("neck", (0.0, 0.0, 0.0)),
    "pelvis": ("pelvis", (0.0, 0.0, 0.0)),
}  # fmt: skip
_LIMB_POINTS = {
    "elbow": "elbow",
    "shoulder": "shoulder",
    "hip": "hip",
    "knee": "knee",
    "ankle": "ankle",
    "toes": "foot",
}


def _points() -> dict[str, tuple[str, Triple]]:
    found: dict[str, tuple[str, Triple]] = dict(_OTHER_POINTS)
    for side in SIDES:
        sign = 1.0 if side == "left" else -1.0
        for name, (along, thick) in TOUCH.items():
            found[f"{side}_{name}"] = (f"{side}_wrist", (sign * along, -thick, 0.0))
        found[f"{side}_hand"] = found[f"{side}_palm"]
        for name, joint in _LIMB_POINTS.items():
            found[f"{side}_{name}"] = (f"{side}_{joint}", (0.0, 0.0, 0.0))
        found[f"{side}_foot"] = found[f"{side}_toes"]
    return found


#: Points of the body: the joint that carries each, and metres from it in the joint's own axes.
POINTS: dict[str, tuple[str, Triple]] = _points()
assert all(joint in JOINT_NAMES for joint, _ in POINTS.values())


def read_place(value: object, where: str) -> str:
    """The name of a place for a hand; ``rest`` is the recorded arm, ``prop`` the hand's grip."""
    known = [*PLACES, "rest", "prop"]
    if value not in known:
        raise MotionError(f"{where}: unknown place {value!r}; {nearest(str(value), known)}")
    return str(value)


def read_point(value: object, where: str) -> str:
    if value not in POINTS:
        raise MotionError(f"{where}: unknown point {value!r}; {nearest(str(value), POINTS)}")
    return str(value)


def read_point_or_place(value: object, where: str) -> str:
    """A point of the body, or a place on the side of the point that is compared with it."""
    known = [*POINTS, *PLACES]
    if value not in known:
        raise MotionError(f"{where}: unknown point or place {value!r}; {nearest(str(value), known)}")
    return str(value)


def side_of(point: str) -> str:
    """The side a point is on; the middle counts as right, for scores are written for the right side."""
    return "left" if point.startswith("left_") else "right"
