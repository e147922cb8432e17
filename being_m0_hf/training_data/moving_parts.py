"""Which parts of the body an action moves: those of the arms alone can be done while the body does something else."""

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor

from ..motion import Motion
from ..motion.body_parts import ARMS
from ..motion.skeleton import JOINT_INDEX

#: Metres that a wrist goes about the chest, or an ankle about the pelvis, where the arm or the legs take part.
ARM_MOVES, LEGS_MOVE = 0.25, 0.2
#: Metres that the pelvis goes where the body takes part.
BODY_MOVES = 0.25


def arms_of(clips: Iterable[Tensor]) -> tuple[str, ...]:
    """The arms that do an action: ("right_arm",), ("left_arm",), both; () where the body does it, or nothing moves.

    Args:
        clips: motions (frames, 135) of the action.
    """
    spans = [_spans(features) for features in clips]
    if not spans:
        return ()
    left, right, legs, body = torch.stack(spans).median(dim=0).values.tolist()
    if legs > LEGS_MOVE or body > BODY_MOVES:
        return ()
    found = [name for name, span in zip(ARMS, (left, right), strict=True) if span > ARM_MOVES]
    if len(found) == 2 and min(left, right) < 0.4 * max(left, right):
        found = [ARMS[0] if left > right else ARMS[1]]
    return tuple(found)


def _spans(features: Tensor) -> Tensor:
    """(4,) metres: how far left and right wrist, ankles and pelvis go."""
    joints = Motion.from_d135(features).joints()
    wrists = [_span(joints, f"{side}_wrist", "spine3") for side in ("left", "right")]
    legs = max(_span(joints, f"{side}_ankle", "pelvis") for side in ("left", "right"))
    pelvis = joints[:, JOINT_INDEX["pelvis"]]
    return torch.tensor([*wrists, legs, float((pelvis.amax(dim=0) - pelvis.amin(dim=0)).norm())])


def _span(joints: Tensor, joint: str, about: str) -> float:
    path = joints[:, JOINT_INDEX[joint]] - joints[:, JOINT_INDEX[about]]
    return float((path.amax(dim=0) - path.amin(dim=0)).norm())


def rows_of(rows: Sequence[dict], action: str, most: int = 6) -> list[int]:
    """Some samples of an action that are neither mirrored nor sequences, spread over all of them."""
    own = [index for index, row in enumerate(rows) if row["action"] == action and row["kind"] != "sequence"]
    own = [index for index in own if not rows[index]["mirrored"]]
    return own[:: max(1, len(own) // most)][:most]
