"""Our skeleton as a body for MuJoCo: segments with the masses and lengths of an adult, ball joints, no muscles.

Masses are shares of the body's, after de Leva (1996), "Adjustments to Zatsiorsky-Seluyanov's segment inertia
parameters", Journal of Biomechanics 29, means of women and men; those of trunk and neck are spread over their
joints.
"""

from dataclasses import dataclass
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray

from ..motion import JOINT_INDEX, JOINT_NAMES, PARENTS, Skeleton

MASS = 70.0  # kg


@dataclass(frozen=True)
class Segment:
    """What moves with a joint.

    Args:
        share: of the body's mass.
        radius: metres.
        end: from the joint to the far end in the joint's own axes (x to the left, y up, z forward), metres; None for
            segments that reach to their child.
    """

    share: float
    radius: float
    end: tuple[float, float, float] | None = None


_LIMBS = {
    "hip": Segment(0.145, 0.075),
    "knee": Segment(0.0455, 0.05),
    "ankle": Segment(0.0105, 0.035),
    "foot": Segment(0.0028, 0.025, (0.0, 0.0, 0.06)),
    "collar": Segment(0.012, 0.05),
    "shoulder": Segment(0.0262, 0.045),
    "elbow": Segment(0.015, 0.038),
    "wrist": Segment(0.0059, 0.03, (0.12, 0.0, 0.0)),
}
_TRUNK = {
    "pelvis": Segment(0.12, 0.11),
    "spine1": Segment(0.085, 0.11),
    "spine2": Segment(0.075, 0.11),
    "spine3": Segment(0.115, 0.12),
    "neck": Segment(0.012, 0.055),
    "head": Segment(0.058, 0.09, (0.0, 0.13, 0.02)),
}
#: The child to which a segment with several of them reaches.
_TOWARDS = {"pelvis": "spine1", "spine3": "neck"}


def segment_of(joint: str) -> Segment:
    """What moves with a joint, by its name."""
    if joint in _TRUNK:
        return _TRUNK[joint]
    side, _, limb = joint.partition("_")
    segment = _LIMBS[limb]
    if segment.end is None or side == "left":
        return segment
    x, y, z = segment.end
    return Segment(segment.share, segment.radius, (-x, y, z))


def far_end(joint: str, skeleton: Skeleton) -> NDArray:
    """(3,) where the segment of a joint ends, in the joint's own axes, metres."""
    end = segment_of(joint).end
    if end is not None:
        return np.array(end)
    children = [name for name, parent in zip(JOINT_NAMES, PARENTS, strict=True) if parent == JOINT_INDEX[joint]]
    child = _TOWARDS.get(joint, children[0])
    return skeleton.offsets[JOINT_INDEX[child]].double().numpy()


def body_xml(skeleton: Skeleton) -> str:
    """MJCF of a body with this skeleton; its world is ours, y up, and touches nothing by itself."""
    root = ElementTree.Element("mujoco", model="body")
    ElementTree.SubElement(root, "compiler", angle="radian")
    option = ElementTree.SubElement(root, "option", gravity="0 -9.81 0")
    ElementTree.SubElement(option, "flag", contact="disable", constraint="disable")
    world = ElementTree.SubElement(root, "worldbody")
    total = sum(segment_of(name).share for name in JOINT_NAMES)
    bodies: list[ElementTree.Element] = []
    for index, (name, parent) in enumerate(zip(JOINT_NAMES, PARENTS, strict=True)):
        above = world if parent < 0 else bodies[parent]
        place = np.zeros(3) if parent < 0 else skeleton.offsets[index].double().numpy()
        body = ElementTree.SubElement(above, "body", name=name, pos=_numbers(place))
        kind = "free" if parent < 0 else "ball"
        ElementTree.SubElement(body, "joint", name=name, type=kind)
        segment, end = segment_of(name), far_end(name, skeleton)
        ElementTree.SubElement(
            body, "geom", type="capsule", fromto=_numbers(np.concatenate((np.zeros(3), end))),
            size=f"{segment.radius:.6g}", mass=f"{MASS * segment.share / total:.9g}",
        )  # fmt: skip
        bodies.append(body)
    return ElementTree.tostring(root, encoding="unicode")


def _numbers(values: NDArray) -> str:
    return " ".join(f"{value:.9g}" for value in values)


__all__ = ["MASS", "Segment", "body_xml", "far_end", "segment_of"]
