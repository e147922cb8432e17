"""Acclaim ASF (skeleton) and AMC (motion), the form in which CMU publishes its recordings.

The format: https://research.cs.wisc.edu/graphics/Courses/cs-838-1999/Jeff/ASF-AMC.html. No kept library reads it.
A bone turns about its near end, in its own axes; here it becomes the joint at that end, named like the bone.
"""

import io
import re

import numpy as np
import roma
import torch

from ...motion import MotionError
from .rig import MAX_FRAMES, RigAnimation, check_size
from .text_numbers import NumberStyle

#: AMC does not say its frame rate; nearly all of CMU's recordings have this one.
AMC_FPS = 120.0
_HUGE = 1e9
_MAX_ABSENT = 0.5  # of the bones: fingers and toes may be left out, and stay as in the zero pose
_AXES = {"x": 0, "y": 1, "z": 2}


class _Bone:
    """A bone's direction, length, axes and degrees of freedom."""

    def __init__(self, fields: dict[str, list[str]], degrees: bool) -> None:
        self.name = " ".join(fields.get("name", ["?"]))
        direction = np.array(_numbers(fields.get("direction", []), 3, self.name))
        length = _numbers(fields.get("length", []), 1, self.name)[0]
        self.offset = direction / max(np.linalg.norm(direction), 1e-12) * length
        *angles, order = fields.get("axis", ["0", "0", "0", "XYZ"])
        self.axes = _rotation(order, _numbers(angles, 3, self.name), degrees)
        self.channels = [channel.lower() for channel in fields.get("dof", [])]

    def stretched(self, lengths: torch.Tensor) -> torch.Tensor:
        """(T, 3) the bone's end where its length changes (dof "l"): by so much, or to so much where that is nearer."""
        offset = torch.from_numpy(self.offset)
        length = float(offset.norm().clamp(min=1e-12))
        is_whole = float((lengths - length).abs().median()) < float(lengths.abs().median())
        return offset * ((lengths if is_whole else length + lengths) / length)[:, None]


def rig_from_asf_amc(skeleton: bytes, motion: bytes, fps: float = AMC_FPS) -> RigAnimation:
    """The animated skeleton in an ASF file and an AMC file that belong together.

    Raises:
        MotionError: not such files, cut or damaged ones, or two that do not belong together.
    """
    sections = _sections(skeleton.decode("utf-8", errors="replace"))
    for name in ("root", "bonedata", "hierarchy"):
        if name not in sections:
            raise MotionError(f'not a whole ASF skeleton: section ":{name}" is missing')
    degrees = "rad" not in " ".join(sections.get("units", [])).lower()
    root_channels = _fields(sections["root"]).get("order", [])
    bones = {bone.name: bone for bone in (_Bone(block, degrees) for block in _blocks(sections["bonedata"]))}
    parents_of = _hierarchy(sections["hierarchy"], bones)
    names = ["root", *parents_of]
    check_size(len(names), 1)
    frames = _frames(motion.decode("utf-8", errors="replace"))
    count = len(frames)
    # leaves get an end joint, as in BVH: hands, toes and head keep a direction
    leaves = [name for name in parents_of if name not in set(parents_of.values())]
    joints = names + [f"{name}_end" for name in leaves]
    check_size(len(joints), count)
    parents = [-1] + [names.index(parents_of[name]) for name in names[1:]] + [names.index(name) for name in leaves]
    offsets = [np.zeros(3) if parent < 1 else bones[names[parent]].offset for parent in parents]
    rest_offsets = torch.tensor(np.array(offsets))
    rotations = roma.identity_quat(dtype=torch.float64).repeat(count, len(joints), 1)
    positions = rest_offsets.repeat(count, 1, 1)
    turning = [name for name in parents_of if bones[name].channels]
    absent = [name for name in turning if not any(name in frame for frame in frames)]
    if len(absent) > _MAX_ABSENT * len(turning):
        raise MotionError(f"no frame has numbers for bone {absent[0]} and others; the AMC belongs to another ASF")
    for index, name in enumerate(names):
        channels = [channel.lower() for channel in root_channels] if index == 0 else bones[name].channels
        if not channels:
            continue
        values = _values(frames, name, len(channels))
        turn = roma.identity_quat(count, dtype=torch.float64)
        shift = torch.zeros(count, 3, dtype=torch.float64)
        axes = (_root_axes(sections["root"], degrees) if index == 0 else bones[name].axes).expand(count, 4)
        for column, channel in enumerate(channels):
            kind, axis = channel[:1], _AXES.get(channel[1:])
            if kind == "r" and axis is not None:
                # the first degree of freedom is applied first, so it stands at the right
                turn = roma.quat_product(_turn(axis, values[:, column], degrees), turn)
            elif kind == "t" and axis is not None:
                shift[:, axis] = values[:, column]
            elif channel == "l" and index > 0:
                for child in [child for child, parent in enumerate(parents) if parent == index]:
                    positions[:, child] = bones[name].stretched(values[:, column])
            else:
                raise MotionError(f"bone {name} has the unknown degree of freedom {channel!r}")
        if index == 0:
            positions[:, 0] = shift
        else:
            positions[:, index] += roma.quat_action(axes, shift)
        rotations[:, index] = roma.quat_product(roma.quat_product(axes, turn), roma.quat_conjugation(axes))
    identity = roma.identity_quat(dtype=torch.float64)
    return RigAnimation(
        tuple(joints), tuple(parents), rest_offsets, identity.repeat(len(joints), 1), rotations, positions, fps
    )


