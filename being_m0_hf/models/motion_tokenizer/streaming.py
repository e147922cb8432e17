"""Decoding tokens as they come: frames of a step are there as soon as the decoder has seen all that it looks ahead.

Each step is decoded together with as many earlier ones as the decoder reaches back, and with no more: time and memory
stay the same however long the stream gets, and the frames are those of decoding all tokens at once.
"""

import math

import torch
from torch import Tensor

from ...motion.features import TURN, integrate_turn, restore_heading
from .modeling_motion_tokenizer import MotionTokenizerModel, full_precision
from .residual.binary_codebook import TEMPLATE_STEPS
from .residual.correction_basis import ACTIVITY_REACH


class MotionStreamDecoder:
    """Tokens of one motion in, frames out.

    Args:
        tokenizer: best one whose `decoder_lookahead` is a number (or which is `causal`). A decoder for whole motions
            works as well, but its frames wait for as many steps as its layers reach ahead, and it takes no residual
            codes.
    """

    def __init__(self, tokenizer: MotionTokenizerModel):
        self.tokenizer = tokenizer
        ahead = tokenizer.config.lookahead
        self.lookahead = tokenizer.decoder.reach_ahead if ahead is None else ahead
        #: Steps that frames wait for where tokens have residual codes.
        self.residual_lookahead = self.lookahead + tokenizer.config.smoothing_steps
        #: Steps that a stream lags behind are decoded with those that its oldest ones still depend on.
        self.context = tokenizer.decoder.reach_back + self.lookahead
        # a level reaches back by its templates, and by what tells how fast the path moves
        self.level_context = TEMPLATE_STEPS + math.ceil(2 * ACTIVITY_REACH / tokenizer.config.downsample)
        self._codes: Tensor | None = None
        self._residual: Tensor | None = None
        self._waiting = 0  # the last steps of what is kept, whose frames were not given yet
        self._heading: Tensor | None = None  # of the last frame that was given, radians, double

    def push(self, codes: Tensor, residual_codes: Tensor | None = None) -> Tensor:
        """Frames that are certain with these tokens.

        Args:
            codes: (steps, parts), one or more steps that follow those before.
            residual_codes: (steps, parts, levels); with the same levels in every call.

        Returns:
            (frames, 135) SMPL-D135 features that follow those before, none while the decoder still looks ahead.

        Raises:
            ValueError: residual codes for a tokenizer whose levels look at whole motions, or not in every call.
        """
        if residual_codes is not None and self.tokenizer.config.lookahead is None:
            raise ValueError(
                "this tokenizer's residual levels look at whole motions; leave residual_codes out, or take one whose "
                "decoder_lookahead is a number"
            )
        kept = self._codes
        if kept is not None and (residual_codes is None) != (self._residual is None):
            raise ValueError("residual_codes must be given in every call or in none")
        self._codes = codes if kept is None else torch.cat((kept, codes))
        if residual_codes is not None:
            self._residual = residual_codes if self._residual is None else torch.cat((self._residual, residual_codes))
        self._waiting += len(codes)
        return self._give(self._waiting - (self.lookahead if residual_codes is None else self.residual_lookahead))

    def finish(self) -> Tensor:
        """The last frames (frames, 135), as no token follows; then the stream can begin anew."""
        frames = self._give(self._waiting)
        self._codes = self._residual = self._heading = None
        self._waiting = 0
        return frames

    @torch.no_grad()
    def _give(self, steps: int) -> Tensor:
        """Frames of so many waiting steps; what no later step depends on is forgotten."""
        codes, residual, size = self._codes, self._residual, self.tokenizer.config.downsample
        if codes is None or steps <= 0:
            return torch.zeros(0, TURN)
        decoded = self.tokenizer.decode_heading_free(codes[None], None if residual is None else residual[None])
        first = len(codes) - self._waiting
        self._waiting -= steps
        levels = 0 if residual is None else residual.shape[-1]
        keep = self._waiting + self.context
        if levels:
            keep += levels * self.level_context + self.tokenizer.config.smoothing_steps
        self._codes, self._residual = codes[-keep:], None if residual is None else residual[-keep:]
        return self._turned(decoded[0, first * size : (first + steps) * size])

    def _turned(self, frames: Tensor) -> Tensor:
        """Heading-free frames (T, 136) as D135 (T, 135), going on from the heading of those before."""
        with full_precision(frames):
            start = torch.zeros((), dtype=torch.float64, device=frames.device)
            if self._heading is not None:
                start = self._heading + frames[0, TURN].double()
            turned = restore_heading(frames, start.to(frames.dtype))
            last = start + integrate_turn(frames)[-1].double()
            self._heading = torch.atan2(torch.sin(last), torch.cos(last))
            return turned


__all__ = ["MotionStreamDecoder"]
