"""What checks and measures look at: heights, angles and ground paths of a moving body, in one place, at 20 fps."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from .curves import runs
from .motion import MODEL_FPS, Motion
from .skeleton import JOINT_INDEX

SIDES = ("left", "right")


@dataclass(frozen=True, eq=False)
class BodyTrack:
    """Numbers of a motion as arrays over its T frames: metres, seconds, degrees; y up, left = the body's left.

    Args:
        motion: any length, fps and bones; it is resampled to 20 fps and turned to start facing +z.
    """

    motion: Motion

    @cached_property
    def clip(self) -> Motion:
        return self.motion.resample(MODEL_FPS).canonicalized()

    @property
    def fps(self) -> float:
        return MODEL_FPS

    @property
    def seconds(self) -> float:
        return len(self.joints) / self.fps

    @cached_property
    def joints(self) -> NDArray:
        """(T, 22, 3) world positions."""
        return self.clip.joints().double().numpy()

    def joint(self, name: str) -> NDArray:
        """(T, 3) world position of a joint."""
        return self.joints[:, JOINT_INDEX[name]]

    @cached_property
    def standing_pelvis(self) -> float:
        """Height of the pelvis above the lowest toe when these bones stand straight."""
        rest = self.clip.skeleton.rest_joints()
        return float(rest[0, 1] - rest[:, 1].min())

    @cached_property
    def floor(self) -> float:
        """Height of the lower foot while on the ground: a low percentile, for single bad frames must not count."""
        return float(np.percentile(self._foot_lows.min(axis=1), 5))

    @cached_property
    def _foot_lows(self) -> NDArray:
        """(T, 2) height of the lower of ankle and toe, left and right."""
        return np.stack(
            [np.minimum(self.joint(f"{side}_ankle")[:, 1], self.joint(f"{side}_foot")[:, 1]) for side in SIDES], axis=1
        )

    @cached_property
    def foot_height(self) -> NDArray:
        """(T, 2) clearance of the left and the right foot above the floor level of this clip."""
        return self._foot_lows - self.floor

    @cached_property
    def pelvis_height(self) -> NDArray:
        """(T,) height of the pelvis above the floor level of this clip, as a share of its height when standing."""
        return (self.joint("pelvis")[:, 1] - self.floor) / self.standing_pelvis

    @property
    def pelvis_rise(self) -> float:
        """How far the pelvis gets above its usual height, metres."""
        height = self.joint("pelvis")[:, 1]
        return float(height.max() - np.median(height))

    @cached_property
    def heading(self) -> NDArray:
        """(T,) degrees the body has turned since the first frame, unwrapped; positive = to its left."""
        return np.degrees(smoothed(np.unwrap(self.clip.heading().double().numpy()), round(0.25 * self.fps)))

    def to_body_frame(self, vectors: NDArray) -> NDArray:
        """World vectors (T, 3) -> (T, 3) = (left, up, forward) of the facing direction."""
        angle = np.radians(self.heading)
        sin, cos = np.sin(angle), np.cos(angle)
        x, y, z = vectors.T
        return np.stack((cos * x - sin * z, y, sin * x + cos * z), axis=1)

    def relative(self, joint: str, origin: str) -> NDArray:
        """(T, 3) position of a joint seen from another one, as (left, up, forward) of the facing direction."""
        return self.to_body_frame(self.joint(joint) - self.joint(origin))

    @cached_property
    def ground_path(self) -> NDArray:
        """(T, 2) = (x, z) of the pelvis, without the sway of single steps."""
        return smoothed(self.joint("pelvis")[:, [0, 2]], round(0.4 * self.fps))

    @cached_property
    def ground_velocity(self) -> NDArray:
        """(T, 2) m/s of the pelvis to its left and forward."""
        velocity = np.gradient(self.ground_path, axis=0) * self.fps
        world = np.stack((velocity[:, 0], np.zeros(len(velocity)), velocity[:, 1]), axis=1)
        return self.to_body_frame(world)[:, [0, 2]]

    @property
    def ground_speed(self) -> NDArray:
        """(T,) m/s."""
        return np.linalg.norm(self.ground_velocity, axis=1)

    @property
    def running_speed(self) -> float:
        """m/s that the body exceeds for a fifth of the time: short clips hold starts and stops."""
        return float(np.percentile(self.ground_speed, 80))

    @property
    def forward_distance(self) -> float:
        """Metres gone in the facing direction, backward steps subtracted."""
        return float(self.ground_velocity[:, 1].sum() / self.fps)

    @property
    def left_distance(self) -> float:
        """Metres gone to the body's left."""
        return float(self.ground_velocity[:, 0].sum() / self.fps)

    @property
    def path_length(self) -> float:
        return float(self.ground_speed.sum() / self.fps)

    @property
    def displacement(self) -> float:
        """Metres between the first and the last place."""
        return float(np.linalg.norm(self.ground_path[-1] - self.ground_path[0]))

    @property
    def turn(self) -> float:
        """Degrees between first and last facing direction, whole turns included; positive = to the left."""
        return float(self.heading[-1] - self.heading[0])

    @cached_property
    def torso_pitch(self) -> NDArray:
        """(T,) degrees the trunk (pelvis to neck) leans forward from upright; negative = backward."""
        _, up, forward = self.relative("neck", "pelvis").T
        return np.degrees(np.arctan2(forward, up))

    def wrist_above_shoulder(self, side: str) -> NDArray:
        """(T,) metres."""
        return self.relative(f"{side}_wrist", f"{side}_shoulder")[:, 1]

    def thigh_angle(self, side: str) -> NDArray:
        """(T,) degrees between the thigh and straight down: 0 = standing, 90 = level."""
        thigh = self.joint(f"{side}_knee") - self.joint(f"{side}_hip")
        return np.degrees(np.arccos(np.clip(-thigh[:, 1] / np.linalg.norm(thigh, axis=1), -1, 1)))

    def knee_bend(self, side: str) -> NDArray:
        """(T,) degrees between thigh and shin: 0 = straight leg."""
        thigh = self.joint(f"{side}_knee") - self.joint(f"{side}_hip")
        shin = self.joint(f"{side}_ankle") - self.joint(f"{side}_knee")
        cosine = (thigh * shin).sum(1) / (np.linalg.norm(thigh, axis=1) * np.linalg.norm(shin, axis=1))
        return np.degrees(np.arccos(np.clip(cosine, -1, 1)))

    def reach(self, side: str) -> NDArray:
        """(T,) distance from shoulder to wrist as a share of the arm's length: 1 = straight arm."""
        arm = self.joint(f"{side}_wrist") - self.joint(f"{side}_shoulder")
        bones = self.clip.skeleton.offsets[[JOINT_INDEX[f"{side}_elbow"], JOINT_INDEX[f"{side}_wrist"]]]
        return np.linalg.norm(arm, axis=1) / float(bones.norm(dim=1).sum())

    def speed(self, joint: str, origin: str | None = None) -> NDArray:
        """(T,) m/s of a joint in the world, or as seen from another joint in the facing direction."""
        track = self.joint(joint) if origin is None else self.relative(joint, origin)
        return np.linalg.norm(np.gradient(track, axis=0), axis=1) * self.fps

    def duration(self, condition: NDArray) -> float:
        """Seconds for which a condition (T,) holds, over the whole clip."""
        return float(condition.sum() / self.fps)

    def longest(self, condition: NDArray) -> float:
        """Seconds of the longest unbroken stretch for which a condition (T,) holds."""
        return max((stop - start for start, stop in runs(condition)), default=0) / self.fps


def smoothed(values: NDArray, frames: int) -> NDArray:
    """Moving average over about ``frames`` frames of (T,) or (T, D); the ends are averages of fewer frames."""
    half = min(frames // 2, (len(values) - 1) // 2)
    if half < 1:
        return values
    padded = np.concatenate((np.zeros_like(values[:1]), np.cumsum(values, axis=0)))
    index = np.arange(len(values))
    reach = np.minimum(half, np.minimum(index, len(values) - 1 - index))
    total = padded[index + reach + 1] - padded[index - reach]
    count = 2 * reach + 1
    return total / (count if values.ndim == 1 else count[:, None])


def reversals(values: NDArray, amplitude: float) -> int:
    """How often a signal (T,) turns back after it moved by at least ``amplitude``."""
    count, direction = 0, 0
    extreme = values[0] if len(values) else 0.0
    for value in values:
        if direction >= 0 and value > extreme or direction <= 0 and value < extreme:
            if direction == 0 and abs(value - extreme) >= amplitude:
                direction, extreme = (1 if value > extreme else -1), value
            elif direction != 0:
                extreme = value
        elif direction != 0 and abs(value - extreme) >= amplitude:
            count, direction, extreme = count + 1, -direction, value
    return count
