"""Our own ``.json``: everything a ``Motion`` holds, readable by people and by any language.

``rotations[frame][joint]`` is a unit quaternion (x, y, z, w) relative to the parent joint and to the T-pose,
``translation[frame]`` the pelvis in metres, y up. ``rest_offsets[joint]`` is the T-pose, each joint from its parent.
"""

import json
from collections.abc import Mapping
from typing import Any

import torch

from ...motion import JOINT_NAMES, PARENTS, Motion, MotionError, Skeleton
from ...utils.bounded_json import is_writable, read_json

FORMAT = "being-m0-motion"
VERSION = 1
_DECIMALS = 7  # below float32's own precision for rotations, a tenth of a micrometre for places


def motion_to_json(motion: Motion, about: Mapping[str, Any] | None = None) -> bytes:
    """The motion as UTF-8 JSON.

    Args:
        motion: what to write.
        about: more fields, which readers pass over: how the motion came about, for example.
    """
    content = {
        "format": FORMAT,
        "version": VERSION,
        "text": motion.text,
        "fps": motion.fps,
        "units": "metres, y up, quaternions x y z w",
        "joint_names": JOINT_NAMES,
        "parents": PARENTS,
        "skeleton": motion.skeleton.name,
        "rest_offsets": _rounded(motion.skeleton.offsets),
        "translation": _rounded(motion.translation),
        "rotations": _rounded(motion.rotations),
    }
    content = dict(about or {}) | content
    return json.dumps(content, separators=(",", ":")).encode()


def motion_from_json(data: bytes) -> Motion:
    """The motion in JSON written by ``motion_to_json``.

    Raises:
        MotionError: not our format, or a field is missing or malformed.
    """
    try:
        content = read_json(data)
    except ValueError as error:
        raise MotionError(f"not readable as JSON ({error})") from None
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise MotionError(f'not a motion of this package: the field "format" must be "{FORMAT}"')
    if content.get("version") != VERSION:
        raise MotionError(f"format version {content.get('version')!r}, this package reads {VERSION}; update it")
    if content.get("joint_names") != list(JOINT_NAMES):
        raise MotionError('"joint_names" are not the 22 SMPL joints in order')
    fps, text, name = content.get("fps"), content.get("text"), content.get("skeleton", "custom")
    if isinstance(fps, bool) or not isinstance(fps, int | float):
        raise MotionError('"fps" is missing or not a number')
    if not (text is None or isinstance(text, str)) or not isinstance(name, str):
        raise MotionError('"text" and "skeleton" must be strings')
    if not (is_writable(text or "") and is_writable(name)):
        raise MotionError('"text" or "skeleton" holds half a character (a lone surrogate); write it as UTF-8 again')
    offsets, translation, rotations = (_tensor(content, key) for key in ("rest_offsets", "translation", "rotations"))
    try:
        skeleton = Skeleton(offsets, name)
    except ValueError as error:
        raise MotionError(str(error)) from None
    return Motion(rotations, translation, fps, skeleton, text)


def _rounded(values: torch.Tensor) -> list:
    return torch.round(values.double(), decimals=_DECIMALS).tolist()


def _tensor(content: dict, key: str) -> torch.Tensor:
    try:
        return torch.tensor(content.get(key), dtype=torch.float32)
    except (TypeError, ValueError, RuntimeError, OverflowError):
        raise MotionError(f'"{key}" is missing or not a regular array of numbers') from None
