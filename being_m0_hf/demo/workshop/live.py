"""A motion that is shown while it is written, and that hears what comes next."""

from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch

from being_m0_hf.motion import Motion

from ..model_queue import OtherWork
from ..requests import LEAST_SAID, LONGEST_PROMPT, PageRequest, Said, plain

#: A live motion lasts no longer, seconds, however often it is told what comes next.
MOST_LIVE_SECONDS = 60
#: How often it is told.
MOST_SAID = 20
#: Seconds that are written ahead of what can have been seen: what is said next is then soon done.
SECONDS_AHEAD = 1.0
#: Of a motion, what has one entry a frame.
PIECE_ARRAYS = ("rotations", "translation")


def joined(pieces: list[Motion]) -> Motion:
    """One motion of all pieces, in their order."""
    rotations, translation = (torch.cat([getattr(piece, name) for piece in pieces]) for name in PIECE_ARRAYS)
    return pieces[0].replace(rotations=rotations, translation=translation)


class LiveRun:
    """``pipeline.stream``, piece by piece. What is said on the way is kept with the number of pieces before it, so that
    the same motion can be made again.

    Args:
        asked: with what was said of an earlier run in ``said``, if this is the same again.
        pipeline_of: the pipeline with the styles that are asked for, of the queue's own.
    """

    def __init__(self, asked: PageRequest, pipeline_of: Callable[[Any], Any]) -> None:
        self.pieces: list[Motion] = []
        self._asked, self._pipeline_of = asked, pipeline_of
        self._due = deque(asked.said)
        self._heard: deque[str] = deque()
        self._said: list[Said] = []
        self._stream: Any = None

    @property
    def asked(self) -> PageRequest:
        """The request with what was said until now."""
        return replace(self._asked, said=tuple(self._said))

    @property
    def seconds(self) -> float:
        """That are written."""
        return sum(piece.num_frames / piece.fps for piece in self.pieces)

    def say(self, text: Any) -> None:
        """What the body does next, until the end that was asked for at first; heard with the next piece.

        Raises:
            ValueError: no text, one that is too long, or said too often.
        """
        words = plain(text, "description", LONGEST_PROMPT)
        if not words:
            raise ValueError("Say what comes next, for example: sits down.")
        if self._stream is not None:
            self._stream.writer.processor.check_texts(words)
        if len(self._said) + len(self._heard) >= MOST_SAID or self.seconds > MOST_LIVE_SECONDS - 1:
            raise ValueError("This motion is long enough; begin another one.")
        self._heard.append(words)

    def stop(self) -> None:
        """Write nothing more; what was written is the whole motion."""
        self._heard.append("")

    def next_piece(self, pipeline: Any) -> Motion | None:
        """The next frames, in the model's thread; None at the end."""
        if self._stream is None:
            asked = self._asked
            stream = self._pipeline_of(pipeline).stream
            self._stream = stream(asked.text, dict(asked.parts) or None, asked.first_seconds, asked.seed)
        while self._due and self._due[0].pieces <= len(self.pieces):
            self._tell(self._due.popleft().text)
        while self._heard:
            self._tell(self._heard.popleft())
        piece = next(self._stream, None)
        if piece is not None:
            self.pieces.append(piece)
        return piece

    def whole(self) -> Motion:
        """The motion when it is done."""
        return joined(self.pieces).replace(text=self.asked.sentence)

    def _tell(self, text: str) -> None:
        if self._stream.ended:
            return
        written = round(self.seconds + (self._stream.delay if self.pieces else 0.0), 1)
        room = self.asked.end - written
        self._said.append(Said(len(self.pieces), text, written))
        if text:
            self._stream.say(text, {}, LEAST_SAID if room < LEAST_SAID else None)
        else:
            self._stream.stop()


def live_work(asked: PageRequest, pipeline_of: Callable[[Any], Any]) -> OtherWork:
    """A live motion made again, in one go."""

    def write(pipeline: Any) -> Motion:
        run = LiveRun(asked, pipeline_of)
        while run.next_piece(pipeline) is not None:
            pass
        return run.whole()

    return OtherWork(write, asked.end)
