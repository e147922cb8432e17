"""Encoding in a closed loop: root tokens chosen so that turns and steps do not add up to drift.

A token rounds off the turn and the velocity of its 4 frames. The decoder integrates both, so the rounding errors of a
long clip add up to a random walk. Here the tokens are gone through in order, and one is changed in one or two bits
where the path decoded so far then stays closer to the true one: errors are paid back as they arise.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from ...motion.features import ROOT_ROTATION, ROOT_VELOCITY, TURN, integrate_root, integrate_turn
from .lookup_free import index_to_signs

PASSES = 3  # a later token also moves earlier frames a little, so the first pass leaves something to mend
CONTEXT_STEPS = 9  # tokens on each side that a candidate is decoded with: as far as the decoder reaches
LOOK_BACK, LOOK_AHEAD = 3, 6  # tokens before and after whose frames count
HEADING_WEIGHT = 0.7  # metres a radian: an arm's reach
TILT_WEIGHT = 0.35
STEP_WEIGHT = 0.5  # frames: against paying drift back in one visible jerk


@torch.no_grad()
def refine_root_codes(decode_root: Callable[[Tensor], Tensor], target: Tensor, codes: Tensor, num_bits: int) -> Tensor:
    """Better root codes for one clip.

    Args:
        decode_root: (N, steps, num_bits) signs of root tokens -> (N, 4 * steps, 136) features, root columns filled.
        target: (4 * steps, 136) heading-free features.
        codes: (steps,) root codes to start from.

    Returns:
        (steps,) codes.
    """
    codes, frames = codes.clone(), len(target) // len(codes)
    flips = _flips(num_bits).to(codes.device)
    true_heading = integrate_turn(target)
    true_path = integrate_root(target, true_heading)
    decoded = decode_root(index_to_signs(codes[None], num_bits))[0]
    for step in list(range(len(codes))) * PASSES:
        first, last = max(0, step - CONTEXT_STEPS), min(len(codes), step + CONTEXT_STEPS + 1)
        window = codes[first:last].repeat(len(flips), 1)
        window[:, step - first] ^= flips
        # the frames that count, from an anchor that the change hardly reaches: there the path stands as decoded so far
        anchor, end = max(0, step - LOOK_BACK) * frames, min(len(codes), step + LOOK_AHEAD) * frames
        tried = decode_root(index_to_signs(window, num_bits))[:, anchor - first * frames : end - first * frames]
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
