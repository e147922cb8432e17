"""Who is who by the words in joint names, where no table knows the rig: "LEFT_SHOULDER#", "bn_thigh_r", "HandLeft"."""

from itertools import pairwise

from ..io.rigs.rig import RigAnimation
from .shape_map import words_of

_SIDES = {"left": "left", "l": "left", "lft": "left", "lf": "left", "right": "right", "r": "right", "rgt": "right",
          "rt": "right"}  # fmt: skip
#: Joints of these words are no part of the 22, whatever else they are called.
_OTHERS = {"finger", "fingers", "thumb", "index", "middle", "ring", "pinky", "little", "twist", "roll", "ik", "pole",
           "target", "helper", "end", "nub", "site", "tip", "eye", "jaw", "hair", "ctrl", "goal", "effector", "palm",
           "metacarpal", "thumbs", "weapon", "prop", "ear", "breast", "skirt", "cloth"}  # fmt: skip
#: SMPL joint without its side -> words that name it, by preference; all words of a phrase must be there.
_LIMB_WORDS: dict[str, tuple[str, ...]] = {
    "hip": ("thigh", "up leg", "upper leg", "upleg", "upperleg", "femur", "hip"),
    "knee": ("calf", "shin", "knee", "low leg", "lower leg", "lowleg", "lowerleg", "tibia", "leg"),
    "ankle": ("ankle", "foot"),
    "foot": ("toe", "toes", "toebase", "ball"),
    "collar": ("clavicle", "collar", "collarbone", "clav", "scapula", "shoulder"),
    "shoulder": ("up arm", "upper arm", "uparm", "upperarm", "humerus", "shldr", "arm", "shoulder"),
    "elbow": ("elbow", "fore arm", "forearm", "low arm", "lower arm", "lowarm", "lowerarm", "radius", "ulna"),
    "wrist": ("wrist", "hand"),
}
_MIDDLE_WORDS = {"pelvis": ("pelvis", "hips", "hip"), "neck": ("neck",), "head": ("head",)}
_VOCABULARY = {word for phrases in _LIMB_WORDS.values() for phrase in phrases for word in phrase.split()}
_LIMBS = {"leg": ("hip", "knee", "ankle"), "arm": ("shoulder", "elbow", "wrist")}
_ENDS = {"leg": "foot", "arm": "collar"}


def map_by_words(rig: RigAnimation) -> dict[str, str]:
    """SMPL joint -> joint of the rig, as far as words say it; a limb is named as a whole or not at all."""
    sides: dict[str, list[tuple[int, set[str]]]] = {"left": [], "right": [], "": []}
    for joint, name in enumerate(rig.names):
        side, words = _split(name)
        if not words & _OTHERS and not name.endswith("_end"):
            sides[side].append((joint, words))
    found: dict[str, int] = {}
    for side in ("left", "right"):
        for limb, parts in _LIMBS.items():
            taken: dict[str, int] = {}
            for part in parts:
                joint = _first(sides[side], _LIMB_WORDS[part], set(taken.values()))
                if joint is not None:
                    taken[part] = joint
            if len(taken) == len(parts) and _is_chain(rig, list(taken.values())):
                end = _first(sides[side], _LIMB_WORDS[_ENDS[limb]], set(taken.values()))
                if end is not None and _is_chain(rig, _in_order(limb, end, list(taken.values()))):
                    taken[_ENDS[limb]] = end
                found |= {f"{side}_{part}": joint for part, joint in taken.items()}
    for part, phrases in _MIDDLE_WORDS.items():
        joint = _first(sides[""], phrases, set(found.values()))
        if joint is not None:
            found[part] = joint
    if "pelvis" not in found and {"left_hip", "right_hip"} <= found.keys():
        above = rig.way_up(found["right_hip"])
        carrier = next((joint for joint in rig.way_up(found["left_hip"])[1:] if joint in above), None)
        if carrier is not None:
            found["pelvis"] = carrier
    return {joint: rig.names[index] for joint, index in found.items()}


def _split(name: str) -> tuple[str, set[str]]:
    """The side that a name says, and its words without it."""
    side, words = "", set()
    for word in words_of(name):
        if word in _SIDES:
            side = side or _SIDES[word]
            continue
        for start, meant in (("left", "left"), ("right", "right")):
            if word.startswith(start) and len(word) > len(start):
                side, word = side or meant, word[len(start) :]
        if word[0] in "lr" and word[1:] in _VOCABULARY:  # "lhip"
            side, word = side or _SIDES[word[0]], word[1:]
        words.add(word)
    return side, words


def _first(joints: list[tuple[int, set[str]]], phrases: tuple[str, ...], taken: set[int]) -> int | None:
    """The first joint, from the root on, that the best phrase names."""
    for phrase in phrases:
        needed = set(phrase.split())
        for joint, words in joints:
            # "leg" alone is the lower leg, "upper leg" is not
            others = words & {"up", "upper", "low", "lower", "fore"} - needed
            if joint not in taken and needed <= words and not others:
                return joint
    return None


def _in_order(limb: str, end: int, joints: list[int]) -> list[int]:
    return [*joints, end] if limb == "leg" else [end, *joints]


def _is_chain(rig: RigAnimation, joints: list[int]) -> bool:
    """Whether each joint hangs from the one before, or all the other way round: a body may hang from its head."""
    pairs = list(pairwise(joints))
    down = all(first in rig.way_up(second) for first, second in pairs)
    return down or all(second in rig.way_up(first) for first, second in pairs)
