"""The loss of SMPLest-X: L1 of everything that is known about a person, masked by what is not."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from ...motion.skeleton import JOINT_INDEX
from .configuration_smplest_x import SMPLestXConfig

#: Which joints are aligned by which other one, besides the pelvis: an arm by its shoulder, a leg by its hip. With
#: hands and a face it is the hands by their wrists and the face by the neck.
LIMBS = {
    f"{side}_{root}": tuple(f"{side}_{joint}" for joint in chain)
    for side in ("left", "right")
    for root, chain in (("shoulder", ("elbow", "wrist")), ("hip", ("knee", "ankle", "foot")))
}


@dataclass(frozen=True)
class LossWeights:
    """Weights of the parts; see `SMPLestXConfig`."""

    rotation: float = 10.0
    root: float = 1.0
    shape: float = 1.0
    expression: float = 1.0
    joint: float = 100.0
    aligned: float = 100.0
    projection: float = 1.0


def masked_l1(ours: Tensor, truth: Tensor, known: Tensor | None = None) -> Tensor:
    """Mean absolute difference of (batch, ...) over what is known.

    Args:
        known: of the first dimensions of ``ours``, 1 where the truth is known; all of it by default. Nothing known: 0.
    """
    difference = (ours.float() - truth.float()).abs()
    if known is None:
        return difference.mean()
    weight = known.float().reshape(*known.shape, *[1] * (difference.ndim - known.ndim)).expand_as(difference)
    return (difference * weight).sum() / weight.sum().clamp_min(1.0)


def image_pose_loss(ours: dict[str, Tensor], truth: dict[str, Tensor], weights: LossWeights) -> dict[str, Tensor]:
    """Parts of the loss by name, weighted, for whatever both sides have.

    Args:
        ours, truth: of ``root_rotation`` (batch, 3, 3), ``body_rotations`` (batch, 21, 3, 3), ``left_hand`` and
            ``right_hand`` (batch, 15, 3, 3), ``hand_roots`` (batch, 2, 3, 3), ``jaw`` (batch, 3, 3), ``betas`` and
            ``expression`` (batch, 10), ``joints`` (batch, 22, 3) metres about the pelvis, ``keypoints``
            (batch, 22, 2) pixels of the crop. For each of them the truth may have ``known_`` and the name: what of it
            is known.
    """
    pairs = {
        name: (ours[name], truth[name], truth.get(f"known_{name}")) for name in ours if truth.get(name) is not None
    }
    factors = {
        "rotation": ("root_rotation", "body_rotations", "left_hand", "right_hand", "jaw"),
        "root": ("root_rotation", "hand_roots"),
        "shape": ("betas",),
        "expression": ("expression",),
        "joint": ("joints",),
        "projection": ("keypoints",),
    }
    parts = {}
    for part, names in factors.items():
        found = [masked_l1(*pairs[name]) for name in names if name in pairs]
        if found:
            parts[part] = getattr(weights, part) * torch.stack(found).sum()
    if "joints" in pairs:
        parts["aligned"] = weights.aligned * aligned_l1(*pairs["joints"])
    return parts


def aligned_l1(joints: Tensor, truth: Tensor, known: Tensor | None = None) -> Tensor:
    """`masked_l1` of limbs (batch, 22, 3) whose first joint is put in its right place."""
    losses = []
    for root, chain in LIMBS.items():
        first, others = JOINT_INDEX[root], [JOINT_INDEX[name] for name in chain]
        seen = None if known is None else known[:, others] * known[:, first, None]
        ours, wanted = (each[:, others] - each[:, first, None] for each in (joints, truth))
        losses.append(masked_l1(ours, wanted, seen))
    return torch.stack(losses).mean()


def place_loss(logits: Tensor, keypoints: Tensor, known: Tensor | None, config: SMPLestXConfig) -> Tensor:
    """Cross entropy of which patch each joint is in; joints outside the crop do not count.

    Args:
        logits: (batch, patches, 22).
        keypoints: (batch, 22, 2) pixels of the crop.
        known: (batch, 22), 1 where a keypoint is known; all by default.
    """
    rows, columns = config.grid
    column, row = ((keypoints + config.patch_padding) / config.patch_size).floor().long().unbind(-1)
    inside = (column >= 0) & (column < columns) & (row >= 0) & (row < rows)
    if known is not None:
        inside = inside & (known > 0)
    patch = (row * columns + column).masked_fill(~inside, -100)
    entropy = F.cross_entropy(logits.float(), patch, ignore_index=-100, reduction="sum")
    return entropy / inside.sum().clamp_min(1)


__all__ = ["LossWeights", "aligned_l1", "image_pose_loss", "masked_l1", "place_loss"]
