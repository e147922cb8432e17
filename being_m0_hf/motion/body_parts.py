"""The body's six parts: which joints each has, in the order of the tokens."""

from dataclasses import dataclass

from .skeleton import JOINT_INDEX


@dataclass(frozen=True)
class BodyPart:
    """A named group of joints that owns one motion token per time step."""

    name: str
    joints: tuple[int, ...]
    title: str


def _part(name: str, title: str, *joints: str) -> BodyPart:
    return BodyPart(name, tuple(JOINT_INDEX[joint] for joint in joints), title)


#: The six parts, in token order. The root's own block also holds its velocity and height (see ``features``).
PARTS: tuple[BodyPart, ...] = (
    _part("root", "hips", "pelvis"),
    _part("torso", "torso and head", "spine1", "spine2", "spine3", "neck", "head"),
    _part("left_arm", "left arm", "left_collar", "left_shoulder", "left_elbow", "left_wrist"),
    _part("right_arm", "right arm", "right_collar", "right_shoulder", "right_elbow", "right_wrist"),
    _part("left_leg", "left leg", "left_hip", "left_knee", "left_ankle", "left_foot"),
    _part("right_leg", "right leg", "right_hip", "right_knee", "right_ankle", "right_foot"),
)
PART_NAMES: tuple[str, ...] = tuple(part.name for part in PARTS)
_BY_WORD = {"_".join(word.split()): part.name for part in PARTS for word in (part.name, part.title)}


def part_name(word: str) -> str | None:
    """The part that a word names, "left arm", "left_arm" or a title as "hips"; None where there is no such part."""
    return _BY_WORD.get("_".join(word.lower().replace("_", " ").split()))


#: Parts that move freely of the others. Feet that stand must fit the root's path, and the pelvis carries the legs: the
#: others are one body.
ARMS = ("left_arm", "right_arm")
