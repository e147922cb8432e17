"""The container of a binary glTF: arrays in one buffer, and the two chunks of the file.

glTF 2.0 specification: https://registry.khronos.org/glTF/specs/2.0/glTF-2.0.html
"""

import json
import struct

import numpy as np

_FLOAT, _UNSIGNED_BYTE, _UNSIGNED_SHORT, _UNSIGNED_INT = 5126, 5121, 5123, 5125
_COMPONENTS = {np.dtype("<f4"): _FLOAT, np.dtype("u1"): _UNSIGNED_BYTE, np.dtype("<u2"): _UNSIGNED_SHORT,
               np.dtype("<u4"): _UNSIGNED_INT}  # fmt: skip
_TYPES = {(): "SCALAR", (3,): "VEC3", (4,): "VEC4", (4, 4): "MAT4"}
#: What a buffer view is for: of vertices, of indices.
VERTICES, ELEMENTS = 34962, 34963


class GlbBuffer:
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


def glb_bytes(document: dict, binary: bytes) -> bytes:
    """The file: header, JSON chunk (padded with spaces) and binary chunk (already a multiple of four)."""
    text = json.dumps(document, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    size = 12 + 8 + len(text) + 8 + len(binary)
    header = struct.pack("<4sII", b"glTF", 2, size)
    return header + struct.pack("<I4s", len(text), b"JSON") + text + struct.pack("<I4s", len(binary), b"BIN\0") + binary
