"""Encoding in a closed loop: tokens chosen by what the decoder makes of them, not by the encoder alone.

The root's token rounds off the turn and the velocity of its 4 frames. The decoder integrates both, so the rounding
errors of a long clip add up to a random walk. Here a token is changed in one bit where the path then stays closer to
the true one: errors are paid back as they arise. Tokens so far apart that they hardly touch the same frames are decoded
in all ways at once, those of all clips as well; then each is chosen in order, by where the earlier ones have led.

The body's tokens do not add up, but the encoder's signs are not the best ones either: see `closed_loop_body`.
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from ...motion.features import ROOT_HEIGHT, ROOT_ROTATION, ROOT_VELOCITY, TURN, integrate_root, integrate_turn
from ...motion.rotations import rotate_ground
from .quantizers.lookup_free import index_to_signs

#: Steps before and after a token whose frames it changes much; tokens so far apart are tried at once.
LOOK_BACK, LOOK_AHEAD = 3, 6
STRIDE = LOOK_BACK + 1 + LOOK_AHEAD
CLOSED_LOOP_PASSES = 3
HEADING_WEIGHT = 0.7  # metres a radian: an arm's reach
TILT_WEIGHT = 0.35
STEP_WEIGHT = 0.5  # frames: against paying drift back in one visible jerk
#: What is followed of the features: the pelvis' rotation, the ground velocity, the height and the turn.
FOLLOWED = (*range(ROOT_HEIGHT + 1), TURN)
LAST = len(FOLLOWED) - 1  # the turn among them
ADDED_UP = (*range(ROOT_VELOCITY.start, ROOT_VELOCITY.stop), LAST)

#: (N, S, bits) signs of root tokens, N a multiple of the clips, clip by clip within each candidate -> (N, T, 136).
DecodeRoot = Callable[[Tensor], Tensor]


@torch.no_grad()
def refine_root_codes(decode_root: DecodeRoot, target: Tensor, codes: Tensor, num_bits: int, passes: int) -> Tensor:
    """Root codes whose path drifts less.

    Args:
        decode_root: signs of root tokens -> features whose root columns are filled.
        target: (B, frames * S, 136) heading-free features.
        codes: (B, S) root codes to start from.
        num_bits: of a code.
        passes: over all tokens; one that makes a clip no better is not taken.

    Returns:
        (B, S) codes.
    """
    best, decoded = codes, decode_root(index_to_signs(codes, num_bits))
    error = path_error(decoded, target)
    frames = target.shape[1] // codes.shape[1]
    path = _Path(target, (LOOK_BACK * frames, STRIDE * frames))
    for _ in range(passes):
        codes = _one_pass(decode_root, path, best, decoded, num_bits)
        tried = decode_root(index_to_signs(codes, num_bits))
        tried_error = path_error(tried, target)
        better = tried_error < error
        best = torch.where(better[:, None], codes, best)
        decoded = torch.where(better[:, None, None], tried, decoded)
        error = torch.where(better, tried_error, error)
    return best


def path_error(decoded: Tensor, target: Tensor) -> Tensor:
    """Mean error (B,) of decoded paths, metres, of features (B, T, 136)."""
    heading, true_heading = integrate_turn(decoded), integrate_turn(target)
    path, true_path = integrate_root(decoded, heading), integrate_root(target, true_heading)
    apart = (path - true_path).norm(dim=-1) + HEADING_WEIGHT * (heading - true_heading).abs()
    return (apart + _step_error((decoded - target)[..., list(FOLLOWED)])).mean(dim=-1)


def _step_error(gap: Tensor) -> Tensor:
    """(..., T) error of what does not add up, of differences (..., T, 10) of what is followed."""
    step = gap[..., ROOT_VELOCITY].norm(dim=-1) + HEADING_WEIGHT * gap[..., LAST].abs()
    return TILT_WEIGHT * gap[..., ROOT_ROTATION].norm(dim=-1) + STEP_WEIGHT * step


class _Path:
    """Where clips should be and how far from it they are, with room before and after them where nothing counts."""

    def __init__(self, target: Tensor, room: tuple[int, int]):
        self.room = room
        heading = integrate_turn(target)
        self.path = F.pad(integrate_root(target, heading), (0, 0, *room))
        self.heading = F.pad(heading, room)
        self.features = self.padded(target)
        self.inside = F.pad(target.new_ones(target.shape[1]), room)
        self.moves = self.inside[:, None].repeat(1, len(FOLLOWED))
        self.moves[: room[0] + 1, list(ADDED_UP)] = 0.0  # the first frame has no step before it

    def padded(self, features: Tensor) -> Tensor:
        """What is followed of features (B, T, 136), with the room."""
        return F.pad(features[..., list(FOLLOWED)], (0, 0, *self.room))

    def walked(self, features: Tensor, span: slice, heading: Tensor, place: Tensor) -> tuple[Tensor, Tensor]:
        """Headings (B, K, window) and ground places (B, K, window, 2) of candidates' features (B, K, window, 10),
        going on from a heading (B,) and a place (B, 2)."""
        moved = features * self.moves[span]
        headings = heading[:, None, None] + moved[..., LAST].cumsum(dim=-1)
        return headings, place[:, None, None] + rotate_ground(moved[..., ROOT_VELOCITY], headings).cumsum(dim=-2)

    def error(self, features: Tensor, span: slice, headings: Tensor, ground: Tensor) -> Tensor:
        """(B, K) errors of candidates in a span."""
        paths = torch.stack((ground[..., 0], features[..., ROOT_HEIGHT], ground[..., 1]), dim=-1)
        error = (paths - self.path[:, None, span]).norm(dim=-1) + _step_error(features - self.features[:, None, span])
        error = error + HEADING_WEIGHT * (headings - self.heading[:, None, span]).abs()
        return (error * self.inside[span]).sum(dim=-1)


def _one_pass(decode_root: DecodeRoot, path: _Path, codes: Tensor, decoded: Tensor, num_bits: int) -> Tensor:
    """Codes (B, S) after each step's token was changed where that helps the path."""
    clips, steps = codes.shape
    frames = decoded.shape[1] // steps
    window = STRIDE * frames
    flips = torch.tensor([0, *(1 << bit for bit in range(num_bits))], device=codes.device)
    rows = torch.arange(clips, device=codes.device)
    for phase in range(min(STRIDE, steps)):
        tried = codes.repeat(len(flips), 1, 1)
        tried[..., phase::STRIDE] ^= flips[:, None, None]
        ways = path.padded(decode_root(index_to_signs(tried.flatten(0, 1), num_bits)))
        ways = ways.unflatten(0, (len(flips), clips)).transpose(0, 1)  # (B, K, room + T + room, 10)
        start = slice(0, phase * frames)
        headings, ground = path.walked(ways[:, :1, start], start, decoded.new_zeros(clips), decoded.new_zeros(clips, 2))
        heading = headings[:, 0, -1] if phase else decoded.new_zeros(clips)
        place = ground[:, 0, -1] if phase else decoded.new_zeros(clips, 2)
        codes = codes.clone()
        for step in range(phase, steps, STRIDE):
            span = slice(step * frames, step * frames + window)
            headings, ground = path.walked(ways[:, :, span], span, heading, place)
            best = path.error(ways[:, :, span], span, headings, ground).argmin(dim=1)
            codes[:, step] ^= flips[best]
            heading, place = headings[rows, best, -1], ground[rows, best, -1]
    return codes
