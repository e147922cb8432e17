"""The curves that statements are measured on: positions in the body's own frame, heights, angles."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from being_m0_hf.motion import JOINT_INDEX, MODEL_FPS, Motion

from .curves import average, smooth

SIDES = ("left", "right")
_SOLE = {"ankle": 0.03, "foot": 0.0}  # m the joint rests above the toe joint's own height
_FLOOR_PERCENTILE = 5


@dataclass(frozen=True, eq=False)
class Track:
    """Curves of a motion over its T frames: metres, seconds, degrees, y up, lightly smoothed.

    Args:
        motion: any length, rate and bones; it is resampled to 20 fps.
    """

    motion: Motion

    @cached_property
    def clip(self) -> Motion:
        return self.motion.resample(MODEL_FPS)

    @property
    def fps(self) -> float:
        return MODEL_FPS

    @property
    def frames(self) -> int:
        return self.clip.num_frames

    @property
    def seconds(self) -> float:
        """From the first frame to the last."""
        return (self.frames - 1) / self.fps

    @cached_property
    def joints(self) -> NDArray:
        """(T, 22, 3) world positions."""
        return smooth(self.clip.joints().double().numpy())

    @cached_property
    def heading(self) -> NDArray:
        """(T,) radians, 0 = +z, positive to the left, without jumps."""
        return smooth(np.unwrap(self.clip.heading().double().numpy()))

    def joint(self, name: str) -> NDArray:
        """(T, 3) world position of a joint."""
        return self.joints[:, JOINT_INDEX[name]]

    def own_frame(self, vectors: NDArray) -> NDArray:
        """World vectors (T, 3) as (left, up, forward) of the body at that moment."""
        sin, cos = np.sin(self.heading), np.cos(self.heading)
        x, up, z = vectors.T
        return np.stack((cos * x - sin * z, up, sin * x + cos * z), axis=-1)

    @cached_property
    def velocity(self) -> NDArray:
        """(T, 2) ground velocity of the pelvis, m/s, averaged over about a step."""
        ground = self.joint("pelvis")[:, [0, 2]]
        return np.gradient(average(ground, times=4), axis=0) * self.fps

    @cached_property
    def stand(self) -> float:
        """Height of the pelvis above the floor when these bones stand straight."""
        rest = self.clip.skeleton.rest_joints().double().numpy()
        return float(rest[0, 1] - rest[:, 1].min())

    @cached_property
    def floor(self) -> float:
        """Height of the lower foot while on the ground: a low percentile, for single bad frames must not count."""
        lowest = np.minimum(*(self._lowest_of_foot(side) for side in SIDES))
        return float(np.percentile(lowest, _FLOOR_PERCENTILE))

    def _lowest_of_foot(self, side: str) -> NDArray:
        return np.minimum(*(self.joint(f"{side}_{name}")[:, 1] - _SOLE[name] for name in _SOLE))

    def clearance(self, side: str) -> NDArray:
        """(T,) metres between a foot and the floor."""
        return self._lowest_of_foot(side) - self.floor

    @cached_property
    def pelvis_height(self) -> NDArray:
        """(T,) pelvis above the floor, by its height in a straight stand."""
        return (self.joint("pelvis")[:, 1] - self.floor) / self.stand

    @cached_property
    def trunk(self) -> NDArray:
        """(T, 3) unit vector from the pelvis to the neck in the body's own frame."""
        vector = self.own_frame(self.joint("neck") - self.joint("pelvis"))
        return vector / np.linalg.norm(vector, axis=-1, keepdims=True)

    @cached_property
    def lean(self) -> NDArray:
        """(T,) degrees of the trunk from vertical."""
        return np.degrees(np.arccos(np.clip(self.trunk[:, 1], -1, 1)))

    @cached_property
    def pelvis_tilt(self) -> NDArray:
        """(T,) degrees of the pelvis' own up axis from vertical."""
        x, _, z, _ = self.clip.rotations[:, 0].double().numpy().T
        return np.degrees(np.arccos(np.clip(1 - 2 * (x * x + z * z), -1, 1)))

    @cached_property
    def twist(self) -> NDArray:
        """(T,) degrees by which the shoulders are turned against the hips, positive to the left."""
        hips = (self.joint("left_hip") - self.joint("right_hip"))[:, [0, 2]]
        shoulders = (self.joint("left_shoulder") - self.joint("right_shoulder"))[:, [0, 2]]
        cross = hips[:, 1] * shoulders[:, 0] - hips[:, 0] * shoulders[:, 1]
        return np.degrees(np.arctan2(cross, (hips * shoulders).sum(-1)))

    def arm(self, side: str) -> NDArray:
        """(T, 3) wrist from shoulder as (outward, up, forward)."""
        vector = self.own_frame(self.joint(f"{side}_wrist") - self.joint(f"{side}_shoulder"))
        return vector * ([1, 1, 1] if side == "left" else [-1, 1, 1])

    def elevation(self, side: str) -> NDArray:
        """(T,) degrees of the line from shoulder to wrist: 0 hangs down, 90 is level, 180 points up."""
        outward, up, forward = self.arm(side).T
        return np.degrees(np.arctan2(np.hypot(outward, forward), -up))

    def elbow(self, side: str) -> NDArray:
        """(T,) degrees of bend: 0 is straight."""
        return self._bend(f"{side}_shoulder", f"{side}_elbow", f"{side}_wrist")

    def knee(self, side: str) -> NDArray:
        """(T,) degrees of bend: 0 is straight."""
        return self._bend(f"{side}_hip", f"{side}_knee", f"{side}_ankle")

    def _bend(self, upper: str, middle: str, lower: str) -> NDArray:
        first = self.joint(middle) - self.joint(upper)
        second = self.joint(lower) - self.joint(middle)
        sine = np.linalg.norm(np.cross(first, second), axis=-1)
        return np.degrees(np.arctan2(sine, (first * second).sum(-1)))

    def distance(self, one: str, other: str) -> NDArray:
        """(T,) metres between two joints."""
        return np.linalg.norm(self.joint(one) - self.joint(other), axis=-1)

    def time(self, frame: int) -> float:
        """Seconds of a frame."""
        return frame / self.fps
