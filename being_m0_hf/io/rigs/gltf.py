"""Skinned skeleton animations in GLB and glTF files, parsed by pygltflib.

The rest pose is the bind pose (inverse bind matrices), which is the modelled T- or A-pose; the nodes' own transforms
are often a frame of some animation. Keys are read linearly between their times; a cubic spline's tangents are left out.
"""

import base64
import binascii
import json
import math
import re
import warnings

import numpy as np
import roma
import torch

from ...motion import MotionError
from .rig import RigAnimation, check_size

_COMPONENTS = {5120: "i1", 5121: "u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
_WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}
_MIN_FPS, _MAX_FPS = 10.0, 120.0
_MAX_KEYS = 10_000_000


def rig_from_gltf(data: bytes, fps: float | None = None) -> RigAnimation:
    """The first animation of the skeleton with the most joints.

    Args:
        data: a .glb, or a .gltf whose buffers are inside it as data URIs.
        fps: how often to sample; the animation's own key rate when None.

    Raises:
        MotionError: pygltflib is not installed; not a glTF, a damaged one, or one without skin or animation.
    """
    try:
        import pygltflib
    except ImportError:
        raise MotionError("reading GLB and glTF needs pygltflib: pip install being-m0-hf[data]") from None
    try:
        with warnings.catch_warnings(action="ignore"):  # what pygltflib warns about is refused or harmless
            if data[:4] == b"glTF":
                document = pygltflib.GLTF2.load_from_bytes(data)
            else:
                document = pygltflib.GLTF2.gltf_from_json(json.dumps(json.loads(data)))
        return _Reader(document).rig(fps)
    except MotionError:
        raise
    # pygltflib and numpy answer damaged bytes with nearly any error
    except Exception as error:
        what = re.sub(r"\s+", " ", str(error))[:80]
        raise MotionError(f"a damaged glTF file ({type(error).__name__}: {what})") from None


