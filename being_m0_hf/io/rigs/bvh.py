"""BVH files of any program: any channel order, position channels on every joint, extra joints.

The format: https://research.cs.wisc.edu/graphics/Courses/cs-838-1999/Jeff/BVH.html. Parsed here because pybvh refuses
position channels below the root (Bandai, Rokoko) and bvhio takes seconds for a minute of motion.
"""

import re

import numpy as np
import roma
import torch

from ...motion import MotionError
from .rig import RigAnimation, check_size

_AXES = {"x": 0, "y": 1, "z": 2}
_CHANNEL = re.compile(r"([xyz])(position|rotation)", re.IGNORECASE)


class _Joint:
    """A ROOT, JOINT or End Site block while it is read."""

    def __init__(self, name: str, parent: int) -> None:
        self.name, self.parent = name, parent
        self.offset: list[float] | None = None
        self.channels: list[tuple[int, bool]] = []  # axis, whether it is a position


def rig_from_bvh(data: bytes) -> RigAnimation:
    """The animated skeleton in a BVH file.

    Raises:
        MotionError: not a BVH, a cut or damaged one, or counts that do not fit.
    """
    text = data.decode("utf-8", errors="replace").lstrip("\ufeff")
    parts = re.split(r"^\s*MOTION\b", text, maxsplit=1, flags=re.MULTILINE | re.IGNORECASE)
    if len(parts) != 2 or not parts[0].lstrip().upper().startswith("HIERARCHY"):
        raise MotionError("not a whole BVH file: it needs a HIERARCHY and a MOTION section")
    joints = _read_hierarchy(parts[0])
    header = re.match(r"\s*Frames\s*:\s*(\d{1,12})\s+Frame\s+Time\s*:\s*([\d.eE+-]+)", parts[1], re.IGNORECASE)
    if header is None:
        raise MotionError('the MOTION section must start with "Frames: N" and "Frame Time: seconds"')
    frames, columns = int(header[1]), sum(len(joint.channels) for joint in joints)
    check_size(len(joints), frames)
    if columns == 0:
        raise MotionError("no joint has CHANNELS, so nothing moves")
    values = _read_values(parts[1][header.end() :], frames, columns)
    offsets = torch.tensor([joint.offset for joint in joints], dtype=torch.float64)
    identity = roma.identity_quat(dtype=torch.float64)
    rotations = identity.repeat(frames, len(joints), 1)
    places = offsets.repeat(frames, 1, 1)
    animated = torch.zeros_like(offsets, dtype=torch.bool)
    column = 0
    for index, joint in enumerate(joints):
        for axis, is_position in joint.channels:
            if is_position:
                places[:, index, axis], animated[index, axis] = values[:, column], True
            else:
                rotations[:, index] = roma.quat_product(rotations[:, index], _turn(axis, values[:, column]))
            column += 1
    if _adds_to_offsets(joints, places, offsets, animated):
        inner = torch.tensor([joint.parent >= 0 for joint in joints])[:, None]
        places = torch.where(animated & inner, places + offsets, places)
    return RigAnimation(
        names=tuple(joint.name for joint in joints),
        parents=tuple(joint.parent for joint in joints),
        rest_offsets=offsets,
        rest_rotations=identity.repeat(len(joints), 1),
        rotations=rotations,
        positions=places,
        fps=_fps(header[2]),
    )


