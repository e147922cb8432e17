"""Body tokens chosen by what the decoder makes of them: a bit is turned over where the joints then come closer.

One part after the other, those first that carry others, so that arms make good what the torso's token gets wrong.
Only the part's own network decodes and only the joints that it moves are posed. Which bits are worth trying is
read off the error's gradient; tokens so far apart that they hardly touch the same frames are tried at once, and so are
all clips.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from ...motion.features import TURN, joint_columns, local_matrices
from ...motion.kinematics import forward_kinematics
from ...motion.rotations import matrix_from_6d
from ...motion.skeleton import NUM_JOINTS, PARENTS
from .closed_loop import LOOK_AHEAD, LOOK_BACK, STRIDE
from .quantizers.lookup_free import index_to_signs
from .reconstruction_loss import WRISTS, hand_points, hand_tip

BODY_PASSES = 3
TRIED_BITS = 3
ROTATION_LEVER = 0.1  # metres a unit of 6D rotation, a hand's or foot's length: a wrist moves no joint
JOINT_STEP_WEIGHT = 2.0  # how much a joint's change from frame to frame counts beside its place: against jitter
HAND_SHARE = 0.25  # how much the middle of the fingers counts beside the joints that its arm moves


#: Signs (N, S, bits) of one part's tokens -> its columns (N, T, columns) of the features.
DecodePart = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class JudgedPart:
    """A body part of the token grid and what tells how well it is coded.

    Args:
        index: of the part.
        columns: of the heading-free features that it decodes.
        own: joints whose rotations are among them, parents first.
        joints: that these rotations move, parents first.
    """

    index: int
    columns: tuple[int, ...]
    own: tuple[int, ...]
    joints: tuple[int, ...]


@torch.no_grad()
def refine_body_codes(
    decoders: Sequence[DecodePart],
    target: Tensor,
    decoded: Tensor,
    codes: Tensor,
    num_bits: int,
    parts: Sequence[JudgedPart],
    offsets: Tensor,
) -> Tensor:
    """Body codes whose joints come closer.

    Args:
        decoders: of all parts.
        target, decoded: (B, frames * S, 136) heading-free features, the latter of the codes to start from.
        codes: (B, S, P) to start from.
        num_bits: of a code.
        parts: to go through in this order, a part that carries others before those.
        offsets: (22, 3) bones, metres.

    Returns:
        (B, S, P) codes.
    """
    codes, decoded = codes.clone(), decoded.clone()
    truth = BodyPose.of(target, offsets)
    for _ in range(BODY_PASSES):
        for part in parts:
            judge = PartJudge(part, truth, BodyPose.of(decoded, offsets))
            refined = _refine_part(decoders[part.index], judge, codes[..., part.index], num_bits)
            codes[..., part.index] = refined
            decoded[..., list(part.columns)] = decoders[part.index](index_to_signs(refined, num_bits))
    return codes


def _refine_part(decode: DecodePart, judge: "PartJudge", codes: Tensor, num_bits: int) -> Tensor:
    """Codes (B, S) of one part."""
    clips, steps = codes.shape
    slope = _slope(decode, judge, index_to_signs(codes, num_bits))
    ranked = (index_to_signs(codes, num_bits) * slope).topk(min(TRIED_BITS, num_bits), dim=-1).indices
    error = judge.errors(decode(index_to_signs(codes, num_bits))[None])[0]  # (B, T)
    frames = error.shape[-1] // steps
    for phase in range(min(STRIDE, steps)):
        flips = 1 << ranked[:, phase::STRIDE].permute(2, 0, 1)  # (tried, B, places)
        tried = codes.repeat(len(flips), 1, 1)
        tried[..., phase::STRIDE] ^= flips
        errors = judge.errors(decode(index_to_signs(tried.flatten(0, 1), num_bits)).unflatten(0, (-1, clips)))
        gain, choice = _around(error - errors, phase, frames).max(dim=0)  # (B, places)
        flip = flips.gather(0, choice[None])[0] * (gain > 0)
        if flip.any():
            codes = codes.clone()
            codes[:, phase::STRIDE] ^= flip
            error = judge.errors(decode(index_to_signs(codes, num_bits))[None])[0]
    return codes


def _slope(decode: DecodePart, judge: "PartJudge", signs: Tensor) -> Tensor:
    """Derivative of the whole error by each sign (B, S, bits)."""
    with torch.enable_grad():
        signs = signs.clone().requires_grad_()
        return torch.autograd.grad(judge.errors(decode(signs)[None]).sum(), signs)[0]


def _around(values: Tensor, phase: int, frames: int) -> Tensor:
    """Sums (N, B, places) of values (N, B, T) over the frames that a token at each place of a phase changes much."""
    padded = F.pad(values, (LOOK_BACK * frames, LOOK_AHEAD * frames))
    return padded[..., phase * frames :].unfold(-1, STRIDE * frames, STRIDE * frames).sum(dim=-1)


@dataclass
class BodyPose:
    """Bodies about their root: joints (B, T, 22, 3), their rotations in space and about their parents, as matrices."""

    joints: Tensor
    turns: Tensor
    local: Tensor
    offsets: Tensor

    @classmethod
    def of(cls, features: Tensor, offsets: Tensor) -> "BodyPose":
        """Of heading-free features (B, T, 136)."""
        local = local_matrices(features)
        joints, turns = forward_kinematics(local, torch.zeros_like(local[..., 0, :, 0]), offsets)
        return cls(joints, turns, local, offsets)


class PartJudge:
    """How far a part's decoded rotations bring the joints from where they should be, all other parts as they are.

    Args:
        part: to judge.
        truth: what should be.
        others: what is decoded so far.
    """

    def __init__(self, part: JudgedPart, truth: BodyPose, others: BodyPose):
        self.part, self.others = part, others
        self.true_joints = truth.joints[:, :, list(part.joints)]
        self.true_turns = truth.local[:, :, list(part.own)]
        self.hands = [wrist for wrist in WRISTS if wrist in part.own]
        self.true_hands = hand_points(truth.joints, truth.turns)
        self.columns = [[part.columns.index(column) for column in joint_columns(joint)] for joint in part.own]

    def errors(self, decoded: Tensor) -> Tensor:
        """(N, B, T) metres of N candidates' columns of the part (N, B, T, columns)."""
        part = self.part
        own = self._turned(decoded)
        joints, turns = self._posed(own)
        gap = torch.stack([joints[joint] for joint in part.joints], dim=-2) - self.true_joints
        step = F.pad(gap[..., 1:, :, :] - gap[..., :-1, :, :], (0, 0, 0, 0, 1, 0))
        turned = (own - self.true_turns)[..., :2].flatten(-2).norm(dim=-1).mean(dim=-1)
        error = (
            gap.norm(dim=-1).mean(dim=-1) + JOINT_STEP_WEIGHT * step.norm(dim=-1).mean(dim=-1) + ROTATION_LEVER * turned
        )
        for wrist in self.hands:
            side = WRISTS.index(wrist)
            tip = hand_tip(joints[wrist], turns[wrist], side)
            error = error + HAND_SHARE * (tip - self.true_hands[:, :, 2 + side]).norm(dim=-1)
        return error

    def pose(self, decoded: Tensor) -> tuple[dict[int, Tensor], dict[int, Tensor]]:
        """Places (N, B, T, 3) and rotations in space of the joints that the part turns or moves; args as `errors`."""
        return self._posed(self._turned(decoded))

    def _turned(self, decoded: Tensor) -> Tensor:
        """The part's rotations (N, B, T, own, 3, 3)."""
        return matrix_from_6d(decoded[..., self.columns])

    def _posed(self, own: Tensor) -> tuple[dict[int, Tensor], dict[int, Tensor]]:
        local = dict(zip(self.part.own, own.unbind(dim=-3), strict=True))
        joints: dict[int, Tensor] = {}
        turns: dict[int, Tensor] = {}
        before = self.others
        for joint in sorted({*self.part.own, *self.part.joints}):
            parent = PARENTS[joint]
            turn = local.get(joint, before.local[:, :, joint])
            if parent < 0:
                joints[joint], turns[joint] = torch.zeros_like(turn[..., 0]), turn
                continue
            space = turns.get(parent, before.turns[:, :, parent])
            joints[joint] = joints.get(parent, before.joints[:, :, parent]) + space @ before.offsets[joint]
            turns[joint] = space @ turn
        return joints, turns


def judged_parts(part_columns: Sequence[Sequence[int]]) -> list[JudgedPart]:
    """The parts that turn joints and are not the path; first the one that moves most, since it carries the others."""
    parts = []
    for index, columns in enumerate(part_columns):
        own = tuple(joint for joint in range(NUM_JOINTS) if joint_columns(joint)[0] in columns)
        moved: set[int] = set()
        for joint in range(1, NUM_JOINTS):  # parents come before their children
            if PARENTS[joint] in own or PARENTS[joint] in moved:
                moved.add(joint)
        if moved and TURN not in columns:
            parts.append(JudgedPart(index, tuple(columns), own, tuple(sorted(moved))))
    return sorted(parts, key=lambda part: -len(part.joints))
