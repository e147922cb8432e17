"""Putting what was made into a motion of which the other frames stay the user's own.

What a tokenizer gives back is a few centimetres off. At a seam the made frames take over what the own ones are off from
them in pose and in speed, and lose it within a few frames (inertialization, Bollo 2018): pose and speed go on from the
own ones.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import roma
import torch
from torch import Tensor

from ...motion import Motion
from ...motion.curves import ease
from ...motion.rotations import heading_angle, rotate_ground, slerp, yaw_quaternion

#: Time in which what a seam is off fades away, seconds.
BLEND_SECONDS = 0.6
#: A made piece that ends so near (m, radians, for each second of it and at least once) to where the own motion goes on
#: is led there; otherwise what comes after goes on from where the piece ends.
LED_METRES, LED_ANGLE = 0.25, 0.5


@dataclass(frozen=True)
class Frames:
    """Some frames of a motion, even one: rotations (T, 22, 4) and translation (T, 3)."""

    rotations: Tensor
    translation: Tensor

    @classmethod
    def of(cls, motion: Motion, first: int = 0, last: int | None = None) -> "Frames":
        """Frames ``first`` to ``last`` (exclusive)."""
        return cls(motion.rotations[first:last], motion.translation[first:last])

    def __len__(self) -> int:
        return len(self.rotations)

    def place(self, frame: int) -> tuple[Tensor, Tensor]:
        """Heading, and (x, z) of the root, at a frame."""
        return heading_angle(self.rotations[frame, 0]), self.translation[frame, [0, 2]]

    def placed(self, frame: int, heading: Tensor, ground: Tensor) -> "Frames":
        """Turned and moved on the ground so that this is the place of the root at a frame."""
        own_heading, own_ground = self.place(frame)
        turn = (heading - own_heading).expand(len(self))
        moved = rotate_ground(self.translation[:, [0, 2]] - own_ground, turn) + ground
        return self.turned(turn, moved)

    def turned(self, turn: Tensor, ground: Tensor) -> "Frames":
        """Roots turned by (T,) radians, and put to (T, 2) on the ground."""
        rotations = self.rotations.clone()
        rotations[:, 0] = roma.quat_product(yaw_quaternion(turn), rotations[:, 0])
        return Frames(rotations, torch.stack((ground[:, 0], self.translation[:, 1], ground[:, 1]), dim=-1))

    def changed(self, change: "Change", share: Tensor) -> "Frames":
        """With a share (T,) of a change at each frame."""
        still = torch.tensor([0.0, 0.0, 0.0, 1.0]).expand_as(self.rotations)
        turns = slerp(still, change.turns.expand_as(self.rotations), share[:, None].expand(self.rotations.shape[:2]))
        moved = self.translation + change.way * share[:, None]
        return Frames(roma.quat_product(turns, self.rotations), moved)


@dataclass(frozen=True)
class Change:
    """What leads from one pose to another: turns (22, 4) of the joints, and a way (3,) of the root."""

    turns: Tensor
    way: Tensor

    @classmethod
    def between(cls, first: Frames, frame: int, second: Frames, other: int) -> "Change":
        """From a frame of the first to another of the second."""
        turns = roma.quat_product(second.rotations[other], roma.quat_conjugation(first.rotations[frame]))
        return cls(_short(turns), second.translation[other] - first.translation[frame])

    def since(self, earlier: "Change") -> "Change":
        """What it has grown by since an earlier moment."""
        turns = roma.quat_product(self.turns, roma.quat_conjugation(earlier.turns))
        return Change(_short(turns), self.way - earlier.way)


def _short(turns: Tensor) -> Tensor:
    """The same turns (..., 4) the short way round."""
    return torch.where(turns[..., 3:] < 0, -turns, turns)


def put_in(own: Motion, made: Motion, first: int, last: int, joints: Sequence[int] | None = None) -> Motion:
    """The own motion with frames ``first`` to ``last`` (exclusive) from the made one.

    Args:
        own: of T frames.
        made: whose frames stand for the same moments as those of ``own``, all from 0 on, with a frame at ``last`` where
            ``own`` has one; anywhere on the ground.
        first, last: frames; ``last`` may be beyond the end of ``own``.
        joints: whose local rotations to take, all by default; without joint 0 the own root stays.

    Returns:
        As many frames as ``own``, or ``last`` if that is more. What comes after ``last`` may be elsewhere on the ground
        than before, but is otherwise unchanged.
    """
    before, after, whole = Frames.of(own, 0, first), Frames.of(own, last), Frames.of(made)
    anchor = first - 1 if first else last
    if anchor < own.num_frames:
        whole = whole.placed(anchor, *Frames.of(own).place(anchor))
    piece = Frames(whole.rotations[first:last], whole.translation[first:last])
    ending, moves_root = whole, joints is None or 0 in joints
    if len(before) and len(after) and moves_root:
        piece, ending, after = _met(piece, whole, after, last, (last - first) / own.fps)
    room = (last - first) // 2 if len(before) and len(after) else last - first
    blend = max(1, min(round(BLEND_SECONDS * own.fps), room))
    fading, coasting = torch.zeros(last - first), torch.zeros(last - first)
    fading[:blend], coasting[:blend] = _decay(blend)
    if len(before):
        off = Change.between(whole, first - 1, before, first - 1)
        piece = piece.changed(off, fading)
        if first > 1:
            piece = piece.changed(off.since(Change.between(whole, first - 2, before, first - 2)), coasting)
    if len(after):
        off = Change.between(ending, last, after, 0)
        piece = piece.changed(off, fading.flip(0))
        if len(after) > 1 and last + 1 < len(ending):
            piece = piece.changed(off.since(Change.between(ending, last + 1, after, 1)), coasting.flip(0))
    if joints is not None:
        piece = _only(piece, Frames.of(own, first, last), joints)
    pieces = (before, piece, after)
    return own.replace(
        rotations=torch.cat([each.rotations for each in pieces]),
        translation=torch.cat([each.translation for each in pieces]),
    )


def follow(own: Motion, other: Motion) -> Motion:
    """Both, one after the other: the other is turned and moved on the ground to where the own one ends."""
    frames = round(other.num_frames / other.fps * own.fps)
    held = other.replace(  # for a frame more, so that nothing of its time is lost between two frame rates
        rotations=torch.cat((other.rotations, other.rotations[-1:])),
        translation=torch.cat((other.translation, other.translation[-1:])),
    )
    other = held.resample(own.fps).crop(0, frames).on_skeleton(own.skeleton)
    placed = Frames.of(other).placed(0, *Frames.of(own).place(own.num_frames - 1))
    return own.replace(
        rotations=torch.cat((own.rotations, placed.rotations)),
        translation=torch.cat((own.translation, placed.translation)),
    )


def _decay(frames: int) -> tuple[Tensor, Tensor]:
    """Shares (frames,) of what a seam is off and of what that grew by in the frame before: the curve of fifth degree
    that goes on from both and comes to rest at 0 one frame later."""
    share = (torch.arange(frames) + 1.0) / (frames + 1)
    fading = 1 - share**3 * (10 - 15 * share + 6 * share**2)
    return fading, (frames + 1) * (share - share**3 * (6 - 8 * share + 3 * share**2))


def gap_of(own: Motion, made: Motion, first: int, last: int) -> float:
    """How far a made piece ends from where the own motion goes on: metres on the ground, and half a metre a radian."""
    real, whole = Frames.of(own), Frames.of(made)
    (heading, ground), (wanted, where) = (
        whole.placed(first - 1, *real.place(first - 1)).place(last), real.place(last),
    )  # fmt: skip
    return float((where - ground).norm() + 0.5 * _angle(wanted - heading).abs())


def _angle(angle: Tensor) -> Tensor:
    """Between -pi and pi."""
    return torch.remainder(angle + torch.pi, 2 * torch.pi) - torch.pi


def _met(piece: Frames, whole: Frames, after: Frames, last: int, seconds: float) -> tuple[Frames, Frames, Frames]:
    """Piece and what comes after it in one place: the piece is led there if it ends near, else the rest moves.

    The second of the three is the whole made motion as the end of the piece stands, which the seam is compared with.
    """
    (heading, ground), (wanted, where) = whole.place(last), after.place(0)
    turn, way = _angle(wanted - heading), where - ground
    slack = max(1.0, seconds)
    if turn.abs() > LED_ANGLE * slack or way.norm() > LED_METRES * slack:
        return piece, whole, after.placed(0, heading, ground)
    share = ease((torch.arange(len(piece)) + 1.0) / (len(piece) + 1))
    led = piece.turned(turn * share, piece.translation[:, [0, 2]] + way * share[:, None])
    return led, whole.turned(turn.expand(len(whole)), whole.translation[:, [0, 2]] + way), after


def _only(piece: Frames, own: Frames, joints: Sequence[int]) -> Frames:
    """The own frames with some joints of the piece."""
    if len(own) < len(piece):
        raise ValueError("some parts can be made anew only where the motion has frames; leave the parts out")
    rotations = own.rotations.clone()
    rotations[:, list(joints)] = piece.rotations[:, list(joints)]
    return Frames(rotations, piece.translation if 0 in joints else own.translation)
