"""BVH files of any program: any channel order, position channels on every joint, extra joints, several people.

The format: https://research.cs.wisc.edu/graphics/Courses/cs-838-1999/Jeff/BVH.html. Parsed here because pybvh refuses
position channels below the root (Bandai, Rokoko) and bvhio takes seconds for a minute of motion. Lines are read one
after the other: a pattern over the whole text can take the square of its length.
"""

import io
import re
from dataclasses import dataclass

import numpy as np
import roma
import torch

from ...motion import MotionError
from .rig import RigAnimation, check_size
from .text_numbers import NumberStyle

_AXES = {"x": 0, "y": 1, "z": 2}
_CHANNEL = re.compile(r"([xyz])(position|rotation)", re.IGNORECASE)
_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")
_MAX_NAME, _MAX_LINE, _MAX_LINES = 200, 1000, 50_000
_MAX_NUMBERS = 40_000_000


class BvhJoint:
    """A ROOT, JOINT or End Site block."""

    def __init__(self, name: str, parent: int) -> None:
        self.name, self.parent = name, parent
        self.offset: list[float] | None = None
        self.channels: list[tuple[int, bool]] = []  # axis, whether it is a position


@dataclass(frozen=True, eq=False)
class BvhText:
    """What the text says: joints, numbers (T, channels), and seconds per frame (0 where it names none)."""

    joints: list[BvhJoint]
    values: np.ndarray
    frame_seconds: float


def rig_from_bvh(data: bytes, fps: float | None = None) -> RigAnimation:
    """The animated skeleton in a BVH file; several ROOTs are several people.

    Args:
        data: the file's bytes.
        fps: the frame rate, where the file's own is missing or wrong.

    Raises:
        MotionError: not a BVH, a cut or damaged one, or counts that do not fit.
    """
    text = parse_bvh(data)
    joints, values = text.joints, torch.from_numpy(text.values)
    fps = fps or _fps(text.frame_seconds)
    frames = len(values)
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
        fps=fps,
    )


def parse_bvh(data: bytes) -> BvhText:
    """The text's joints and numbers.

    Raises:
        MotionError: as ``rig_from_bvh``.
    """
    if b"\0" in data:
        raise MotionError("holds NUL bytes, so it is no plain text; save it as UTF-8 text")
    stream = io.StringIO(data.decode("utf-8", errors="replace").lstrip("\ufeff"), newline=None)
    hierarchy: list[str] = []
    for line in stream:
        line = line.strip()
        if line[:6].upper() == "MOTION" and line.upper().split()[0] == "MOTION":
            break
        if line:
            hierarchy.append(line[:_MAX_LINE])
        if len(hierarchy) > _MAX_LINES or (hierarchy and not hierarchy[0].upper().startswith("HIERARCHY")):
            raise MotionError("not a BVH file: it needs a HIERARCHY of at most 2,000 joints")
    else:
        raise MotionError("not a whole BVH file: it needs a HIERARCHY and a MOTION section")
    numbers = f"{line[6:]}\n{stream.read()}".lstrip()
    style = NumberStyle("\n".join(line for line in hierarchy if line[:6].upper() == "OFFSET"), numbers)
    joints = _read_hierarchy(hierarchy, style)
    frames, seconds, numbers = _header(numbers, style)
    columns = sum(len(joint.channels) for joint in joints)
    check_size(len(joints), frames)
    if columns == 0:
        raise MotionError("no joint has CHANNELS, so nothing moves")
    return BvhText(joints, _read_values(style.plain(numbers), frames, columns), seconds)


