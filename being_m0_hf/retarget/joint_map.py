"""Which joint of a foreign rig moves which of the 22 SMPL joints: by name tables, by a user's file, or by shape."""

import functools
import os
import re
from dataclasses import dataclass

import yaml

from being_m0_hf.utils.package_data import read_package_yaml

from ..io.rigs.rig import RigAnimation
from ..motion import JOINT_NAMES, MotionError
from ..utils.user_files import UserFileError, read_user_yaml
from .reroot import from_pelvis, rerooted
from .shape_map import MAX_JOINTS, map_by_shape
from .word_map import map_by_words

#: Without these there is no person to retarget; all others are filled in from their neighbours.
REQUIRED_JOINTS: tuple[str, ...] = (
    "pelvis", "head", "left_hip", "left_knee", "left_ankle", "right_hip", "right_knee", "right_ankle",
    "left_shoulder", "left_elbow", "left_wrist", "right_shoulder", "right_elbow", "right_wrist",
)  # fmt: skip
_MAX_MAP_BYTES = 100_000
_LOOKED_AT = 60  # frames, and joints that may be the pelvis
#: Middle of the bone above a spine joint, as a part of the way from pelvis to neck on our skeleton.
_SPINE_MIDDLES = {"spine1": 0.39, "spine2": 0.65}


@dataclass(frozen=True)
class JointMap:
    """SMPL joint -> name of the rig's joint that moves it; ``str(joint_map)`` is a file that ``read_joint_map`` reads.

    Args:
        joints: at least ``REQUIRED_JOINTS``; several SMPL joints may follow one joint of the rig.
        rig: the name of the table, "shape", or the user's file.

    Raises:
        MotionError: an unknown SMPL joint, or a required one is missing.
    """

    joints: dict[str, str]
    rig: str = "custom"

    def __post_init__(self) -> None:
        unknown = [joint for joint in self.joints if joint not in JOINT_NAMES]
        if unknown:
            raise MotionError(f"joint map {self.rig}: {unknown[0]!r} is not one of {', '.join(JOINT_NAMES)}")
        missing = [joint for joint in REQUIRED_JOINTS if joint not in self.joints]
        if missing:
            raise MotionError(f"joint map {self.rig}: no joint is given for {', '.join(missing)}")

    def __str__(self) -> str:
        ordered = {joint: self.joints[joint] for joint in JOINT_NAMES if joint in self.joints}
        return f"# rig: {self.rig}\n" + yaml.safe_dump(ordered, sort_keys=False, allow_unicode=True)


def read_joint_map(path: str | os.PathLike) -> JointMap:
    """A joint map from a small YAML or JSON file: one line per joint, ``left_hip: LeftUpLeg``.

    Raises:
        MotionError: not such a file, unknown or missing SMPL joints.
    """
    try:
        content = read_user_yaml(path, _MAX_MAP_BYTES)
    except UserFileError as error:
        raise MotionError(str(error)) from None
    pairs = content.items() if isinstance(content, dict) else [(None, None)]
    if not all(isinstance(joint, str) and isinstance(name, str) for joint, name in pairs):
        raise MotionError(f'{path}: expected lines such as "left_hip: LeftUpLeg"')
    return JointMap(content, str(path))


def find_joint_map(rig: RigAnimation) -> JointMap:
    """Who is who: as the file itself says, by the table of a known rig, by words in names, by the skeleton's shape.

    Names come first, and shape decides what they leave open.

    Raises:
        MotionError: none finds a person; the message names what is missing.
    """
    known = {joint: rig.names[index] for joint, index in rig.known.items()}
    if all(joint in known for joint in REQUIRED_JOINTS):
        return complete_joint_map(rig, JointMap(known, "VRM humanoid"))
    found = map_by_names(rig.names)
    if found is None:
        words = map_by_words(rig)
        joints = words if all(joint in words for joint in REQUIRED_JOINTS) else _by_shape(rig) | words
        found = JointMap(joints, "words" if joints is words else "shape")
    return complete_joint_map(rig, found)


def map_by_names(joint_names: tuple[str, ...]) -> JointMap | None:
    """The map of the known rig whose names fit best; None where no table has all that is needed."""
    best: JointMap | None = None
    for numbered in (False, True):
        names = _plain_names(joint_names, numbered)
        for title, table in _tables().items():
            for prefix in _prefixes(names, table["pelvis"]):
                found = {joint: _first(names, prefix, options) for joint, options in table.items()}
                joints = {joint: joint_names[index] for joint, index in found.items() if index is not None}
                fits = all(joint in joints for joint in REQUIRED_JOINTS)
                if fits and (best is None or _score(joints) > _score(best.joints)):
                    best = JointMap(joints, title)
    return best


