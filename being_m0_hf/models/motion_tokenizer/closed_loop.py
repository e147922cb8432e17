"""Encoding in a closed loop: tokens chosen by what the decoder makes of them, not by the encoder alone.

The root's token rounds off the turn and the velocity of its 4 frames. The decoder integrates both, so the rounding
errors of a long clip add up to a random walk. Here the tokens are gone through in order, and one is changed in one or
two bits where the path decoded so far then stays closer to the true one: errors are paid back as they arise.

The body's tokens do not add up, but the encoder's signs are not the best ones either: a bit is flipped where the
decoded joints then come closer.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from ...motion.features import ROOT_ROTATION, ROOT_VELOCITY, TURN, integrate_root, integrate_turn
from .quantizers.lookup_free import index_to_signs

PASSES = 3  # a later token also moves earlier frames a little, so the first pass leaves something to mend
CONTEXT_STEPS = 9  # tokens on each side that a candidate is decoded with: as far as the decoder reaches
LOOK_BACK, LOOK_AHEAD = 3, 6  # tokens before and after whose frames count
HEADING_WEIGHT = 0.7  # metres a radian: an arm's reach
TILT_WEIGHT = 0.35
STEP_WEIGHT = 0.5  # frames: against paying drift back in one visible jerk
BODY_PASSES = 2
ROTATION_LEVER = 0.1  # metres a unit of 6D rotation, a hand's or foot's length: a wrist moves no joint
JOINT_STEP_WEIGHT = 2.0  # how much a joint's change from frame to frame counts beside its place: against jitter


@dataclass(frozen=True)
class JudgedPart:
    """A body part of the token grid and what tells how well it is coded.

    Args:
        index: of the part.
        joints: that its rotations move.
        rotation_columns: 6D rotations of its joints among the heading-free features.
    """

    index: int
    joints: tuple[int, ...]
    rotation_columns: tuple[int, ...]


@torch.no_grad()
def refine_root_codes(
    decode_root: Callable[[Tensor, int], Tensor], target: Tensor, codes: Tensor, num_bits: int
) -> Tensor:
    """Better root codes for one clip.

    Args:
        decode_root: (N, steps, num_bits) signs of root tokens, and the step in the clip that is their first ->
            (N, 4 * steps, 136) features, root columns filled.
        target: (4 * steps, 136) heading-free features.
        codes: (steps,) root codes to start from.
        num_bits: of a code.

    Returns:
        (steps,) codes.
    """
    codes, frames = codes.clone(), len(target) // len(codes)
    flips = _flips(num_bits).to(codes.device)
    true_heading = integrate_turn(target)
    true_path = integrate_root(target, true_heading)
    decoded = decode_root(index_to_signs(codes[None], num_bits), 0)[0]
    for step in list(range(len(codes))) * PASSES:
        first, last = max(0, step - CONTEXT_STEPS), min(len(codes), step + CONTEXT_STEPS + 1)
        window = codes[first:last].repeat(len(flips), 1)
        window[:, step - first] ^= flips
        # the frames that count, from an anchor that the change hardly reaches: there the path stands as decoded so far
        anchor, end = max(0, step - LOOK_BACK) * frames, min(len(codes), step + LOOK_AHEAD) * frames
        tried = decode_root(index_to_signs(window, num_bits), first)[:, anchor - first * frames : end - first * frames]
        heading = integrate_turn(decoded[: anchor + 1])
        path = integrate_root(decoded[: anchor + 1], heading)
        tried_heading = heading[-1] + integrate_turn(tried)
        tried_path = integrate_root(tried, tried_heading) + path[-1] * path.new_tensor([1.0, 0.0, 1.0])
        error = _path_error(
            tried, tried_path, tried_heading, target[anchor:end], true_path[anchor:end], true_heading[anchor:end]
        )
        best = int(error.argmin())
        if best:
            codes[step] ^= flips[best]
            decoded[anchor:end] = tried[best]
    return codes


@torch.no_grad()
def refine_body_codes(
    decode: Callable[[Tensor], Tensor],
    joints_of: Callable[[Tensor], Tensor],
    target: Tensor,
    codes: Tensor,
    num_bits: int,
    parts: Sequence["JudgedPart"],
) -> Tensor:
    """Better codes of body parts for one clip.

    Args:
        decode: (N, steps, P, num_bits) signs -> (N, 4 * steps, 136) heading-free features.
        joints_of: heading-free features (N, frames, 136) -> (N, frames, 22, 3) joints about the root, metres.
        target: (4 * steps, 136) heading-free features.
        codes: (steps, P) to start from.
        parts: to go through in this order, a part that carries others before those.

    Returns:
        (steps, P) codes.
    """
    codes = codes.clone()
    steps = len(codes)
    true_joints = joints_of(target[None])[0]
    stride = 2 * CONTEXT_STEPS + 1  # changes so far apart do not touch the same frames
    for _ in range(BODY_PASSES):
        for part in parts:

            def errors_of(tried: Tensor, part: JudgedPart = part) -> Tensor:
                features = decode(index_to_signs(tried, num_bits))
                return _part_errors(part, joints_of(features), true_joints, features, target)

            error = errors_of(codes[None])[0]
            for phase in range(min(stride, steps)):
                places = torch.arange(phase, steps, stride)
                tried = codes.repeat(num_bits, 1, 1)
                for bit in range(num_bits):
                    tried[bit, places, part.index] ^= 1 << bit
                gain = _around(error - errors_of(tried), places, len(target) // steps)  # (num_bits, places)
                best, bit = gain.max(dim=0)
                better = best > 0
                codes[places[better], part.index] ^= 1 << bit[better]
                if better.any():
                    error = errors_of(codes[None])[0]
    return codes


def _part_errors(part: JudgedPart, joints: Tensor, true_joints: Tensor, features: Tensor, target: Tensor) -> Tensor:
    """(N, frames) error of a part in metres: where its joints are, how they change from frame to frame, how they turn.

    Args:
        joints: (N, frames, 22, 3), true_joints: (frames, 22, 3), both about the root.
        features: (N, frames, 136), target: (frames, 136).
    """
    gap = (joints - true_joints)[:, :, list(part.joints)]
    steps = F.pad(gap[:, 1:] - gap[:, :-1], (0, 0, 0, 0, 1, 0))
    turned = (features - target)[..., list(part.rotation_columns)].unflatten(-1, (-1, 6))
    return (
        gap.norm(dim=-1).mean(dim=-1)
        + JOINT_STEP_WEIGHT * steps.norm(dim=-1).mean(dim=-1)
        + ROTATION_LEVER * turned.norm(dim=-1).mean(dim=-1)
    )


def _around(values: Tensor, places: Tensor, frames: int) -> Tensor:
    """Sums (N, places) of per-frame values (N, T) over the frames that a token at each place reaches."""
    total = F.pad(values.cumsum(dim=-1), (1, 0))
    first = ((places - CONTEXT_STEPS) * frames).clamp_min(0)
    last = ((places + CONTEXT_STEPS + 1) * frames).clamp_max(values.shape[-1])
    return total[:, last] - total[:, first]


def _path_error(
    tried: Tensor, path: Tensor, heading: Tensor, target: Tensor, true_path: Tensor, true_heading: Tensor
) -> Tensor:
    """Mean error (N,) of candidates: features (N, frames, 136), paths (N, frames, 3) and headings (N, frames)."""
    step = (tried[..., ROOT_VELOCITY] - target[:, ROOT_VELOCITY]).norm(dim=-1)
    turn = (tried[..., TURN] - target[:, TURN]).abs()
    error = (
        (path - true_path).norm(dim=-1)
        + HEADING_WEIGHT * (heading - true_heading).abs()
        + TILT_WEIGHT * (tried[..., ROOT_ROTATION] - target[:, ROOT_ROTATION]).norm(dim=-1)
        + STEP_WEIGHT * (step + HEADING_WEIGHT * turn)
    )
    return error.mean(dim=-1)


def _flips(num_bits: int) -> Tensor:
    """Nothing, each bit, and each pair of bits, as masks for exclusive or."""
    bits = [1 << bit for bit in range(num_bits)]
    pairs = [first | second for first in bits for second in bits if first < second]
    return torch.tensor([0, *bits, *pairs])
