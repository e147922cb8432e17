"""Settling frames that come one after another: calm joints and feet on the floor, with only a window of them kept.

Each time the last seconds are settled as a motion of their own, which knows nothing of where the stream is by now. What
is new of it is put behind what was given, by the same seam at which an edited motion goes on.
"""

import torch
from torch import Tensor

from ...motion import Motion
from ...motion.features import D135_SIZE
from ...motion.motion import MIN_FRAMES
from ..editing.seams import put_in
from ..postprocess import postprocess

#: Frames that are settled together, so many seconds that a jump is seen from its start.
WINDOW = 60
#: Frames that wait until it is known what follows: smoothing looks as far, and feet are seen to land.
AHEAD = 8


class SettledFrames:
    """Decoded frames in, settled frames in the world out.

    Args:
        settle: False leaves frames as they were decoded; then none has to wait.
    """

    def __init__(self, settle: bool = True):
        self.settle = settle
        self.ahead = AHEAD if settle else 0
        self._raw = torch.zeros(0, D135_SIZE)
        self._given: Motion | None = None  # of the frames in the window those that were given, in the world

    def push(self, features: Tensor) -> Motion | None:
        """What is certain with these frames.

        Args:
            features: (frames, 135) that follow those before, in one heading with them.

        Returns:
            At least 4 frames that follow those before; None while there are fewer.
        """
        return self._give(features, self.ahead)

    def finish(self, features: Tensor) -> Motion | None:
        """The last frames (frames, 135) and all that waited, as none follows."""
        return self._give(features, 0)

    def _give(self, features: Tensor, ahead: int) -> Motion | None:
        """All frames but so many that must still wait."""
        self._raw = torch.cat((self._raw, features))
        ready = len(self._raw) - ahead
        before = self._given.num_frames if self._given is not None else 0
        if ready - before < MIN_FRAMES:
            return None
        window = Motion.from_d135(postprocess(self._raw) if self.settle else self._raw).crop(0, ready)
        whole = window if self._given is None else put_in(self._given, window, before, ready)
        old = max(0, ready - WINDOW)
        self._raw, self._given = self._raw[old:], whole.crop(old, ready)
        return whole.crop(before, ready)
