"""Which task tokens tell what, and how many numbers each group of them becomes."""

from dataclasses import dataclass


@dataclass(frozen=True)
class TaskHead:
    """A group of task tokens that one linear layer reads.

    Args:
        start, stop: its tokens.
        numbers: what it becomes: 6 a rotation, 3 a camera, or coefficients.
    """

    start: int
    stop: int
    numbers: int

    @property
    def tokens(self) -> slice:
        return slice(self.start, self.stop)

    @property
    def number_of_tokens(self) -> int:
        return self.stop - self.start


BODY_HEADS = {
    "root": TaskHead(0, 1, 6),
    "body": TaskHead(1, 22, 21 * 6),
    "betas": TaskHead(22, 32, 10),
    "camera": TaskHead(32, 33, 3),
}
#: Left before right.
HAND_AND_FACE_HEADS = {
    "hand_roots": TaskHead(33, 35, 2 * 6),
    "hands": TaskHead(35, 65, 2 * 15 * 6),
    "hand_cameras": TaskHead(65, 67, 2 * 3),
    "face_root": TaskHead(67, 68, 6),
    "expression": TaskHead(68, 78, 10),
    "jaw": TaskHead(78, 79, 6),
    "face_camera": TaskHead(79, 80, 3),
}


def task_heads(body_only: bool) -> dict[str, TaskHead]:
    """Heads by name."""
    return BODY_HEADS if body_only else BODY_HEADS | HAND_AND_FACE_HEADS


def number_of_tokens(body_only: bool) -> int:
    """Task tokens in all."""
    return max(head.stop for head in task_heads(body_only).values())


__all__ = ["BODY_HEADS", "HAND_AND_FACE_HEADS", "TaskHead", "number_of_tokens", "task_heads"]
