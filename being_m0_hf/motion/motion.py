"""``Motion``: the one type that data, models, exports, evaluation and the Space pass around."""

from dataclasses import dataclass, field, replace

import roma
import torch
from torch import Tensor

from ..utils.errors import MotionError
from .features import D135_SIZE, decode_d135, encode_d135
from .kinematics import forward_kinematics
from .rotations import heading_angle, resample_rotations, rotate_ground, yaw_quaternion
from .skeleton import CANONICAL_SKELETON, MIRROR_JOINTS, NUM_JOINTS, Skeleton

MODEL_FPS = 20.0
MIN_FRAMES = 4
MIN_FPS, MAX_FPS = 1.0, 1000.0
MAX_DISTANCE = 10_000.0  # m from the origin; beyond, float32 no longer holds a millimetre
MAX_ROOT_SPEED = 25.0  # m/s; the fastest sprinters reach 12.4


@dataclass(frozen=True, eq=False)
class Motion:
    """A clip of human motion on the 22-joint SMPL skeleton.

    Args:
        rotations: (T, 22, 4) unit quaternions (x, y, z, w), each joint relative to its parent and to the T-pose.
        translation: (T, 3) world position of the pelvis in metres, y up.
        fps: frames per second.
        skeleton: the body's bones; the canonical one by default.
        text: what the motion shows, when known.
        source: where it is from, where that should be said: a written action that is shown in place of what a model
            makes.
        doubt: what it lacks by far of what it was asked to be, where that was measured.

    Raises:
        MotionError: wrong shapes, fewer than 4 frames, NaN, non-unit rotations, or an absurd place or speed.
    """

    rotations: Tensor
    translation: Tensor
    fps: float = MODEL_FPS
    skeleton: Skeleton = field(default=CANONICAL_SKELETON)
    text: str | None = None
    source: str | None = None
    doubt: str | None = None

    def __post_init__(self) -> None:
        rotations = torch.as_tensor(self.rotations, dtype=torch.float32)
        translation = torch.as_tensor(self.translation, dtype=torch.float32)
        frames = rotations.shape[0] if rotations.ndim else 0
        if rotations.shape != (frames, NUM_JOINTS, 4):
            raise MotionError(
                f"rotations have shape {tuple(rotations.shape)}, expected (frames, {NUM_JOINTS}, 4): "
                "one quaternion (x, y, z, w) per SMPL joint"
            )
        if translation.shape != (frames, 3):
            raise MotionError(
                f"translation has shape {tuple(translation.shape)}, expected ({frames}, 3): metres, one row per frame"
            )
        if frames < MIN_FRAMES:
            raise MotionError(f"the motion has {frames} frames, at least {MIN_FRAMES} are needed; give a longer clip")
        if not MIN_FPS <= self.fps <= MAX_FPS:
            raise MotionError(f"fps is {self.fps}, expected {MIN_FPS:g} to {MAX_FPS:g} frames per second")
        if not torch.isfinite(rotations).all() or not torch.isfinite(translation).all():
            bad = ~(torch.isfinite(rotations).flatten(1).all(1) & torch.isfinite(translation).all(1))
            raise MotionError(f"frame {int(bad.nonzero()[0])} holds NaN or infinity; cut or repair it")
        norms = rotations.norm(dim=-1)
        if (norms - 1).abs().max() > 1e-2:
            frame, joint = divmod(int((norms - 1).abs().argmax()), NUM_JOINTS)
            raise MotionError(
                f"rotation of joint {joint} at frame {frame} has length {norms[frame, joint]:.3f}, not 1; "
                "normalise the quaternions"
            )
        if translation.abs().max() > MAX_DISTANCE:
            raise MotionError(
                f"the body is {float(translation.abs().max()):.3g} m from the origin, more than {MAX_DISTANCE:,.0f}; "
                "check that the unit is metres, or move the clip to the origin"
            )
        speed = (translation[1:] - translation[:-1]).norm(dim=-1).max() * self.fps
        if speed > MAX_ROOT_SPEED:
            raise MotionError(
                f"the body moves at {speed:.0f} m/s, more than {MAX_ROOT_SPEED:.0f}; "
                "check that the unit is metres and that fps is right"
            )
        object.__setattr__(self, "rotations", rotations / norms[..., None])
        object.__setattr__(self, "translation", translation)
        object.__setattr__(self, "fps", float(self.fps))

    @property
    def num_frames(self) -> int:
        return self.rotations.shape[0]

    @property
    def seconds(self) -> float:
        return self.num_frames / self.fps

    def joints(self) -> Tensor:
        """World positions of the joints: (T, 22, 3) metres."""
        return self.pose()[0]

    def pose(self) -> tuple[Tensor, Tensor]:
        """World positions (T, 22, 3) in metres and global rotation matrices (T, 22, 3, 3)."""
        return forward_kinematics(roma.unitquat_to_rotmat(self.rotations), self.translation, self.skeleton.offsets)

    def heading(self) -> Tensor:
        """(T,) facing direction in radians: 0 is +z, positive turns to the body's left."""
        return heading_angle(self.rotations[:, 0])

    def replace(self, **changes) -> "Motion":
        """A copy with some fields changed, validated again."""
        return replace(self, **changes)

    def canonicalized(self) -> "Motion":
        """The same motion, turned to face +z at frame 0 and moved to start above the origin. Height is kept."""
        turn = -self.heading()[0]
        return self.moved(turn, torch.zeros(2))

    def moved(self, turn: Tensor | float, position: Tensor) -> "Motion":
        """The motion turned about y by ``turn`` radians, its root starting at ``position`` = (x, z) on the floor."""
        turn = torch.as_tensor(turn, dtype=torch.float32)
        rotations = self.rotations.clone()
        rotations[:, 0] = roma.quat_product(yaw_quaternion(turn).expand(self.num_frames, 4), rotations[:, 0])
        ground = self.translation[:, [0, 2]] - self.translation[0, [0, 2]]
        ground = rotate_ground(ground, turn.expand(self.num_frames)) + position
        translation = torch.stack((ground[:, 0], self.translation[:, 1], ground[:, 1]), dim=-1)
        return self.replace(rotations=rotations, translation=translation)

    def resample(self, fps: float) -> "Motion":
        """The same motion at another frame rate: rotations by slerp, translation linearly. The first frame is kept.

        A clip too short for 4 frames at the new rate keeps its last frame until there are 4.

        Raises:
            MotionError: the rate is not 1 to 1000.
        """
        if not MIN_FPS <= fps <= MAX_FPS:
            raise MotionError(f"fps is {fps}, expected {MIN_FPS:g} to {MAX_FPS:g} frames per second")
        if fps == self.fps:
            return self
        frames = max(MIN_FRAMES, int((self.num_frames - 1) * fps / self.fps + 1e-6) + 1)
        times = (torch.arange(frames, dtype=torch.float64) * (self.fps / fps)).clamp(max=self.num_frames - 1)
        start = times.floor().long().clamp(max=self.num_frames - 2)
        weight = (times - start)[:, None].float()
        translation = self.translation[start] * (1 - weight) + self.translation[start + 1] * weight
        rotations = resample_rotations(self.rotations, times)
        return self.replace(rotations=rotations, translation=translation, fps=fps)

    def mirrored(self) -> "Motion":
        """Left and right exchanged (reflection in the x = 0 plane). The text is dropped: mirror it yourself."""
        flip = torch.tensor([1.0, -1.0, -1.0, 1.0])
        rotations = self.rotations[:, list(MIRROR_JOINTS)] * flip
        offsets = self.skeleton.offsets[list(MIRROR_JOINTS)] * torch.tensor([-1.0, 1.0, 1.0])
        skeleton = self.skeleton if torch.allclose(offsets, self.skeleton.offsets) else Skeleton(offsets, "mirrored")
        translation = self.translation * torch.tensor([-1.0, 1.0, 1.0])
        return self.replace(rotations=rotations, translation=translation, skeleton=skeleton, text=None)

    def on_skeleton(self, skeleton: Skeleton) -> "Motion":
        """The same rotations on other bones, translation scaled by the ratio of leg lengths."""
        scale = skeleton.leg_length / self.skeleton.leg_length
        return self.replace(translation=self.translation * scale, skeleton=skeleton)

    def crop(self, start: int, stop: int) -> "Motion":
        """Frames ``start`` to ``stop`` (exclusive)."""
        return self.replace(rotations=self.rotations[start:stop], translation=self.translation[start:stop])

    def to_d135(self) -> Tensor:
        """SMPL-D135 features (T, 135) of the canonicalized motion, at this motion's own frame rate."""
        start = self.canonicalized()
        return encode_d135(start.rotations, start.translation)

    @classmethod
    def from_d135(
        cls, features: Tensor, fps: float = MODEL_FPS, skeleton: Skeleton = CANONICAL_SKELETON, text: str | None = None
    ) -> "Motion":
        """The motion behind (T, 135) features; it starts above the origin facing +z."""
        if features.ndim != 2 or features.shape[1] != D135_SIZE:
            raise MotionError(f"features have shape {tuple(features.shape)}, expected (frames, {D135_SIZE})")
        rotations, translation = decode_d135(features.float())
        return cls(rotations, translation, fps, skeleton, text)