class _Reader:
    """One glTF document: its buffers, nodes and the animation that is read."""

    def __init__(self, document) -> None:
        self.document = document
        self.nodes = document.nodes or []
        check_size(max(len(self.nodes), 1), 1)
        self.parents = {child: index for index, node in enumerate(self.nodes) for child in node.children or []}
        self._buffers: dict[int, bytes] = {}

    def rig(self, fps: float | None) -> RigAnimation:
        skins = sorted(self.document.skins or [], key=lambda skin: -len(skin.joints or []))
        if not skins:
            raise MotionError("the glTF has no skinned skeleton; export the armature with its mesh")
        bind = {}
        for skin in reversed(skins):  # the largest skin has the last word on shared joints
            matrices = np.tile(np.eye(4), (len(skin.joints), 1, 1))
            if skin.inverseBindMatrices is not None:
                columns = self.accessor(skin.inverseBindMatrices).reshape(-1, 4, 4)
                matrices = np.linalg.inv(columns.transpose(0, 2, 1))
            bind |= dict(zip(skin.joints, matrices, strict=True))
        joints = self._parents_first(bind)
        number = {node: index for index, node in enumerate(joints)}
        parents = tuple(
            next((number[above] for above in self._way_up(node)[1:] if above in number), -1) for node in joints
        )
        tracks, times, own_fps = self._tracks(set(joints))
        fps = fps or own_fps
        if not math.isfinite(fps) or not 1 <= fps <= 1000:
            raise MotionError(f"fps is {fps}, expected 1 to 1000 frames per second")
        count = int(round((times[1] - times[0]) * fps)) + 1
        world = self._world(joints, tracks, times[0] + np.arange(count) / fps)
        places, turns = _parts(np.stack([world[node] for node in joints], axis=1))
        rest_places, rest_turns = _parts(np.stack([bind[node] for node in joints])[None])
        positions, rotations = _local(places, turns, parents)
        rest_offsets, rest_rotations = _local(rest_places, rest_turns, parents)
        names = tuple(self.nodes[node].name or f"node_{node}" for node in joints)
        return RigAnimation(names, parents, rest_offsets[0], rest_rotations[0], rotations, positions, fps, up="y")

    def _way_up(self, node: int) -> list[int]:
        way = [node]
        while way[-1] in self.parents:
            way.append(self.parents[way[-1]])
            if len(way) > len(self.nodes):
                raise MotionError("the glTF's nodes form a circle")
        return way

    def _parents_first(self, nodes) -> list[int]:
        return sorted(nodes, key=lambda node: len(self._way_up(node)))

    def _tracks(self, joints: set[int]) -> tuple[dict, tuple[float, float], float]:
        """(node, path) -> key times and values, of the first animation that moves the joints; its span; its rate."""
        moving = joints | {above for joint in joints for above in self._way_up(joint)}
        for animation in self.document.animations or []:
            tracks = {}
            for channel in animation.channels:
                target = channel.target
                if target.node in moving and target.path in ("translation", "rotation", "scale"):
                    tracks[target.node, target.path] = self._keys(animation.samplers[channel.sampler], target.path)
            if tracks:
                times = [keys for keys, _ in tracks.values()]
                steps = np.concatenate([np.diff(keys) for keys in times])
                steps = steps[steps > 1e-6]
                fps = float(np.clip(1 / np.median(steps), _MIN_FPS, _MAX_FPS)) if len(steps) else 30.0
                nearest = round(fps)
                fps = float(nearest) if abs(fps - nearest) < 0.02 * nearest else fps
                return tracks, (min(keys[0] for keys in times), max(keys[-1] for keys in times)), fps
        raise MotionError("the glTF has no animation of its skeleton")

    def _keys(self, sampler, path: str) -> tuple[np.ndarray, np.ndarray]:
        times = self.accessor(sampler.input)[:, 0]
        values = self.accessor(sampler.output)
        if sampler.interpolation == "CUBICSPLINE":
            values = values[1::3]  # in-tangent, value, out-tangent
        width = 4 if path == "rotation" else 3
        if len(times) < 1 or values.shape != (len(times), width) or not np.isfinite(times).all():
            raise MotionError(f"an animation channel has {values.shape} values for {len(times)} times")
        if (np.diff(times) < 0).any():
            raise MotionError("an animation's key times do not rise")
        return times, values

    def _world(self, joints: list[int], tracks: dict, times: np.ndarray) -> dict[int, np.ndarray]:
        """World matrices (T, 4, 4) of the joints and of all above them."""
        needed = {above for joint in joints for above in self._way_up(joint)}
        check_size(len(needed), len(times))
        world: dict[int, np.ndarray] = {}
        for node in self._parents_first(needed):
            local = self._local_matrices(node, tracks, times)
            world[node] = world[self.parents[node]] @ local if node in self.parents else local
        return world

    def _local_matrices(self, node: int, tracks: dict, times: np.ndarray) -> np.ndarray:
        info = self.nodes[node]
        animated = any((node, path) in tracks for path in ("translation", "rotation", "scale"))
        if info.matrix is not None and not animated:
            return np.broadcast_to(np.array(info.matrix, dtype=np.float64).reshape(4, 4).T, (len(times), 4, 4))
        defaults = {
            "translation": info.translation or (0.0, 0.0, 0.0),
            "rotation": info.rotation or (0.0, 0.0, 0.0, 1.0),
            "scale": info.scale or (1.0, 1.0, 1.0),
        }
        values = {}
        for path, default in defaults.items():
            if (node, path) in tracks:
                values[path] = _sample(*tracks[node, path], times)
            else:
                values[path] = np.broadcast_to(np.array(default, dtype=np.float64), (len(times), len(default)))
        matrices = np.tile(np.eye(4), (len(times), 1, 1))
        rotation = torch.from_numpy(values["rotation"].copy())
        rotation = roma.unitquat_to_rotmat(rotation / rotation.norm(dim=-1, keepdim=True).clamp(min=1e-9)).numpy()
        matrices[:, :3, :3] = rotation * values["scale"][:, None, :]
        matrices[:, :3, 3] = values["translation"]
        return matrices

    def accessor(self, index: int) -> np.ndarray:
        """An accessor's numbers (count, width), every bound checked."""
        accessor = self.document.accessors[index]
        dtype, width = np.dtype(_COMPONENTS[accessor.componentType]), _WIDTHS[accessor.type]
        if accessor.sparse is not None or accessor.bufferView is None or not 0 < accessor.count <= _MAX_KEYS:
            raise MotionError(f"accessor {index} is empty, sparse or too large")
        view = self.document.bufferViews[accessor.bufferView]
        stride = view.byteStride or dtype.itemsize * width
        start, end = (view.byteOffset or 0), (view.byteOffset or 0) + view.byteLength
        block = self._buffer(view.buffer)[start:end]
        first = accessor.byteOffset or 0
        if (
            first < 0
            or stride < dtype.itemsize * width
            or first + (accessor.count - 1) * stride + dtype.itemsize * width > len(block)
        ):
            raise MotionError(f"accessor {index} reaches beyond its buffer; the file is cut")
        values = np.ndarray((accessor.count, width), dtype, block, first, (stride, dtype.itemsize))
        scale = np.iinfo(dtype).max if accessor.normalized and dtype.kind in "iu" else 1
        with np.errstate(invalid="ignore"):  # NaN is found and named where it matters
            return values.astype(np.float64) / scale

    def _buffer(self, index: int) -> bytes:
        if index not in self._buffers:
            uri = self.document.buffers[index].uri
            if uri is None:
                content = self.document.binary_blob()
            elif uri.startswith("data:") and "base64," in uri:
                try:
                    content = base64.b64decode(uri.split("base64,", 1)[1], validate=True)
                except binascii.Error:
                    raise MotionError("a buffer of the glTF is not base64") from None
            else:
                raise MotionError(f"the glTF keeps its data in {uri[:40]!r}; export as .glb, which is one file")
            if content is None:
                raise MotionError("the GLB has no binary part; the file is cut")
            self._buffers[index] = content
        return self._buffers[index]


