"""``.glb``: one skinned mesh and its skeletal animation, in glTF 2.0's binary form.

Metres, y up, facing +z. The nodes' own transforms are the T-pose with the soles on y = 0; joints are named as in
``JOINT_NAMES``, or in another naming of ``joint_names.py``. The text travels in the scene's ``extras``; each vertex's
body part in the attribute ``_PART``.
glTF 2.0 specification: https://registry.khronos.org/glTF/specs/2.0/glTF-2.0.html
"""

import json
import struct
from typing import Any

import numpy as np
import torch

from ...bodies import Body
from ...motion import NUM_JOINTS, PARENTS, PART_NAMES, Motion, Skeleton
from ...utils.bounded_json import is_writable
from ..rigs.rig import RigAnimation
from .joint_names import NAMINGS, joint_names

_FLOAT, _UNSIGNED_BYTE, _UNSIGNED_SHORT, _UNSIGNED_INT = 5126, 5121, 5123, 5125
_COMPONENTS = {np.dtype("<f4"): _FLOAT, np.dtype("u1"): _UNSIGNED_BYTE, np.dtype("<u2"): _UNSIGNED_SHORT,
               np.dtype("<u4"): _UNSIGNED_INT}  # fmt: skip
_TYPES = {(): "SCALAR", (3,): "VEC3", (4,): "VEC4", (4, 4): "MAT4"}
_EXACT = 1e-4  # float32 of metres, and of halves of angles
_ARRAY_BUFFER, _ELEMENT_ARRAY_BUFFER = 34962, 34963


