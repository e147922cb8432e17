"""The container of a glTF: JSON and buffers of a .glb or .gltf, and the numbers of its accessors, every bound checked.

glTF 2.0 specification: https://registry.khronos.org/glTF/specs/2.0/glTF-2.0.html
"""

import base64
import binascii
import struct
import urllib.parse
from pathlib import Path

import numpy as np

from ....motion import MotionError
from ....utils.bounded_json import read_json
from ....utils.user_files import UserFileError, read_user_bytes

_COMPONENTS = {5120: "i1", 5121: "u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
_WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}
_MAX_NUMBERS = 40_000_000  # of all accessors that are read, a third of a gigabyte: views may overlap
_MAX_BUFFER_BYTES = 200_000_000
_PACKED = ("EXT_meshopt_compression", "KHR_meshopt_compression", "MESHOPT_compression")
#: Required extensions that say nothing about nodes and animation: looks, meshes, people's licences.
_HARMLESS = (
    "KHR_materials_", "KHR_texture_", "EXT_texture_", "KHR_lights_", "EXT_lights_", "KHR_mesh_", "EXT_mesh_",
    "KHR_draco_mesh_compression", "KHR_node_", "KHR_animation_pointer", "KHR_xmp", "KHR_audio", "KHR_gaussian_",
    "VRM", "VRMC_", "MSFT_", "GODOT_", "EXT_structural_metadata", "KHR_techniques_webgl",
)  # fmt: skip
_PLAIN = "open it in Blender (free) with File > Import and export it again as glTF 2.0 without compression"