def _sample(keys: np.ndarray, values: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Values (K, D) at key times, linear in between; neighbouring quaternions are brought to the same sign before."""
    if values.shape[1] == 4:
        signs = np.sign((values[1:] * values[:-1]).sum(axis=1))
        values = values * np.concatenate(([1.0], np.cumprod(np.where(signs == 0, 1.0, signs))))[:, None]
    return np.stack([np.interp(times, keys, column) for column in values.T], axis=1)


def _parts(matrices: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
    """Positions (..., 3) and rotations (..., 4) of matrices (..., 4, 4), without their scales."""
    if not np.isfinite(matrices).all():
        raise MotionError("the file holds NaN or infinity; cut or repair those frames")
    matrices = torch.from_numpy(np.ascontiguousarray(matrices))
    columns = matrices[..., :3, :3]
    columns = columns / columns.norm(dim=-2, keepdim=True).clamp(min=1e-12)
    return matrices[..., :3, 3], roma.rotmat_to_unitquat(roma.special_procrustes(columns))


def _local(places: torch.Tensor, turns: torch.Tensor, parents: tuple[int, ...]) -> tuple[torch.Tensor, torch.Tensor]:
    """Local positions and rotations from world ones (T, J, 3) and (T, J, 4)."""
    above = [max(parent, 0) for parent in parents]
    back = roma.quat_conjugation(turns[:, above])
    positions = roma.quat_action(back, places - places[:, above])
    rotations = roma.quat_product(back, turns)
    for joint, parent in enumerate(parents):
        if parent < 0:
            positions[:, joint], rotations[:, joint] = places[:, joint], turns[:, joint]
    return positions, rotations
