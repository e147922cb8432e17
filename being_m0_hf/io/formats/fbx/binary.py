"""The container of a binary FBX 7.4: nodes with a name, properties and nodes below them.

Autodesk does not publish it. The layout is described in Blender's "FBX binary file format specification"
(https://code.blender.org/2013/08/fbx-binary-file-format-specification/); every offset in it counts from the file's
first byte.
"""

import struct
import zlib
from dataclasses import dataclass

import numpy as np

VERSION = 7400
_MAGIC = b"Kaydara FBX Binary  \x00\x1a\x00"
_NULL_RECORD = bytes(13)
_COMPRESS_FROM = 128  # bytes; below, zlib gains nothing
_ARRAY_CODES = {np.dtype("<f8"): b"d", np.dtype("<f4"): b"f", np.dtype("<i4"): b"i", np.dtype("<i8"): b"l"}
#: Autodesk's readers check that identity, time and end of a file fit together; these three are a set that fits.
FILE_ID = bytes.fromhex("28b32aebb624ccc2bfc8b02aa92bfcf1")
CREATION_TIME = "1970-01-01 10:00:00:000"
_END_ID = bytes.fromhex("fabcab09d0c8d466b176fb831cf7267e")
_END_MAGIC = bytes.fromhex("f85a8c6adef5d97eece90ce3758f290b")
#: Readers expect these to close with an empty record even where nothing is below them.
_OPEN_NODES = ("AnimationStack", "AnimationLayer")


@dataclass(frozen=True)
class Node:
    """One record.

    Args:
        name: of the record.
        values: its properties: ``int`` (32 bits), ``np.int64``, ``float``, ``bool``, ``str``, ``bytes``, or an array of
            float64, float32, int32 or int64.
        below: the records below it.
    """

    name: str
    values: tuple = ()
    below: tuple["Node", ...] = ()


def node(name: str, *values, below=()) -> Node:
    """A ``Node``, written shortly."""
    return Node(name, values, tuple(below))


def object_name(name: str, kind: str) -> bytes:
    """How a binary FBX calls an object: its name, two bytes, its kind."""
    return f"{name}\x00\x01{kind}".encode()


def fbx_bytes(nodes: list[Node]) -> bytes:
    """The file with these records on its highest level."""
    data = bytearray(_MAGIC + struct.pack("<I", VERSION))
    for each in nodes:
        data += _encoded(each, len(data))
    data += _NULL_RECORD + _END_ID + bytes(4)
    data += bytes(16 - len(data) % 16)
    return bytes(data + struct.pack("<I", VERSION) + bytes(120) + _END_MAGIC)


def _encoded(record: Node, start: int) -> bytes:
    name = record.name.encode()
    properties = b"".join(_property(value) for value in record.values)
    place = start + 13 + len(name) + len(properties)
    inner = bytearray()
    for each in record.below:
        inner += _encoded(each, place + len(inner))
    if record.below or not record.values or record.name in _OPEN_NODES:
        inner += _NULL_RECORD
    head = struct.pack("<IIIB", place + len(inner), len(record.values), len(properties), len(name))
    return head + name + properties + bytes(inner)


def _property(value) -> bytes:
    if isinstance(value, np.ndarray):
        return _array(value)
    if isinstance(value, bool):
        return struct.pack("<c?", b"C", value)
    if isinstance(value, np.int64):
        return struct.pack("<cq", b"L", value)
    if isinstance(value, int):
        return struct.pack("<ci", b"I", value)
    if isinstance(value, float):
        return struct.pack("<cd", b"D", value)
    raw = value if isinstance(value, bytes) else value.encode()
    return struct.pack("<cI", b"S", len(raw)) + raw


def raw_property(data: bytes) -> np.ndarray:
    """Bytes that are no text."""
    return np.frombuffer(data, dtype=np.uint8)


def _array(values: np.ndarray) -> bytes:
    raw = values.tobytes()
    if values.dtype == np.uint8:
        return struct.pack("<cI", b"R", len(raw)) + raw
    is_packed = len(raw) >= _COMPRESS_FROM
    stored = zlib.compress(raw) if is_packed else raw
    return _ARRAY_CODES[values.dtype] + struct.pack("<III", values.size, int(is_packed), len(stored)) + stored
