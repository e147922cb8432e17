"""The 22-joint SMPL skeleton: names, hierarchy and our own rest pose.

The rest pose is a T-pose in metres, y up, facing +z, left arm along +x. Its bone lengths are the mean of the 36 CMU
subjects whose bones were measured, made symmetric; nothing here comes from SMPL's own (licensed) files.
"""

from dataclasses import dataclass, field

import torch
from torch import Tensor

JOINT_NAMES: tuple[str, ...] = (
    "pelvis", "left_hip", "right_hip", "spine1", "left_knee", "right_knee", "spine2", "left_ankle", "right_ankle",
    "spine3", "left_foot", "right_foot", "neck", "left_collar", "right_collar", "head", "left_shoulder",
    "right_shoulder", "left_elbow", "right_elbow", "left_wrist", "right_wrist",
)  # fmt: skip
PARENTS: tuple[int, ...] = (-1, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 12, 13, 14, 16, 17, 18, 19)
NUM_JOINTS = len(JOINT_NAMES)
JOINT_INDEX: dict[str, int] = {name: index for index, name in enumerate(JOINT_NAMES)}

#: Which joint each joint becomes when the body is seen in a mirror.
MIRROR_JOINTS: tuple[int, ...] = tuple(
    JOINT_INDEX[name.replace("left", "right") if "left" in name else name.replace("right", "left")]
    for name in JOINT_NAMES
)

# The rest pose: offset of each joint from its parent, metres. Right-hand joints mirror the left ones.
_REST_OFFSETS: dict[str, tuple[float, float, float]] = {
    "pelvis": (0.0, 0.0, 0.0),
    "left_hip": (0.0868, -0.0995, 0.0409),
    "spine1": (0.0, 0.1153, -0.0090),
    "left_knee": (0.0, -0.4029, 0.0),
    "spine2": (0.0, 0.1163, 0.0),
    "left_ankle": (0.0, -0.4350, 0.0),
    "spine3": (0.0, 0.1161, 0.0013),
    "left_foot": (0.0083, -0.0281, 0.1161),
    "neck": (0.0, 0.0969, 0.0039),
    "left_collar": (0.0732, 0.0274, -0.0058),
    "head": (0.0, 0.0949, -0.0108),
    "left_shoulder": (0.1087, 0.0365, -0.0070),
    "left_elbow": (0.2944, 0.0, 0.0),
    "left_wrist": (0.2806, 0.0, 0.0),
}


@dataclass(frozen=True, eq=False)
class Skeleton:
    """Bone offsets of a 22-joint body in its T-pose.

    Args:
        offsets: (22, 3) metres, each joint from its parent; row 0 (the pelvis) is zero.
        name: shown in messages and file headers.
    """

    offsets: Tensor
    name: str = "custom"
    parents: tuple[int, ...] = field(default=PARENTS, init=False)

    def __post_init__(self) -> None:
        offsets = torch.as_tensor(self.offsets, dtype=torch.float32)
        if offsets.shape != (NUM_JOINTS, 3):
            raise ValueError(
                f"skeleton {self.name!r}: offsets have shape {tuple(offsets.shape)}, expected ({NUM_JOINTS}, 3)"
            )
        if not torch.isfinite(offsets).all():
            raise ValueError(f"skeleton {self.name!r}: offsets hold NaN or infinity; re-export the rest pose")
        if offsets[0].abs().max() > 0:
            raise ValueError(f"skeleton {self.name!r}: the pelvis' offset must be zero; its place is the translation's")
        object.__setattr__(self, "offsets", offsets)

    @property
    def leg_length(self) -> float:
        """Hip to ankle, mean of both legs, metres. Translations scale by its ratio between two bodies."""
        lengths = self.offsets.norm(dim=-1)
        legs = [JOINT_INDEX[f"{side}_{joint}"] for side in ("left", "right") for joint in ("knee", "ankle")]
        return float(lengths[legs].sum() / 2)

    def rest_joints(self) -> Tensor:
        """Joint positions of the T-pose with the pelvis at the origin: (22, 3) metres."""
        positions = [self.offsets[0]]
        for joint in range(1, NUM_JOINTS):
            positions.append(positions[self.parents[joint]] + self.offsets[joint])
        return torch.stack(positions)


def _canonical_skeleton() -> Skeleton:
    rows = []
    for name in JOINT_NAMES:
        x, y, z = _REST_OFFSETS[name.replace("right", "left")]
        rows.append((-x if name.startswith("right") else x, y, z))
    return Skeleton(torch.tensor(rows), name="canonical")


#: The one skeleton that models are trained on: an adult of about 1.7 m.
CANONICAL_SKELETON = _canonical_skeleton()
