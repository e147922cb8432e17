"""The objects of an FBX and what belongs to what."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from .binary import Node, node, object_name


@dataclass
class Scene:
    """Objects of a file and how they hang together.

    Args:
        objects: the records of ``Objects``.
        connections: the records of ``Connections``.
    """

    objects: list[Node] = field(default_factory=list)
    connections: list[Node] = field(default_factory=list)
    _ids: Iterator[int] = field(default_factory=lambda: itertools.count(1_000_001))

    def add(self, record: str, name: str, kind: str, sort: str, *below: Node, under=(), to: str = "") -> np.int64:
        """Add an object; returns its number.

        Args:
            record: the name of its record.
            name, kind, sort: the object's name, class and subclass.
            below: its content.
            under: numbers of the objects that it belongs to; 0 is the scene.
            to: the property of those that it drives.
        """
        number = np.int64(next(self._ids))
        self.objects.append(node(record, number, object_name(name, kind), sort, below=below))
        for parent in under:
            self.connect(number, parent, to)
        return number

    def connect(self, number: np.int64, parent: int, to: str = "") -> None:
        """The object belongs to the parent, or drives its property ``to``."""
        values = ("OP", number, np.int64(parent), to) if to else ("OO", number, np.int64(parent))
        self.connections.append(node("C", *values))


def properties(*rows: tuple) -> Node:
    """The record of an object's named properties; each row is a name, two kinds, a flag, and values."""
    return node("Properties70", below=[node("P", *row) for row in rows])