def _header(text: str, style: NumberStyle) -> tuple[int, float, str]:
    """Number of frames, seconds per frame (0 where none are named), and the numbers after them."""
    head = []
    while text[:5].upper() == "FRAME" and len(head) < 2:
        line, _, text = text.partition("\n")
        head.append(line)
        text = text.lstrip()
    said = " ".join(" ".join(head).split())[:_MAX_LINE]
    frames = re.match(r"Frames ?: ?(\d{1,12})\b", said, re.IGNORECASE)
    if frames is None:
        raise MotionError('the MOTION section must start with "Frames: N" and "Frame Time: seconds"')
    seconds = re.search(r"Frame Time ?: ?(\S+)", said, re.IGNORECASE)
    word = style.plain(seconds[1]).strip() if seconds else ""
    # what is no number counts as missing, so that a rate that is given can stand for it
    return int(frames[1]), float(word) if _NUMBER.fullmatch(word) else 0.0, text


def _read_hierarchy(lines: list[str], style: NumberStyle) -> list[BvhJoint]:
    joints: list[BvhJoint] = []
    blocks: list[int] = []  # the joints whose braces are open
    waiting: BvhJoint | None = None  # named, its brace not yet seen
    for line in "\n".join(lines).replace("{", "\n{\n").replace("}", "\n}\n").splitlines():
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
            waiting = BvhJoint(name[:_MAX_NAME], parent)
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
            joints[blocks[-1]].offset = _offset(joints[blocks[-1]].name, style.words(line[6:].strip()))
        elif key == "CHANNELS" and blocks:
            joints[blocks[-1]].channels = _channels(joints[blocks[-1]].name, line.replace(",", " ").split()[1:])
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
    is_count = bool(words) and re.fullmatch(r"[0-9]{1,9}", words[0]) is not None
    if not is_count or int(words[0]) != len(matches) or None in matches:
        raise MotionError(f"joint {name}: CHANNELS {' '.join(words)[:60]!r} are not a count and channel names")
    return [(_AXES[match[1].lower()], match[2].lower() == "position") for match in matches]


def _read_values(text: str, frames: int, columns: int) -> np.ndarray:
    if frames * columns > _MAX_NUMBERS:
        raise MotionError(f"{frames} frames of {columns} channels are too many for one clip; cut it into shorter ones")
    values, count = np.empty(frames * columns), 0
    for line in io.StringIO(text):
        words = line.split()
        if count + len(words) <= len(values):
            try:
                values[count : count + len(words)] = np.array(words, dtype=np.float64)
            except ValueError as error:
                what = f"something that is not a number ({str(error)[:80]})"
                raise MotionError(f"the MOTION section holds {what}") from None
        count += len(words)
    if count != len(values):
        raise MotionError(
            f"{count} numbers for {frames} frames of {columns} channels, expected {len(values)}; "
            "the file is cut or its counts are wrong"
        )
    return values.reshape(frames, columns)


def _turn(axis: int, degrees: torch.Tensor) -> torch.Tensor:
    vector = torch.zeros(len(degrees), 3, dtype=torch.float64)
    vector[:, axis] = torch.deg2rad(degrees)
    return roma.rotvec_to_unitquat(vector)


def _adds_to_offsets(
    joints: list[BvhJoint], places: torch.Tensor, offsets: torch.Tensor, animated: torch.Tensor
) -> bool:
    """Whether position channels add to the offsets below the root; in most programs they replace them.

    Most bones decide: their channels stay near the offset or near zero. Root and pelvis travel and have no say.
    """
    bones = [index for index, joint in enumerate(joints) if joint.parent > 0 and animated[index].all()]
    if not bones:
        return False
    middle = places[:, bones].median(dim=0).values
    adding = middle.norm(dim=-1) < (middle - offsets[bones]).norm(dim=-1)
    return bool(adding.double().mean() > 0.5)


def _fps(seconds: float) -> float:
    if not 1e-4 < seconds < 10:
        raise MotionError(f"Frame Time is {seconds:g}, expected seconds per frame; give the rate with --fps N")
    # the six decimals of most files make 30 fps of 0.033333 into 30.0003
    nearest = round(1 / seconds)
    return float(nearest) if nearest and abs(nearest * seconds - 1) < 1e-3 else round(1 / seconds, 4)
