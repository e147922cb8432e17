"""glTF files as other programs write them: with or without a skin, several people, animations, kinds of keys."""

import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch

from being_m0_hf.motion import JOINT_NAMES, NUM_JOINTS, PARENTS, Motion

#: VRM's name of each of our joints.
VRM_BONES = {
    "pelvis": "hips", "spine1": "spine", "spine2": "chest", "spine3": "upperChest", "neck": "neck", "head": "head",
} | {
    f"{side}_{ours}": f"{side}{theirs}"
    for side in ("left", "right")
    for ours, theirs in (
        ("hip", "UpperLeg"), ("knee", "LowerLeg"), ("ankle", "Foot"), ("foot", "Toes"),
        ("collar", "Shoulder"), ("shoulder", "UpperArm"), ("elbow", "LowerArm"), ("wrist", "Hand"),
    )
}  # fmt: skip
_TYPES = {1: "SCALAR", 3: "VEC3", 4: "VEC4", 16: "MAT4"}


@dataclass
class Actor:
    """A person of a glTF: its clips by name, its joints' names, the node above it and whether a skin binds it."""

    clips: Mapping[str, Motion]
    names: Mapping[str, str]
    above: Mapping[str, object] = field(default_factory=lambda: {"name": "Armature"})
    skin: bool = False


class Gltf:
    """A glTF being put together: ``document`` and ``binary`` may be changed before it is written."""

    def __init__(self, actors: Sequence[Actor], keys: str = "LINEAR", every: int = 1) -> None:
        """Args: keys: interpolation of all channels. every: frames from key to key."""
        self.binary = bytearray()
        self.document = {
            "asset": {"version": "2.0", "generator": "another program"},
            "scene": 0, "scenes": [{"nodes": []}], "nodes": [], "animations": [], "accessors": [], "bufferViews": [],
        }  # fmt: skip
        self.first: list[int] = []  # the pelvis of each actor
        for actor in actors:
            self._add_actor(actor)
        for clip in dict.fromkeys(name for actor in actors for name in actor.clips):
            animation = {"name": clip, "samplers": [], "channels": []}
            for actor, first in zip(actors, self.first, strict=True):
                if clip in actor.clips:
                    self._add_keys(animation, actor.clips[clip], first, keys, every)
            self.document["animations"].append(animation)

    def add(self, values: np.ndarray) -> int:
        """An accessor of float32 numbers (N, width)."""
        values = np.ascontiguousarray(values, dtype="<f4")
        view = {"buffer": 0, "byteOffset": len(self.binary), "byteLength": values.nbytes}
        self.document["bufferViews"].append(view)
        self.binary += values.tobytes()
        kind = {"bufferView": len(self.document["bufferViews"]) - 1, "componentType": 5126, "count": len(values)}
        self.document["accessors"].append(kind | {"type": _TYPES[values[0].size]})
        return len(self.document["accessors"]) - 1

    def glb(self) -> bytes:
        content = self.document | {"buffers": [{"byteLength": len(self.binary)}]}
        text = json.dumps(content).encode()
        text += b" " * (-len(text) % 4)
        size = 12 + 8 + len(text) + 8 + len(self.binary)
        header = struct.pack("<4sIIII", b"glTF", 2, size, len(text), 0x4E4F534A)
        return header + text + struct.pack("<I4s", len(self.binary), b"BIN\0") + bytes(self.binary)

    def gltf(self, bin_name: str) -> str:
        """The text of a .gltf whose numbers lie beside it."""
        return json.dumps(self.document | {"buffers": [{"byteLength": len(self.binary), "uri": bin_name}]})

    def make_sparse(self, accessor: int) -> None:
        """The same numbers, as zeros of which all are replaced."""
        old = self.document["accessors"][accessor]
        count, start = old["count"], len(self.binary)
        self.binary += np.arange(count, dtype="<u2").tobytes() + bytes(2 * count % 4)
        self.document["bufferViews"].append({"buffer": 0, "byteOffset": start, "byteLength": 2 * count})
        rows = {"bufferView": len(self.document["bufferViews"]) - 1, "componentType": 5123}
        old["sparse"] = {"count": count, "indices": rows, "values": {"bufferView": old.pop("bufferView")}}

    def _add_actor(self, actor: Actor) -> None:
        nodes = self.document["nodes"]
        top = len(nodes)
        self.first.append(top + 1)
        self.document["scenes"][0]["nodes"].append(top)
        nodes.append({**actor.above, "children": [top + 1]})
        motion = next(iter(actor.clips.values()))
        for joint, name in enumerate(JOINT_NAMES):
            place = motion.skeleton.offsets[joint] if joint else torch.tensor([0.0, 0.95, 0.0])
            children = [top + 1 + child for child in range(NUM_JOINTS) if PARENTS[child] == joint]
            node = {"name": actor.names[name], "translation": [float(value) for value in place]}
            nodes.append(node | ({"children": children} if children else {}))
        if actor.skin:
            inverse = np.tile(np.eye(4), (NUM_JOINTS, 1, 1))
            inverse[:, 3, :3] = -(motion.skeleton.rest_joints() + torch.tensor([0.0, 0.95, 0.0])).numpy()
            skin = {"joints": [top + 1 + joint for joint in range(NUM_JOINTS)], "name": f"skin {top}"}
            skin["inverseBindMatrices"] = self.add(inverse.reshape(NUM_JOINTS, 16))
            self.document.setdefault("skins", []).append(skin)

    def _add_keys(self, animation: dict, motion: Motion, first: int, keys: str, every: int) -> None:
        chosen = np.arange(0, motion.num_frames, every)
        times = self.add(chosen[:, None] / motion.fps)
        rotations = motion.rotations.double().numpy()[chosen]
        outputs = [(0, "translation", motion.translation.double().numpy()[chosen])]
        outputs += [(joint, "rotation", rotations[:, joint]) for joint in range(NUM_JOINTS)]
        for joint, path, values in outputs:
            if keys == "CUBICSPLINE":  # tangents through the neighbours, as Blender bakes them
                tangents = np.gradient(values, chosen / motion.fps, axis=0)
                values = np.stack((tangents, values, tangents), axis=1).reshape(-1, values.shape[1])
            animation["channels"].append({
                "sampler": len(animation["samplers"]), "target": {"node": first + joint, "path": path},
            })  # fmt: skip
            animation["samplers"].append({"input": times, "output": self.add(values), "interpolation": keys})


def vrm_humanoid(first: int, version: str) -> dict:
    """The extension that names the bones of an actor: VRM 0.x, VRM 1.0, or a VRM animation."""
    nodes = {VRM_BONES[name]: first + joint for joint, name in enumerate(JOINT_NAMES)}
    if version == "VRM":
        return {"VRM": {"humanoid": {"humanBones": [{"bone": bone, "node": node} for bone, node in nodes.items()]}}}
    return {version: {"humanoid": {"humanBones": {bone: {"node": node} for bone, node in nodes.items()}}}}