class GltfDocument:
    """One glTF file.

    Args:
        data: the bytes of a .glb or .gltf.
        folder: where a .gltf's .bin files lie beside it; None refuses those that need one.

    Raises:
        MotionError: not a glTF 2.0, a cut one, or one that requires an extension which is not read.
    """

    def __init__(self, data: bytes, folder: Path | None = None) -> None:
        text, self._binary = _chunks(data) if data[:4] == b"glTF" else (data, None)
        content = read_json(text)
        if not isinstance(content, dict) or not isinstance(content.get("asset"), dict):
            raise MotionError("not a glTF file: it has no asset")
        if str(content["asset"].get("version", "2")).split(".")[0] != "2":
            raise MotionError(f"glTF of version {str(content['asset']['version'])[:8]}, read is 2.0; {_PLAIN}")
        self.content, self._folder = content, folder
        self._buffers: dict[int, bytes] = {}
        self._read: dict[int, np.ndarray] = {}
        self._numbers = 0
        for name in self.items("extensionsRequired"):
            if name not in _PACKED and not str(name).startswith(_HARMLESS):
                raise MotionError(f"needs the glTF extension {str(name)[:60]}, which is not read; {_PLAIN}")

    def items(self, name: str) -> list:
        """The list of that name; empty where the file has none."""
        found = self.content.get(name)
        return found if isinstance(found, list) else []

    def numbers(self, index: int) -> np.ndarray:
        """An accessor's numbers, (count, width) float64.

        Raises:
            MotionError: it reaches beyond its buffer, is packed, or all together are too many.
        """
        if index not in self._read:
            self._read[index] = self._accessor(index)
        return self._read[index]

    def _accessor(self, index: int) -> np.ndarray:
        accessor = self.items("accessors")[index]
        dtype, width = np.dtype(_COMPONENTS[accessor["componentType"]]), _WIDTHS[accessor["type"]]
        count = accessor["count"]
        self._numbers += max(count, 0) * width
        if count < 1 or self._numbers > _MAX_NUMBERS:
            raise MotionError(
                f"accessor {index} is empty" if count < 1 else "too many keys for one clip; cut it into shorter ones"
            )
        if "bufferView" in accessor:
            values = self._view(index, accessor["bufferView"], accessor.get("byteOffset", 0), dtype, count, width)
        else:
            values = np.zeros((count, width), dtype)
        if "sparse" in accessor:
            values = self._with_sparse(index, accessor["sparse"], values)
        scale = np.iinfo(dtype).max if accessor.get("normalized") and dtype.kind in "iu" else 1
        with np.errstate(invalid="ignore"):  # NaN is found and named where it matters
            numbers = values.astype(np.float64) / scale
        return np.maximum(numbers, -1.0) if scale != 1 else numbers

    def _with_sparse(self, index: int, sparse: dict, values: np.ndarray) -> np.ndarray:
        """The values with those replaced that the sparse part lists."""
        count, places, others = sparse["count"], sparse["indices"], sparse["values"]
        kind = np.dtype(_COMPONENTS[places["componentType"]])
        if not 0 < count <= len(values) or kind.kind != "u":
            raise MotionError(f"accessor {index} has a damaged sparse part")
        rows = self._view(index, places["bufferView"], places.get("byteOffset", 0), kind, count, 1)[:, 0]
        if rows.max() >= len(values):
            raise MotionError(f"accessor {index} has a damaged sparse part")
        values = values.copy()
        width = values.shape[1]
        values[rows] = self._view(index, others["bufferView"], others.get("byteOffset", 0), values.dtype, count, width)
        return values

    def _view(self, index: int, view: int, first: int, dtype: np.dtype, count: int, width: int) -> np.ndarray:
        view = self.items("bufferViews")[view]
        for name in _PACKED:
            if name in (view.get("extensions") or {}):
                raise MotionError(
                    f"packed with the glTF extension {name}, which is not read; unpack it with the free gltfpack: "
                    "gltfpack -noq -kn -i packed.glb -o plain.glb"
                )
        stride = view.get("byteStride") or dtype.itemsize * width
        start = view.get("byteOffset", 0)
        block = self._buffer(view["buffer"])[start : start + view["byteLength"]]
        size = dtype.itemsize * width
        if min(first, start) < 0 or stride < size or first + (count - 1) * stride + size > len(block):
            raise MotionError(f"accessor {index} reaches beyond its buffer; the file is cut")
        return np.ndarray((count, width), dtype, block, first, (stride, dtype.itemsize))

    def _buffer(self, index: int) -> bytes:
        if index not in self._buffers:
            uri = self.items("buffers")[index].get("uri")
            if uri is None:
                content = self._binary
            elif uri.startswith("data:") and "base64," in uri:
                try:
                    content = base64.b64decode(uri.split("base64,", 1)[1], validate=True)
                except binascii.Error:
                    raise MotionError("a buffer of the glTF is not base64") from None
            else:
                content = self._beside(uri)
            if content is None:
                raise MotionError("the GLB has no binary part; the file is cut")
            self._buffers[index] = content
        return self._buffers[index]

    def _beside(self, uri: str) -> bytes:
        """The bytes of a .bin file beside the .gltf: a name without a scheme, that stays in or below its folder."""
        name = urllib.parse.unquote(uri)
        place = Path(name)
        if self._folder is None or ":" in name or place.is_absolute() or ".." in place.parts:
            raise MotionError(f"the glTF keeps its data in {uri[:60]!r}, which is not beside it; export as .glb")
        try:
            return read_user_bytes(self._folder / place, _MAX_BUFFER_BYTES)
        except UserFileError as error:
            raise MotionError(f"its data is missing: {error}; keep both files together, or export as .glb") from None


def _chunks(data: bytes) -> tuple[bytes, bytes | None]:
    """The JSON and the binary part of a GLB."""
    if len(data) < 20 or struct.unpack_from("<I", data, 8)[0] > len(data):
        raise MotionError("the GLB is shorter than it says; the file is cut")
    if struct.unpack_from("<I", data, 4)[0] != 2:
        raise MotionError(f"GLB of version {struct.unpack_from('<I', data, 4)[0]}, read is 2; {_PLAIN}")
    found: dict[bytes, bytes] = {}
    place = 12
    while place + 8 <= len(data):
        size, kind = struct.unpack_from("<I4s", data, place)
        if place + 8 + size > len(data):
            raise MotionError("a part of the GLB is shorter than it says; the file is cut")
        found.setdefault(kind, data[place + 8 : place + 8 + size])
        place += 8 + size
    if b"JSON" not in found:
        raise MotionError("the GLB has no JSON part; the file is damaged")
    return found[b"JSON"], found.get(b"BIN\0")
