"""Skeleton animations in glTF files: .glb, .gltf with its .bin, .vrm and .vrma; with a skin or without."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import roma
import torch

from ....motion import MotionError
from ..rig import RigAnimation, check_size, local_parts
from .animations import Animation, animations_of, by_length, frame_times, named
from .document import GltfDocument
from .interpolation import Track
from .skeleton import DEFAULTS, Nodes, compose, humanoid, joint_nodes, rest_pose

__all__ = ["GltfFile", "rig_from_gltf"]

_OURS = "being-m0-hf"


def rig_from_gltf(
    data: bytes, fps: float | None = None, animation: str | None = None, folder: Path | None = None
) -> RigAnimation:
    """All joints of a glTF in one animation: see ``GltfFile.rig``."""
    return GltfFile(data, folder).rig(animation, fps)


class GltfFile:
    """A glTF whose animations can be sampled.

    Args:
        data: the bytes of a .glb, .vrm, .vrma or .gltf.
        folder: where the .bin files of a .gltf lie.

    Raises:
        MotionError: not a glTF, a damaged one, or one without a skeleton or animation.
    """

    def __init__(self, data: bytes, folder: Path | None = None) -> None:
        with _damage_in_one_line():
            self._document = GltfDocument(data, folder)
            self._nodes = Nodes(self._document)
            self._animations = animations_of(self._document)
            moved = {node for animation in self._animations for node, _, _ in animation.channels}
            self._joints = joint_nodes(self._document, self._nodes, moved)
            if not self._animations:
                raise MotionError("the glTF has no animation of its skeleton")
            self._rest, self._bound = rest_pose(self._document, self._nodes, self._joints)
            self._humanoid = humanoid(self._document)

    @property
    def extras(self) -> dict:
        """What the first scene says about itself; ours hold the text."""
        scenes = self._document.items("scenes")
        said = scenes[0].get("extras") if scenes and isinstance(scenes[0], dict) else None
        return said if isinstance(said, dict) else {}

    @property
    def is_ours(self) -> bool:
        """Whether this package wrote the file, and no other program since; then its root joint stands in the scene."""
        return self._document.content["asset"].get("generator") == _OURS and self._joints[0] not in self._nodes.parents

    def animations(self, only: Sequence[int] | None = None) -> list[str]:
        """Names of the animations that move the joints of ids ``only`` (all, when None), the longest first."""
        with _damage_in_one_line():
            return [animation.name for animation in self._by_length(only)]

    def rig(
        self, animation: str | None = None, fps: float | None = None, only: Sequence[int] | None = None
    ) -> RigAnimation:
        """The skeleton in one animation.

        Args:
            animation: its name or number; the longest when None.
            fps: how often to sample it; the rate of its keys when None.
            only: ids of joints, as in ``RigAnimation.ids``; all when None.

        Raises:
            MotionError: no such animation, or damaged content.
        """
        with _damage_in_one_line():
            if animation is None:
                there = self._by_length(only)
                if not there:
                    raise MotionError("the glTF has no animation of its skeleton")
                return self._rig(there[0], fps, only)
            return self._rig(named(self._animations, animation), fps, only)

    def _by_length(self, only: Sequence[int] | None) -> list[Animation]:
        return by_length(self._animations, self._document, self._needed(only))

    def _needed(self, only: Sequence[int] | None) -> set[int]:
        """The joints and all nodes above them."""
        return {above for node in (self._joints if only is None else only) for above in self._nodes.way_up(node)}

    def _rig(self, animation: Animation, fps: float | None, only: Sequence[int] | None) -> RigAnimation:
        joints = [node for node in self._joints if only is None or node in set(only)]
        number = {node: index for index, node in enumerate(joints)}
        ways = [[node for node in self._nodes.way_up(joint)[1:] if node in number] for joint in joints]
        above = [[number[node] for node in way] for way in ways]
        parents = tuple(way[0] if way else -1 for way in above)
        needed = self._needed(joints)
        tracks = animation.tracks(self._document, needed)
        if not tracks:
            raise MotionError(f"the animation {animation.name!r} moves no joint of this skeleton")
        times, fps = frame_times(list(tracks.values()), fps, self._said_rate())
        check_size(len(needed), len(times))
        world = self._world(needed, tracks, times)
        moving = np.stack([world[node] for node in joints], axis=1)
        rest = self._rest[[self._joints.index(node) for node in joints]][None]
        places, turns, signs = _parts(moving)
        rest_places, rest_turns, rest_signs = _parts(rest)
        positions, rotations = local_parts(places, turns, parents)
        rest_offsets, rest_rotations = local_parts(rest_places, rest_turns, parents)
        return RigAnimation(
            names=tuple(self._nodes.name(node) for node in joints),
            parents=parents,
            rest_offsets=rest_offsets[0],
            rest_rotations=rest_rotations[0],
            rotations=rotations,
            positions=positions,
            fps=fps,
            up="y",
            ids=tuple(joints),
            known={joint: number[node] for joint, node in self._humanoid.items() if node in number},
            mirrored=self._mirrored(joints, above, signs, rest_signs[0]),
            animation=animation.name,
            owners=tuple(
                self._owner(joint, way[-1] if way else joint) for joint, way in zip(joints, ways, strict=True)
            ),
            other_animations=tuple(other.name for other in self._animations if other is not animation),
        )

    def _owner(self, joint: int, top: int) -> str:
        """What a person of that root is called: the node above, which is the armature, or else the skin."""
        if top in self._nodes.parents:
            return self._nodes.name(self._nodes.parents[top])
        skins = [skin for skin in self._document.items("skins") if joint in (skin.get("joints") or [])]
        return str(skins[0].get("name") or "")[:60] if skins else ""

    def _said_rate(self) -> float | None:
        """Our own files name their rate, which the keys give only within float32."""
        rate = self.extras.get("fps")
        is_number = isinstance(rate, int | float) and not isinstance(rate, bool)
        return float(rate) if self.is_ours and is_number and 1 <= rate <= 1000 else None

    def _mirrored(self, joints, above, signs: np.ndarray, rest_signs: np.ndarray) -> frozenset[int]:
        """Joints that a negative scale mirrors: against the pose they were bound in, or all below a mirrored root."""
        found = set()
        for index, way in enumerate(above):
            expected = rest_signs[index]
            top = way[-1] if way else index
            if joints[top] not in self._bound and rest_signs[top] < 0:
                expected = -expected
            if (signs[:, index] != expected).any():
                found.add(index)
        return frozenset(found)

    def _world(self, needed: set[int], tracks: dict, times: np.ndarray) -> dict[int, np.ndarray]:
        """World matrices (T, 4, 4) of the nodes."""
        world: dict[int, np.ndarray] = {}
        for node in self._nodes.parents_first(needed):
            local = self._local_matrices(node, tracks, times)
            parent = self._nodes.parents.get(node)
            world[node] = local if parent is None else world[parent] @ local
        return world

    def _local_matrices(self, node: int, tracks: dict[tuple[int, str], Track], times: np.ndarray) -> np.ndarray:
        if not any((node, path) in tracks for path in DEFAULTS):
            return np.broadcast_to(self._nodes.matrix(node), (len(times), 4, 4))
        parts = []
        for path, default in DEFAULTS.items():
            if (node, path) in tracks:
                parts.append(tracks[node, path].at(times))
            else:
                value = np.array(self._nodes.nodes[node].get(path) or default, dtype=np.float64)
                parts.append(np.broadcast_to(value, (len(times), len(default))))
        return compose(*parts)


@contextmanager
def _damage_in_one_line() -> Iterator[None]:
    try:
        yield
    except (MotionError, OSError, MemoryError):
        raise
    # JSON and numpy answer damaged bytes with nearly any error
    except Exception as error:
        what = re.sub(r"\s+", " ", str(error))[:80].encode("utf-8", "replace").decode()
        raise MotionError(f"a damaged glTF file ({type(error).__name__}: {what})") from None


def _parts(matrices: np.ndarray) -> tuple[torch.Tensor, torch.Tensor, np.ndarray]:
    """Positions (..., 3), rotations (..., 4) and signs (...) of matrices (..., 4, 4), without their scales.

    A bone of negative scale turns as its mirror image does: one axis is taken the other way, at rest and in motion.
    """
    if not np.isfinite(matrices).all():
        raise MotionError("the file holds NaN or infinity; cut or repair those frames")
    signs = np.where(np.linalg.det(matrices[..., :3, :3]) < 0, -1.0, 1.0)
    columns = torch.from_numpy(np.ascontiguousarray(matrices[..., :3, :3]))
    columns = columns / columns.norm(dim=-2, keepdim=True).clamp(min=1e-12)
    columns[..., 0] *= torch.from_numpy(signs)[..., None]
    places = torch.from_numpy(np.ascontiguousarray(matrices[..., :3, 3]))
    return places, roma.rotmat_to_unitquat(roma.special_procrustes(columns)), signs
