"""A body over time as arrays that are edited in place, and back to a ``Motion``."""

from dataclasses import dataclass

import numpy as np
import roma
import torch
from numpy.typing import NDArray

from ...motion import CANONICAL_SKELETON, JOINT_INDEX, MODEL_FPS, NUM_JOINTS, Motion, forward_kinematics
from . import turns

OFFSETS = CANONICAL_SKELETON.offsets.double().numpy()
#: x of a side, seen from the body.
SIGN = {"left": 1.0, "right": -1.0}
SPINE = {"spine1": 0.3, "spine2": 0.35, "spine3": 0.35}
NECK = {"neck": 0.45, "head": 0.55}


@dataclass(eq=False)
class Pose:
    """World positions (T, 22, 3) in metres and global rotations (T, 22, 3, 3)."""

    positions: NDArray
    rotations: NDArray

    def point(self, joint: str) -> NDArray:
        return self.positions[:, JOINT_INDEX[joint]]

    def axes(self, joint: str) -> NDArray:
        return self.rotations[:, JOINT_INDEX[joint]]

    def fixed(self, joint: str, offset: NDArray | tuple[float, ...]) -> NDArray:
        """(T, 3) a point that a joint carries, ``offset`` metres off it in its own axes."""
        return self.point(joint) + turns.apply(self.axes(joint), offset)


@dataclass(eq=False)
class Body:
    """Local rotations (T, 22, 3, 3) and the pelvis' path (T, 3), at 20 frames a second."""

    local: NDArray
    path: NDArray

    @classmethod
    def of(cls, motion: Motion) -> "Body":
        local = roma.unitquat_to_rotmat(motion.rotations.double()).numpy()
        return cls(local, motion.translation.double().numpy().copy())

    def copy(self) -> "Body":
        return Body(self.local.copy(), self.path.copy())

    def __len__(self) -> int:
        return len(self.path)

    def motion(self, text: str | None = None) -> Motion:
        """The body's motion, each quaternion on the side of the one before it."""
        flat = torch.from_numpy(np.ascontiguousarray(self.local.reshape(-1, 3, 3)))
        quaternions = roma.rotmat_to_unitquat(flat).numpy().reshape(len(self), NUM_JOINTS, 4)
        flips = np.where((quaternions[1:] * quaternions[:-1]).sum(-1) < 0, -1.0, 1.0)
        quaternions[1:] *= np.cumprod(flips, axis=0)[..., None]
        return Motion(torch.from_numpy(quaternions), torch.from_numpy(self.path), MODEL_FPS, text=text)

    def pose(self) -> Pose:
        """Forward kinematics."""
        positions, rotations = forward_kinematics(
            torch.from_numpy(self.local), torch.from_numpy(self.path), torch.from_numpy(OFFSETS)
        )
        return Pose(positions.numpy(), rotations.numpy())

    def turn(self, joint: str, rotations: NDArray) -> None:
        """Turn a joint by (T, 3, 3), given in the axes of its parent."""
        self.local[:, JOINT_INDEX[joint]] = rotations @ self.local[:, JOINT_INDEX[joint]]

    def bend(self, angles: dict[str, NDArray], joints: dict[str, float]) -> None:
        """Bend a chain by {lean, roll, twist} degrees: each joint takes its share, so that it curves and does not
        break at one place.
        """
        for joint, share in joints.items():
            self.turn(joint, turns.bend(*(share * angles.get(name, np.zeros(1)) for name in ("lean", "roll", "twist"))))

    def raise_collar(self, side: str, up: NDArray, forward: NDArray | float = 0.0) -> None:
        """Lift a shoulder blade and bring it forward, degrees."""
        ahead = turns.about(turns.Y, -SIGN[side] * (forward + np.zeros(len(self))))
        self.turn(f"{side}_collar", ahead @ turns.about(turns.Z, SIGN[side] * up))
