"""Errors of vertices and joints as SMPLest-X and SMPLer-X report them.

MPVPE is the mean distance of vertices: of all of them where the pelvis is put in its place, of hands by their wrists
(the mean of both), of the face by the neck. PA-MPVPE aligns by Procrustes with scale. MPE is the mean over data sets of
each one's primary error.
"""

from collections.abc import Mapping

import torch
from torch import Tensor

from ...bodies import Body
from ...motion import JOINT_INDEX
from ..metrics.pose_error import mpjpe, pa_mpjpe

#: The 14 body joints of MPJPE.
LSP_JOINTS = tuple(
    JOINT_INDEX[name]
    for name in (
        "right_ankle", "right_knee", "right_hip", "left_hip", "left_knee", "left_ankle", "right_wrist", "right_elbow",
        "right_shoulder", "left_shoulder", "left_elbow", "left_wrist", "neck", "head",
    )
)  # fmt: skip
PELVIS, NECK, HEAD = JOINT_INDEX["pelvis"], JOINT_INDEX["neck"], JOINT_INDEX["head"]
HANDS = JOINT_INDEX["left_wrist"], JOINT_INDEX["right_wrist"]


def mpvpe(vertices: Tensor, truth: Tensor, anchor: Tensor, true_anchor: Tensor) -> Tensor:
    """Mean distance of vertices (batch, V, 3) after a point of both, (batch, 3), is put in one place; in their unit."""
    return mpjpe(vertices - anchor[:, None], truth - true_anchor[:, None])


def mpjpe14(joints: Tensor, truth: Tensor) -> Tensor:
    """Mean error of the 14 body joints of (batch, 22, 3), about the pelvis."""
    chosen = list(LSP_JOINTS)
    return mpvpe(joints[:, chosen], truth[:, chosen], joints[:, PELVIS], truth[:, PELVIS])


def part_errors(body: Body, ours: tuple[Tensor, Tensor], truth: tuple[Tensor, Tensor]) -> dict[str, float]:
    """MPVPE and PA-MPVPE of all, hands and face, in millimetres.

    Which vertices are a hand or the face is read from what moves them, so that no list of anybody's is needed.

    Args:
        body: whose vertices they are; with the user's SMPL-X files, of that.
        ours, truth: vertices (batch, V, 3) and joints (batch, 22, 3), metres.
    """
    moved_by = body.joint_indices.gather(1, body.joint_weights.argmax(1, keepdim=True))[:, 0]
    everything = torch.ones_like(moved_by, dtype=torch.bool)
    parts = {"all": [(everything, PELVIS)], "hands": [(moved_by == wrist, wrist) for wrist in HANDS]}
    parts["face"] = [(moved_by == HEAD, NECK)]
    errors = {}
    for name, pieces in parts.items():
        plain, aligned = [], []
        for mask, anchor in pieces:
            mine, true = ours[0][:, mask], truth[0][:, mask]
            plain.append(mpvpe(mine, true, ours[1][:, anchor], truth[1][:, anchor]))
            aligned.append(pa_mpjpe(mine, true))
        errors[f"mpvpe_{name}_mm"] = 1000 * float(torch.stack(plain).mean())
        errors[f"pa_mpvpe_{name}_mm"] = 1000 * float(torch.stack(aligned).mean())
    return errors


def mean_primary_error(errors: Mapping[str, float]) -> float:
    """MPE: the mean of each data set's primary error (MPVPE, or MPJPE where a data set has joints alone).

    Raises:
        ValueError: no data set.
    """
    if not errors:
        raise ValueError("there is no data set to take a mean over")
    return sum(errors.values()) / len(errors)