class _Buffer:
    """The binary chunk: every array becomes one buffer view and one accessor."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.views: list[dict] = []
        self.accessors: list[dict] = []

    def add(self, values, dtype: str, target: int | None = None, bounds: bool = False) -> int:
        """Append an array; returns its accessor. ``bounds`` adds the min and max that glTF asks for."""
        array = np.ascontiguousarray(values, dtype=dtype)
        view = {"buffer": 0, "byteOffset": len(self.data), "byteLength": array.nbytes}
        if target is not None:
            view["target"] = target
        accessor = {
            "bufferView": len(self.views),
            "componentType": _COMPONENTS[array.dtype],
            "count": len(array),
            "type": _TYPES[array.shape[1:]],
        }
        if bounds:
            accessor["min"] = np.atleast_1d(array.min(axis=0)).tolist()
            accessor["max"] = np.atleast_1d(array.max(axis=0)).tolist()
        self.data += array.tobytes() + bytes(-array.nbytes % 4)
        self.views.append(view)
        self.accessors.append(accessor)
        return len(self.accessors) - 1


def body_to_glb(body: Body, motion: Motion | None = None, names: str = "smpl") -> bytes:
    """A body, with the animation of a motion if one is given; joints are called as ``names`` says.

    The body is refitted to the motion's bones when they differ.
    """
    if motion is not None:
        body = body.fitted_to(motion.skeleton)
    buffer = _Buffer()
    ground = torch.tensor([0.0, body.standing_height, 0.0])
    mesh_node = NUM_JOINTS
    document: dict[str, Any] = {
        "asset": {"version": "2.0", "generator": "being-m0-hf"},
        "scene": 0,
        "scenes": [{"name": body.name, "nodes": [0, mesh_node]}],
        "nodes": [*_joint_nodes(body, joint_names(names), ground), {"name": body.name, "mesh": 0, "skin": 0}],
        "meshes": [{"name": body.name, "primitives": [_primitive(body, ground, buffer)]}],
        "materials": [_material(body)],
        "skins": [_skin(body, ground, buffer)],
    }
    extras: dict[str, Any] = {"parts": PART_NAMES}
    if motion is not None:
        document["animations"] = [_animation(motion, buffer)]
        extras["fps"] = motion.fps
        if motion.text is not None:
            extras["text"] = motion.text
    document["scenes"][0]["extras"] = extras
    document["accessors"] = buffer.accessors
    document["bufferViews"] = buffer.views
    document["buffers"] = [{"byteLength": len(buffer.data)}]
    return _container(document, bytes(buffer.data))


def motion_from_own_glb(rig: RigAnimation, extras: dict) -> Motion | None:
    """The exact motion of a GLB that ``body_to_glb`` wrote and no other program since.

    Args:
        rig: its skeleton and animation.
        extras: what its scene says.

    Returns:
        None where it is another one.
    """
    naming = next((naming for naming in NAMINGS if set(rig.names) == set(joint_names(naming))), None)
    if naming is None or len(rig.names) != NUM_JOINTS:
        return None
    places = [rig.names.index(name) for name in joint_names(naming)]
    parents = tuple(places.index(rig.parents[place]) if rig.parents[place] >= 0 else -1 for place in places)
    offsets = rig.rest_offsets[places].float()
    offsets[0] = 0.0
    turned = rig.rest_rotations[..., :3].abs().max() > _EXACT
    moved = (rig.positions[:, places[1:]] - rig.rest_offsets[places[1:]]).abs().max() > _EXACT
    if parents != PARENTS or turned or moved:
        return None
    text = extras.get("text")
    text = text if isinstance(text, str) and is_writable(text) else None
    return Motion(rig.rotations[:, places], rig.positions[:, places[0]], rig.fps, Skeleton(offsets, "glb"), text)


def _joint_nodes(body: Body, names: tuple[str, ...], ground: torch.Tensor) -> list[dict]:
    nodes = []
    for joint, name in enumerate(names):
        place = ground if joint == 0 else body.skeleton.offsets[joint]
        node: dict = {"name": name, "translation": _floats(place), "rotation": [0.0, 0.0, 0.0, 1.0]}
        children = [child for child in range(NUM_JOINTS) if PARENTS[child] == joint]
        if children:
            node["children"] = children
        nodes.append(node)
    return nodes


def _primitive(body: Body, ground: torch.Tensor, buffer: _Buffer) -> dict:
    index_type = "<u2" if len(body.vertices) < 65_535 else "<u4"
    attributes = {
        "POSITION": buffer.add(body.vertices + ground, "<f4", _ARRAY_BUFFER, bounds=True),
        "NORMAL": buffer.add(body.vertex_normals(), "<f4", _ARRAY_BUFFER),
        "JOINTS_0": buffer.add(body.joint_indices, "u1", _ARRAY_BUFFER),
        "WEIGHTS_0": buffer.add(body.joint_weights, "<f4", _ARRAY_BUFFER),
        "_PART": buffer.add(body.vertex_parts, "<f4", _ARRAY_BUFFER),
    }
    indices = buffer.add(body.faces.flatten(), index_type, _ELEMENT_ARRAY_BUFFER)
    return {"attributes": attributes, "indices": indices, "material": 0}


def _material(body: Body) -> dict:
    surface = {"baseColorFactor": [*body.color, 1.0], "metallicFactor": 0.0, "roughnessFactor": 0.65}
    return {"name": body.name, "pbrMetallicRoughness": surface}


def _skin(body: Body, ground: torch.Tensor, buffer: _Buffer) -> dict:
    inverse_binds = torch.eye(4).repeat(NUM_JOINTS, 1, 1)
    # glTF matrices are column-major: the translation is the last row here
    inverse_binds[:, 3, :3] = -(body.rest_joints + ground)
    return {
        "name": body.name,
        "joints": list(range(NUM_JOINTS)),
        "skeleton": 0,
        "inverseBindMatrices": buffer.add(inverse_binds, "<f4"),
    }


def _animation(motion: Motion, buffer: _Buffer) -> dict:
    times = buffer.add(np.arange(motion.num_frames) / motion.fps, "<f4", bounds=True)
    rotations = _continuous(motion.rotations)
    outputs = [(0, "translation", motion.translation)]
    outputs += [(joint, "rotation", rotations[:, joint]) for joint in range(NUM_JOINTS)]
    samplers, channels = [], []
    for sampler, (node, path, values) in enumerate(outputs):
        samplers.append({"input": times, "output": buffer.add(values, "<f4"), "interpolation": "LINEAR"})
        channels.append({"sampler": sampler, "target": {"node": node, "path": path}})
    return {"name": "motion", "samplers": samplers, "channels": channels}


def _continuous(rotations: torch.Tensor) -> torch.Tensor:
    """The same rotations (T, J, 4) without sign flips between frames, so that every player takes the short arc."""
    flips = (rotations[1:] * rotations[:-1]).sum(dim=-1, keepdim=True) < 0
    signs = torch.cumprod(1.0 - 2.0 * flips.float(), dim=0)
    return torch.cat((rotations[:1], rotations[1:] * signs))


def _floats(values: torch.Tensor) -> list[float]:
    return [float(value) for value in values]


def _container(document: dict, binary: bytes) -> bytes:
    """Header, JSON chunk (padded with spaces) and binary chunk (already a multiple of four)."""
    text = json.dumps(document, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    size = 12 + 8 + len(text) + 8 + len(binary)
    header = struct.pack("<4sII", b"glTF", 2, size)
    return header + struct.pack("<I4s", len(text), b"JSON") + text + struct.pack("<I4s", len(binary), b"BIN\0") + binary
