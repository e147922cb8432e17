"""How the local axes of joints lie where a naming stands for a data set with axes of its own.

LAFAN1's bones lie along their own x, and robot retargeters such as GMR (YanjieZe/GMR, ``ik_configs/bvh_to_g1.json``)
turn each joint by a fixed quaternion on that account: with the right names alone the robot lies down. The axes here are
what those quaternions ask for.
"""

import roma
import torch
from torch import Tensor

from ...motion import CANONICAL_SKELETON, JOINT_INDEX, JOINT_NAMES, NUM_JOINTS, PARENTS

_UP, _LEFT, _AHEAD = torch.eye(3)[1], torch.eye(3)[0], torch.eye(3)[2]
_TRUNK = (_UP, _AHEAD, _LEFT)
_LEG = (-_UP, _AHEAD, -_LEFT)
_TOES = (_AHEAD, _UP, -_LEFT)
_ARMS = {"left": (_LEFT, -_AHEAD, _UP), "right": (-_LEFT, -_AHEAD, -_UP)}


def rest_axes(naming: str) -> Tensor:
    """Orientation of every joint in the T-pose: (22, 4) quaternions x, y, z, w; no turn where a naming has no axes."""
    axes = torch.tensor([0.0, 0.0, 0.0, 1.0]).repeat(NUM_JOINTS, 1)
    if naming != "lafan1":
        return axes
    matrices = torch.stack([torch.stack(_lafan1(name), dim=-1) for name in JOINT_NAMES])
    return roma.rotmat_to_unitquat(matrices)


def with_axes(rotations: Tensor, axes: Tensor) -> Tensor:
    """Local rotations (T, 22, 4) of joints that lie as ``axes`` (22, 4) says, from those of joints without a turn."""
    before, own = _parents_and_own(axes, rotations)
    return roma.quat_product(roma.quat_product(roma.quat_conjugation(before), rotations), own)


def without_axes(rotations: Tensor, axes: Tensor) -> Tensor:
    """The way back of `with_axes`."""
    before, own = _parents_and_own(axes, rotations)
    return roma.quat_product(roma.quat_product(before, rotations), roma.quat_conjugation(own))


def offsets_in_axes(offsets: Tensor, axes: Tensor, back: bool = False) -> Tensor:
    """Offsets (22, 3) from their parents, as these lie; ``back``: from there."""
    turned = [
        roma.quat_action(axes[parent] if back else roma.quat_conjugation(axes[parent]), offset)
        for parent, offset in zip(PARENTS[1:], offsets[1:], strict=True)
    ]
    return torch.stack((offsets[0], *turned))


def _parents_and_own(axes: Tensor, rotations: Tensor) -> tuple[Tensor, Tensor]:
    """How a joint's parent and itself lie, for every frame; the root's parent is the world."""
    axes = axes.to(rotations)
    parents = axes[[max(parent, 0) for parent in PARENTS]]
    parents[0] = axes.new_tensor([0.0, 0.0, 0.0, 1.0])
    return parents.expand_as(rotations), axes.expand_as(rotations)


def _lafan1(name: str) -> tuple[Tensor, Tensor, Tensor]:
    """The directions of a joint's x, y and z in the T-pose."""
    side, _, joint = name.partition("_")
    if joint in ("collar", "shoulder", "elbow", "wrist"):
        return _ARMS[side]
    if joint in ("hip", "knee"):
        return _LEG
    if joint == "foot":
        return _TOES
    if joint == "ankle":  # along the bone to the toes, in the plane in which a leg swings
        ahead = CANONICAL_SKELETON.offsets[JOINT_INDEX[f"{side}_foot"]] * torch.tensor([0.0, 1.0, 1.0])
        along = ahead / ahead.norm()
        return along, torch.linalg.cross(-_LEFT, along), -_LEFT
    return _TRUNK


__all__ = ["offsets_in_axes", "rest_axes", "with_axes", "without_axes"]
