"""The joints of a glTF: nodes that a skin binds, an animation moves or a VRM names, and their pose at rest."""

import numpy as np

from ....motion import MotionError
from ..rig import check_size
from .document import GltfDocument

#: VRM's names of bones -> our joints; how a spine is divided differs between rigs, so that is found by length.
_VRM_BONES = {"hips": "pelvis", "neck": "neck", "head": "head"} | {
    f"{side}{theirs}": f"{side}_{ours}"
    for side in ("left", "right")
    for theirs, ours in (
        ("Shoulder", "collar"), ("UpperArm", "shoulder"), ("LowerArm", "elbow"), ("Hand", "wrist"),
        ("UpperLeg", "hip"), ("LowerLeg", "knee"), ("Foot", "ankle"), ("Toes", "foot"),
    )
}  # fmt: skip
_VRM_EXTENSIONS = ("VRMC_vrm_animation", "VRMC_vrm", "VRM")
_SINGULAR = 1e-12


class Nodes:
    """The node tree: names, parents, transforms without animation."""

    def __init__(self, document: GltfDocument) -> None:
        self.nodes = document.items("nodes")
        check_size(max(len(self.nodes), 1), 1)
        self.parents = {child: index for index, node in enumerate(self.nodes) for child in node.get("children") or []}
        self._static: dict[int, np.ndarray] = {}

    def name(self, node: int) -> str:
        name = self.nodes[node].get("name")
        # half characters cannot be written anywhere
        return name.encode("utf-8", "replace").decode() if isinstance(name, str) and name else f"node_{node}"

    def way_up(self, node: int) -> list[int]:
        way = [node]
        while way[-1] in self.parents:
            way.append(self.parents[way[-1]])
            if len(way) > len(self.nodes):
                raise MotionError("the glTF's nodes form a circle")
        return way

    def parents_first(self, nodes) -> list[int]:
        return sorted(nodes, key=lambda node: (len(self.way_up(node)), node))

    def below(self, nodes: set[int]) -> set[int]:
        """The nodes and all that hang from them."""
        return {node for node in range(len(self.nodes)) if nodes.intersection(self.way_up(node))}

    def static_world(self, node: int) -> np.ndarray:
        """(4, 4) where the node's own transforms put it."""
        if node not in self._static:
            local = self.matrix(node)
            self._static[node] = self.static_world(self.parents[node]) @ local if node in self.parents else local
        return self._static[node]

    def matrix(self, node: int) -> np.ndarray:
        """(4, 4) the node's own transform."""
        info = self.nodes[node]
        if info.get("matrix") is not None:
            return np.array(info["matrix"], dtype=np.float64).reshape(4, 4).T
        parts = {path: np.array(info.get(path) or default)[None] for path, default in DEFAULTS.items()}
        return compose(parts["translation"], parts["rotation"], parts["scale"])[0]


DEFAULTS = {"translation": (0.0, 0.0, 0.0), "rotation": (0.0, 0.0, 0.0, 1.0), "scale": (1.0, 1.0, 1.0)}


def compose(translation: np.ndarray, rotation: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """(T, 4, 4) from (T, 3), quaternions (T, 4) of any length, and (T, 3)."""
    rotation = rotation.astype(np.float64)
    x, y, z, w = (rotation / np.maximum(np.linalg.norm(rotation, axis=1, keepdims=True), 1e-9)).T
    matrices = np.zeros((len(rotation), 4, 4))
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ]
    matrices[:, :3, :3] = np.array(rows).transpose(2, 0, 1) * scale[:, None, :]
    matrices[:, :3, 3] = translation
    matrices[:, 3, 3] = 1.0
    return matrices


def humanoid(document: GltfDocument) -> dict[str, int]:
    """Our joint -> node, as a VRM (0.x or 1.0) or a VRM animation says; empty for other files."""
    found: dict[str, int] = {}
    extensions = document.content.get("extensions")
    for name in _VRM_EXTENSIONS:
        said = extensions.get(name) if isinstance(extensions, dict) else None
        bones = (said.get("humanoid") or {}).get("humanBones") if isinstance(said, dict) else None
        if isinstance(bones, list):  # VRM 0.x
            bones = {bone.get("bone"): bone for bone in bones}
        for bone, place in (bones or {}).items():
            joint, node = _VRM_BONES.get(bone), place.get("node")
            if joint and isinstance(node, int) and 0 <= node < len(document.items("nodes")):
                found.setdefault(joint, node)
    return found


def joint_nodes(document: GltfDocument, nodes: Nodes, moved: set[int]) -> list[int]:
    """The nodes that are joints, parents first.

    Args:
        moved: nodes that any animation moves.

    Raises:
        MotionError: nothing moves and nothing is bound.
    """
    bound = {node for skin in document.items("skins") for node in skin.get("joints") or []}
    found = bound | moved | set(humanoid(document).values())
    if not found:
        raise MotionError("the glTF has no skeleton: no skin and no animation of nodes")
    if not bound:  # hands and toes may hang there without moving
        found = nodes.below(found)
    # and whatever stands between two joints
    for node in list(found):
        way = nodes.way_up(node)
        tops = [place for place, above in enumerate(way) if above in found]
        found.update(way[: tops[-1]])
    return nodes.parents_first(found)


def rest_pose(document: GltfDocument, nodes: Nodes, joints: list[int]) -> tuple[np.ndarray, set[int]]:
    """World matrices (J, 4, 4) of the joints at rest, and which nodes a skin binds.

    That is the pose a skin was bound in, which is the modelled T- or A-pose; a node's own transform is often a frame
    of some animation, and is taken only for what no skin binds.
    """
    bind = _bind_pose(document)
    bound = set(bind)
    for node in joints:
        if node not in bind:
            near = [above for above in nodes.way_up(node) if above in bind]
            near = near or [below for below in bind if node in nodes.way_up(below)]
            static = nodes.static_world(node)
            other = nodes.static_world(near[0]) if near else None
            if other is not None and abs(np.linalg.det(other)) > _SINGULAR:
                static = bind[near[0]] @ np.linalg.inv(other) @ static
            bind[node] = static
    return np.stack([bind[node] for node in joints]), bound


def _bind_pose(document: GltfDocument) -> dict[int, np.ndarray]:
    """Node -> matrix. Skins may be bound in spaces of their own; those that share a joint are brought to one."""
    bind: dict[int, np.ndarray] = {}
    for skin in sorted(document.items("skins"), key=lambda skin: -len(skin.get("joints") or [])):
        joints = skin.get("joints") or []
        matrices = np.tile(np.eye(4), (len(joints), 1, 1))
        if skin.get("inverseBindMatrices") is not None and joints:
            columns = document.numbers(skin["inverseBindMatrices"]).reshape(-1, 4, 4)
            matrices = np.linalg.inv(columns.transpose(0, 2, 1)[: len(joints)])
        own = dict(zip(joints, matrices, strict=True))
        shared = next((node for node in joints if node in bind), None)
        if shared is not None and abs(np.linalg.det(own[shared])) > _SINGULAR:
            change = bind[shared] @ np.linalg.inv(own[shared])
            own = {node: change @ matrix for node, matrix in own.items()}
        bind = own | bind
    return bind