def _read_hierarchy(text: str) -> list[_Joint]:
    joints: list[_Joint] = []
    blocks: list[int] = []  # the joints whose braces are open
    waiting: _Joint | None = None  # named, its brace not yet seen
    for line in re.sub(r"([{}])", r"\n\1\n", text).splitlines():
        words = line.split()
        if not words:
            continue
        key = words[0].upper()
        if key in ("ROOT", "JOINT", "END"):
            parent = blocks[-1] if blocks else -1
            if key == "END" and parent < 0:
                raise MotionError("an End Site stands outside of every joint")
            # names may hold spaces ("Bip01 L Thigh")
            name = f"{joints[parent].name}_end" if key == "END" else " ".join(words[1:])
            waiting = _Joint(name, parent)
        elif key == "{":
            if waiting is None:
                raise MotionError("the HIERARCHY has a brace without a joint")
            joints.append(waiting)
            check_size(len(joints), 1)
            blocks.append(len(joints) - 1)
            waiting = None
        elif key == "}":
            if not blocks:
                raise MotionError("the HIERARCHY closes more braces than it opens")
            blocks.pop()
        elif key == "OFFSET" and blocks:
            joints[blocks[-1]].offset = _offset(joints[blocks[-1]].name, words[1:])
        elif key == "CHANNELS" and blocks:
            joints[blocks[-1]].channels = _channels(joints[blocks[-1]].name, words[1:])
        elif key != "HIERARCHY":
            raise MotionError(f"the HIERARCHY holds {line.strip()[:40]!r}, which is no part of a BVH")
    if blocks or waiting is not None:
        raise MotionError("the HIERARCHY is cut: a joint's braces are not closed")
    if not joints:
        raise MotionError("the HIERARCHY holds no joints")
    for joint in joints:
        if joint.offset is None:
            raise MotionError(f"joint {joint.name} has no OFFSET")
    return joints


def _offset(name: str, words: list[str]) -> list[float]:
    try:
        offset = [float(word) for word in words]
    except ValueError:
        offset = []
    if len(offset) != 3:
        raise MotionError(f"joint {name}: OFFSET {' '.join(words)[:40]!r} is not three numbers")
    return offset


def _channels(name: str, words: list[str]) -> list[tuple[int, bool]]:
    matches = [_CHANNEL.fullmatch(word) for word in words[1:]]
    if not words or not words[0].isdigit() or int(words[0]) != len(matches) or None in matches:
        raise MotionError(f"joint {name}: CHANNELS {' '.join(words)[:60]!r} are not a count and channel names")
    return [(_AXES[match[1].lower()], match[2].lower() == "position") for match in matches]


def _read_values(text: str, frames: int, columns: int) -> torch.Tensor:
    words = text.split()
    if len(words) != frames * columns:
        raise MotionError(
            f"{len(words)} numbers for {frames} frames of {columns} channels, expected {frames * columns}; "
            "the file is cut or its counts are wrong"
        )
    try:
        values = np.array(words, dtype=np.float64)
    except ValueError as error:
        raise MotionError(f"the MOTION section holds something that is not a number ({str(error)[:80]})") from None
    return torch.from_numpy(values).reshape(frames, columns)


def _turn(axis: int, degrees: torch.Tensor) -> torch.Tensor:
    vector = torch.zeros(len(degrees), 3, dtype=torch.float64)
    vector[:, axis] = torch.deg2rad(degrees)
    return roma.rotvec_to_unitquat(vector)


def _adds_to_offsets(joints: list[_Joint], places: torch.Tensor, offsets: torch.Tensor, animated: torch.Tensor) -> bool:
    """Whether position channels add to the offsets below the root; in most programs they replace them.

    Most bones decide: their channels stay near the offset or near zero. Root and pelvis travel and have no say.
    """
    bones = [index for index, joint in enumerate(joints) if joint.parent > 0 and animated[index].all()]
    if not bones:
        return False
    middle = places[:, bones].median(dim=0).values
    adding = middle.norm(dim=-1) < (middle - offsets[bones]).norm(dim=-1)
    return bool(adding.double().mean() > 0.5)


def _fps(seconds_per_frame: str) -> float:
    try:
        seconds = float(seconds_per_frame)
    except ValueError:
        seconds = 0.0
    if not 1e-4 < seconds < 10:
        raise MotionError(f"Frame Time is {seconds_per_frame}, expected seconds per frame")
    # the six decimals of most files make 30 fps of 0.033333 into 30.0003
    nearest = round(1 / seconds)
    return float(nearest) if abs(nearest * seconds - 1) < 1e-3 else round(1 / seconds, 4)
