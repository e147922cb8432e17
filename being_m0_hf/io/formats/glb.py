"""``.glb``: one skinned mesh and its skeletal animation, in glTF 2.0's binary form.

Metres, y up, facing +z. The nodes' own transforms are the T-pose with the soles on y = 0; joints are named as in
``JOINT_NAMES``, or in another naming of ``joint_names.py``. The text travels in the scene's ``extras``; each vertex's
body part in the attribute ``_PART``.
glTF 2.0 specification: https://registry.khronos.org/glTF/specs/2.0/glTF-2.0.html
"""

from dataclasses import replace
from typing import Any

import numpy as np
import torch

from ...bodies import Body
from ...motion import NUM_JOINTS, PARENTS, PART_NAMES, Motion, Skeleton
from ...motion.rotations import without_flips
from ...utils.bounded_json import is_writable
from ..rigs.rig import RigAnimation
from .glb_container import ELEMENTS, VERTICES, GlbBuffer, glb_bytes
from .joint_names import NAMINGS, joint_names

_EXACT = 1e-4  # float32 of metres, and of halves of angles


def body_to_glb(body: Body, motion: Motion | None = None, names: str = "smpl", skin: bool = True) -> bytes:
    """A body, with the animation of a motion if one is given; joints are called as ``names`` says.

    The body is refitted to the motion's bones when they differ. Without ``skin`` it is a skeleton alone: programs show
    one only where it moves a mesh, and so there is a triangle of a tenth of a millimetre on the ground below it.
    """
    if motion is not None:
        body = body.fitted_to(motion.skeleton)
    if not skin:
        body = _bare(body)
    buffer = GlbBuffer()
    ground = torch.tensor([0.0, body.standing_height, 0.0])
    mesh_node = NUM_JOINTS
    document: dict[str, Any] = {
        "asset": {"version": "2.0", "generator": "being-m0-hf"},
        "scene": 0,
        "scenes": [{"name": body.name, "nodes": [0, mesh_node]}],
        "nodes": [*joint_nodes(body, joint_names(names)), {"name": body.name, "mesh": 0, "skin": 0}],
        "meshes": [{"name": body.name, "primitives": [_primitive(body, ground, buffer)]}],
        "materials": [_material(body)],
        "skins": [_skin(body, ground, buffer)],
    }
    extras: dict[str, Any] = {"parts": PART_NAMES}
    if motion is not None:
        document["animations"] = [animation_of(motion, buffer)]
        extras["fps"] = motion.fps
        if motion.text is not None:
            extras["text"] = motion.text
    document["scenes"][0]["extras"] = extras
    document["accessors"] = buffer.accessors
    document["bufferViews"] = buffer.views
    document["buffers"] = [{"byteLength": len(buffer.data)}]
    return glb_bytes(document, bytes(buffer.data))


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


def _bare(body: Body) -> Body:
    """The body's skeleton with a mesh too small to see, on the ground below the pelvis, which moves it."""
    corners = torch.tensor([[0.0, 0.0, 0.0], [0.0, 0.0, 1e-4], [1e-4, 0.0, 0.0]])
    corners[:, 1] = -body.standing_height
    pelvis = torch.zeros(3, 4, dtype=torch.long)
    alone = torch.tensor([[1.0, 0.0, 0.0, 0.0]]).repeat(3, 1)
    faces = torch.tensor([[0, 1, 2]])
    return replace(body, vertices=corners, faces=faces, joint_indices=pelvis, joint_weights=alone, name="skeleton")


def joint_nodes(body: Body, names: tuple[str, ...]) -> list[dict]:
    """The nodes of the skeleton in its T-pose, the soles on the ground; a joint's node has the joint's number."""
    ground = torch.tensor([0.0, body.standing_height, 0.0])
    nodes = []
    for joint, name in enumerate(names):
        place = ground if joint == 0 else body.skeleton.offsets[joint]
        node: dict = {"name": name, "translation": _floats(place), "rotation": [0.0, 0.0, 0.0, 1.0]}
        children = [child for child in range(NUM_JOINTS) if PARENTS[child] == joint]
        if children:
            node["children"] = children
        nodes.append(node)
    return nodes


def _primitive(body: Body, ground: torch.Tensor, buffer: GlbBuffer) -> dict:
    index_type = "<u2" if len(body.vertices) < 65_535 else "<u4"
    attributes = {
        "POSITION": buffer.add(body.vertices + ground, "<f4", VERTICES, bounds=True),
        "NORMAL": buffer.add(body.vertex_normals(), "<f4", VERTICES),
        "JOINTS_0": buffer.add(body.joint_indices, "u1", VERTICES),
        "WEIGHTS_0": buffer.add(body.joint_weights, "<f4", VERTICES),
        "_PART": buffer.add(body.vertex_parts, "<f4", VERTICES),
    }
    indices = buffer.add(body.faces.flatten(), index_type, ELEMENTS)
    return {"attributes": attributes, "indices": indices, "material": 0}


def _material(body: Body) -> dict:
    surface = {"baseColorFactor": [*body.color, 1.0], "metallicFactor": 0.0, "roughnessFactor": 0.65}
    return {"name": body.name, "pbrMetallicRoughness": surface}


def _skin(body: Body, ground: torch.Tensor, buffer: GlbBuffer) -> dict:
    inverse_binds = torch.eye(4).repeat(NUM_JOINTS, 1, 1)
    # glTF matrices are column-major: the translation is the last row here
    inverse_binds[:, 3, :3] = -(body.rest_joints + ground)
    return {
        "name": body.name,
        "joints": list(range(NUM_JOINTS)),
        "skeleton": 0,
        "inverseBindMatrices": buffer.add(inverse_binds, "<f4"),
    }


def animation_of(motion: Motion, buffer: GlbBuffer) -> dict:
    """The animation of the nodes of ``joint_nodes``: the root's place, every joint's rotation, a key each frame."""
    times = buffer.add(np.arange(motion.num_frames) / motion.fps, "<f4", bounds=True)
    rotations = without_flips(motion.rotations)
    outputs = [(0, "translation", motion.translation)]
    outputs += [(joint, "rotation", rotations[:, joint]) for joint in range(NUM_JOINTS)]
    samplers, channels = [], []
    for sampler, (node, path, values) in enumerate(outputs):
        samplers.append({"input": times, "output": buffer.add(values, "<f4"), "interpolation": "LINEAR"})
        channels.append({"sampler": sampler, "target": {"node": node, "path": path}})
    return {"name": "motion", "samplers": samplers, "channels": channels}


def _floats(values: torch.Tensor) -> list[float]:
    return [float(value) for value in values]
