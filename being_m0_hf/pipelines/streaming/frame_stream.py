"""A motion that is given frame by frame while it is written, and goes on until it is stopped."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

import torch

from ...models.motion_tokenizer.streaming import MotionStreamDecoder
from ...motion import Motion
from ...motion.motion import MODEL_FPS
from ..requests import NO_TEXT, MotionRequest
from .piece_writer import CONTEXT_STEPS, PieceWriter, Sampling, seed_of
from .settled_frames import SettledFrames

#: Steps that are written in one go, 0.4 s: so soon another text is heard, and for so many the context is read again.
STEPS_AT_ONCE = 2
#: Steps that are written when a text has changed, 1.2 s: what leads over, and as much of what was asked for.
STEPS_OF_A_TURN = 6


class FrameStream(Iterator[Motion]):
    """Frames as they are written, each time a `Motion` of a few frames at 20 fps that follow those before.

    All frames stand in one world: the motion walks on from where it was. Only the last seconds are kept, so that memory
    and the time for a second of motion stay the same however long it goes on.

    Args:
        writer: of the model.
        first: what to begin with; its ``seed`` is that of all that follows.
        sampling: how to draw.
        settle: calm joints that rest and put feet on the floor.
        steps: after so many the stream ends; None for never.
    """

    def __init__(
        self,
        writer: PieceWriter,
        first: MotionRequest,
        sampling: Sampling,
        settle: bool = True,
        steps: int | None = None,
    ):
        self.writer, self.sampling = writer, sampling
        self._asked = first
        self._decoder = MotionStreamDecoder(writer.model.motion_tokenizer)
        self._settled = SettledFrames(settle)
        self._codes = torch.zeros(0, len(writer.processor.part_names), dtype=torch.long)
        self._left = steps
        self._pieces, self._ended = 0, False
        self._ended_parts: Collection[str] = ()
        self._since = self._told = 0  # steps that were written for the text, and for the texts of parts, that hold now

    @property
    def delay(self) -> float:
        """Seconds between the last frame that is given and the last one that is written."""
        ahead = self._decoder.lookahead * self.writer.processor.downsample + self._settled.ahead
        return ahead / MODEL_FPS

    @property
    def ended(self) -> bool:
        """Whether the last frames were given; what is said then is too late."""
        return self._ended

    def say(
        self, text: str | None = None, parts: Mapping[str, str] | None = None, seconds: float | None = None
    ) -> None:
        """Go on with another text.

        The body begins to turn to it `delay` and up to 0.4 s after the last frame that was given, and does what it says
        0.6 s later.

        Args:
            text: what the body does; None leaves it as it is.
            parts: texts of body parts in place of those before, {} for none; None leaves them as they are.
            seconds: from now on, after which the stream ends; None leaves its end as it is.

        Raises:
            ValueError: no text, an unknown part, a text that is too long, or no time.
        """
        if seconds is not None and not seconds * self.writer.processor.steps_per_second > 0.5:  # NaN fails as well
            raise ValueError(f"seconds is {seconds:g}, expected more")
        processor = self.writer.processor
        said = self._asked.text if text is None else text
        told = self._asked.parts if parts is None else parts
        processor.check_texts(said, told)
        told = processor.part_texts(told)
        if not said.strip() and not told:
            raise ValueError(NO_TEXT)
        if said != self._asked.text:
            self._since = 0
        if told != self._asked.parts:
            self._told, self._ended_parts = 0, self._asked.parts.keys() - told.keys()
        self._asked = replace(self._asked, text=said, parts=told)
        if seconds is not None:
            self._left = round(seconds * processor.steps_per_second)

    def stop(self) -> None:
        """Write nothing more; the frames that still wait are given, then the stream ends."""
        self._left = 0

    def __next__(self) -> Motion:
        frames = None
        while frames is None:
            if self._ended:
                raise StopIteration
            if self._left == 0:
                self._ended = True
                frames = self._settled.finish(self._decoder.finish().cpu())
            else:
                frames = self._settled.push(self._decoder.push(self._written()).cpu())
        return frames

    def _written(self) -> torch.Tensor:
        """Codes (steps, parts) of the next piece."""
        writer, turns = self.writer, bool(self._pieces) and not self._since
        steps = STEPS_AT_ONCE if self._since and self._told else STEPS_OF_A_TURN
        if not self._pieces:  # at once all that the first frames need
            steps = 1 + self._decoder.lookahead + self._settled.ahead // writer.processor.downsample
        before = self._codes if turns else writer.context(self._codes, self._since)
        room = writer.processor.max_steps - (0 if turns else len(before))
        steps = min(steps, room) if self._left is None else min(steps, room, self._left)
        asked = replace(self._asked, steps=steps, seed=seed_of(self._asked.seed, self._pieces))
        if turns:
            codes = writer.turn(before, asked, self.sampling)
        else:
            codes = writer.write(before, asked, self.sampling, told=self._told, ended=self._ended_parts)
        self._ended_parts = ()
        self._told += steps
        self._codes = torch.cat((self._codes, codes))[-CONTEXT_STEPS:]
        self._pieces, self._since = self._pieces + 1, self._since + steps
        self._left = self._left and self._left - steps
        return codes.to(self.writer.model.device)


__all__ = ["FrameStream"]