def _by_shape(rig: RigAnimation) -> dict[str, str]:
    """The map by shape, also of a skeleton that hangs from another joint than its pelvis."""
    try:
        return map_by_shape(rig)
    except MotionError as error:
        if len(rig.names) > MAX_JOINTS:
            raise
        thin = rig.thinned(_LOOKED_AT)
        branching = [joint for joint, above in enumerate(rig.parents) if above >= 0 and rig.parents.count(joint) > 1]
        for joint in branching[:_LOOKED_AT]:
            try:
                found = map_by_shape(rerooted(thin, joint))
            except MotionError:
                continue
            if found["pelvis"] == rig.names[joint]:
                return found
        raise error from None


def complete_joint_map(rig: RigAnimation, joint_map: JointMap) -> JointMap:
    """The map with the spine filled in where it is silent, and its names checked against the rig.

    The chest follows the joint that carries both arms. Below it a spine joint follows that bone of the rig which holds
    the same place along the way from pelvis to neck as the middle of ours: rigs divide the spine into one to seven.

    Raises:
        MotionError: the map names a joint that the rig does not have.
    """
    joints = dict(joint_map.joints)
    for joint, name in joints.items():
        if name not in rig.names:
            raise MotionError(f"joint map {joint_map.rig}: the file has no joint {name!r} (for {joint})")
    rig = from_pelvis(rig, joints)
    index = {joint: rig.names.index(name) for joint, name in joints.items()}
    if "spine3" not in index:
        index["spine3"] = _carrier(rig, index["left_shoulder"], index["right_shoulder"])
    top = "neck" if "neck" in index else "head"
    way = _way(rig, index["pelvis"], index[top])
    lengths = rig.positions.norm(dim=-1).median(dim=0).values
    along = lengths[way].cumsum(dim=0)
    # without a neck joint the head stands for it, a neck's length too high
    whole = float(along[-1]) * (1.0 if top == "neck" else 0.8)
    for joint, place in _SPINE_MIDDLES.items():
        if joint not in index:
            below = [at for at, end in zip(way, along.tolist(), strict=True) if end <= place * whole]
            index[joint] = below[-1] if below else index["pelvis"]
    return JointMap({joint: rig.names[index[joint]] for joint in JOINT_NAMES if joint in index}, joint_map.rig)


def _carrier(rig: RigAnimation, first: int, second: int) -> int:
    """The lowest joint that both hang from."""
    above = set(rig.way_up(second))
    carrier = next((joint for joint in rig.way_up(first)[1:] if joint in above), None)
    if carrier is None:
        raise MotionError("not a person: the two shoulders hang from no common joint")
    return carrier


def _way(rig: RigAnimation, pelvis: int, top: int) -> list[int]:
    """The joints from below ``pelvis`` (or from where its branch parts) up to ``top``, ends included."""
    below = set(rig.way_up(pelvis))
    way = [joint for joint in rig.way_up(top) if joint not in below]
    if not way:
        raise MotionError(f"not a person: {rig.names[top]!r} does not hang from {rig.names[pelvis]!r}")
    return way[::-1]


def _score(joints: dict[str, str]) -> tuple[int, int]:
    """More SMPL joints, then more different joints of the rig."""
    return len(joints), len(set(joints.values()))


@functools.cache
def _tables() -> dict[str, dict[str, list[str]]]:
    """Rig -> SMPL joint -> plain names by preference."""
    content = read_package_yaml(__package__, "rigs.yaml")
    tables = {}
    for title, rows in content.items():
        left, right = rows.pop("sides")
        table: dict[str, list[str]] = {}
        for joint, names in rows.items():
            names = [names] if isinstance(names, str) else names
            if joint in JOINT_NAMES:
                table[joint] = [_plain(name) for name in names]
            else:
                table[f"left_{joint}"] = [_plain(name.format(side=left)) for name in names]
                table[f"right_{joint}"] = [_plain(name.format(side=right)) for name in names]
        tables[title] = table
    return tables


def _plain(name: str) -> str:
    """Letters and digits in lower case, without a namespace."""
    return re.sub(r"[^a-z0-9]", "", re.split(r"[:|]", name)[-1].lower())


def _plain_names(names: tuple[str, ...], numbered: bool) -> dict[str, int]:
    """Plain name -> joint. With ``numbered`` the running index that glTF sites append ("Hips_01") is cut off."""
    plain: dict[str, int] = {}
    for index, name in enumerate(names):
        plain.setdefault(_plain(re.sub(r"_\d+$", "", name) if numbered else name), index)
    return plain


def _prefixes(names: dict[str, int], pelvis: list[str]) -> list[str]:
    """What stands before the pelvis' name, for each joint that may be the pelvis."""
    found = {name[: -len(end)] for end in pelvis for name in names if name.endswith(end)}
    return sorted(found, key=len)


def _first(names: dict[str, int], prefix: str, options: list[str]) -> int | None:
    return next((names[prefix + option] for option in options if prefix + option in names), None)