def _sections(text: str) -> dict[str, list[str]]:
    """Section name -> its lines; the words after the name are its first line."""
    sections: dict[str, list[str]] = {}
    lines: list[str] = []
    style = NumberStyle(text)
    for line in io.StringIO(text):
        line = style.plain(line.split("#", 1)[0]).strip()
        if line.startswith(":"):
            name, _, rest = line[1:].partition(" ")
            lines = sections.setdefault(name.lower(), [])
            line = rest
        if line:
            lines.append(line)
    return sections


def _fields(lines: list[str]) -> dict[str, list[str]]:
    return {words[0].lower(): words[1:] for words in (line.split() for line in lines)}


def _blocks(lines: list[str]) -> list[dict[str, list[str]]]:
    blocks: list[list[str]] = []
    for line in lines:
        if line.lower() == "begin":
            blocks.append([])
        elif line.lower() != "end" and blocks:
            blocks[-1].append(line)
    return [_fields(block) for block in blocks]


def _hierarchy(lines: list[str], bones: dict[str, _Bone]) -> dict[str, str]:
    """Bone -> parent, parents first."""
    parents: dict[str, str] = {}
    for line in lines:
        parent, *children = line.split()
        if parent.lower() in ("begin", "end"):
            continue
        if parent != "root" and parent not in parents:
            raise MotionError(f"the hierarchy names {parent!r} before its own parent")
        for child in children:
            if child not in bones or child in parents:
                raise MotionError(f"the hierarchy names {child!r}, which is no bone or has two parents")
            parents[child] = parent
    return parents


def _frames(text: str) -> list[dict[str, list[str]]]:
    frames: list[dict[str, list[str]]] = []
    style = NumberStyle(text)
    for line in io.StringIO(text):
        words = style.words(line) if line[:1] not in "#:" else []
        if not words or words[0][0] in "#:":
            continue
        if len(words) == 1 and words[0].isdecimal():
            frames.append({})
            if len(frames) > MAX_FRAMES:
                raise MotionError(
                    f"more than {MAX_FRAMES:,} frames are too many for one clip; cut it into shorter ones"
                )
        elif frames:
            frames[-1][words[0]] = words[1:]
        else:
            raise MotionError("not an AMC motion: numbers stand before the first frame")
    if not frames:
        raise MotionError("the AMC motion holds no frames")
    return frames


def _values(frames: list[dict[str, list[str]]], bone: str, count: int) -> torch.Tensor:
    """(T, count); a bone that a frame leaves out stays as it was, as trackers write it that lose a marker."""
    rows = [frame.get(bone) for frame in frames]
    for number, row in enumerate(rows):
        if row is not None and len(row) != count:
            raise MotionError(
                f"frame {number + 1} has {len(row)} numbers for bone {bone}, expected {count}; "
                "the AMC is cut or belongs to another ASF"
            )
    known = next((row for row in rows if row is not None), ["0"] * count)
    for number, row in enumerate(rows):
        known = rows[number] = row if row is not None else known
    try:
        return torch.from_numpy(np.array(rows, dtype=np.float64))
    except ValueError as error:
        raise MotionError(f"bone {bone}: {str(error)[:80]}") from None


def _numbers(words: list[str], count: int, bone: str) -> list[float]:
    try:
        numbers = [float(word) for word in words]
    except ValueError:
        numbers = []
    if len(numbers) != count or not all(abs(number) < _HUGE for number in numbers):
        raise MotionError(f"bone {bone} has {' '.join(words)[:40]!r} where {count} numbers are expected")
    return numbers


def _turn(axis: int, angle: torch.Tensor, degrees: bool) -> torch.Tensor:
    vector = torch.zeros(len(angle), 3, dtype=torch.float64)
    vector[:, axis] = torch.deg2rad(angle) if degrees else angle
    return roma.rotvec_to_unitquat(vector)


def _rotation(order: str, angles: list[float], degrees: bool) -> torch.Tensor:
    """A rotation of fixed axes, the first letter applied first."""
    if not re.fullmatch(r"[xyzXYZ]{3}", order):
        raise MotionError(f"the rotation order {order[:20]!r} is not three of X, Y, Z")
    turn = roma.identity_quat(1, dtype=torch.float64)
    for letter, angle in zip(order.lower(), angles, strict=True):
        about = _turn(_AXES[letter], torch.tensor([angle], dtype=torch.float64), degrees)
        turn = roma.quat_product(about, turn)
    return turn[0]


def _root_axes(lines: list[str], degrees: bool) -> torch.Tensor:
    fields = _fields(lines)
    order = "".join(fields.get("axis", ["XYZ"]))
    return _rotation(order, _numbers(fields.get("orientation", ["0", "0", "0"]), 3, "root"), degrees)
