"""What a pipeline does beyond one motion at a time: streams and timelines."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

import torch

from ...models.being_m0 import BeingM0ForConditionalGeneration, BeingM0Processor
from ...models.text_motion_evaluator import TextMotionEncoder
from ...motion import Motion
from ..action_checks import ActionChecks
from ..candidates import CANDIDATE_TEMPERATURE, CANDIDATES, MAX_ROWS
from ..postprocess import postprocess
from ..requests import make_requests
from .frame_stream import FrameStream
from .piece_writer import PieceWriter, Sampling
from .timeline import TimelineEntry, check_timeline, parse_timeline, timeline_sentence
from .timeline_writer import TimelineWriter


class LongMotionMixin:
    """`stream` and `timeline` for a class with a model, a processor and perhaps a ranker."""

    model: BeingM0ForConditionalGeneration
    processor: BeingM0Processor
    ranker: TextMotionEncoder | None

    @property
    def _checks(self) -> ActionChecks | None:
        return None

    def stream(
        self,
        text: str,
        parts: Mapping[str, str] | None = None,
        seconds: float | None = None,
        seed: int = 0,
        guidance_scale: float | None = None,
        temperature: float | None = None,
        settle: bool = True,
    ) -> FrameStream:
        """Frames as they are written, without end: ``for frames in pipeline.stream("a person walks")``.

        Each ``frames`` is a `Motion` of a few frames at 20 fps that follow those before. On the way the text may change
        (``stream.say("a person sits down")``), and texts of parts as well. With a tokenizer whose decoder looks ahead
        one step, frames are given 0.6 s behind what is written; with one for whole motions 2.2 s.

        Args:
            text, parts: what happens; as in a call, ``text`` may be empty when ``parts`` says it.
            seconds: after so many the stream ends; by default never, until ``stream.stop()`` or a ``break``.
            seed: the same seed and the same words at the same time give the same frames.
            guidance_scale, temperature: as in a call.
            settle: calm joints that rest and put feet on the floor.

        Raises:
            ValueError: as for a call. After 10 km on the floor the stream ends with a `MotionError`.
        """
        first = make_requests(self.processor, text, parts, None, seed, 1)[0]
        rate = self.processor.steps_per_second
        if seconds is not None and not 0.5 < seconds * rate < 1e9:  # NaN fails as well
            raise ValueError(f"seconds is {seconds:g}, expected {1 / rate:g} or more")
        sampling = Sampling(temperature, guidance_scale)
        sampling.options()  # refuses numbers out of range before anything is written
        steps = None if seconds is None else round(seconds * rate)
        writer = PieceWriter(self.model, self.processor, self.ranker, self._checks)
        return FrameStream(writer, replace(first, steps=None), sampling, settle, steps)

    @torch.no_grad()
    def timeline(
        self,
        entries: str | Iterable[TimelineEntry],
        seed: int = 0,
        guidance_scale: float | None = None,
        temperature: float | None = None,
        candidates: int | None = None,
        settle: bool = True,
    ) -> Motion:
        """One motion from several prompts in time and by body part.

        Where no line tells the whole body, one that tells legs or root leads it; where there is none, the body stands.
        It begins at 0 s and ends with the last line.

        Args:
            entries: `TimelineEntry` list, or lines ``text # start # end # parts`` as STMC has them.
            candidates: of each piece, of which the ranker's favourite is kept; by default 8 where there is a ranker.
            seed, guidance_scale, temperature, settle: as in a call.

        Raises:
            ValueError: a line that cannot be read, two that tell the same at the same time, or a number out of range.
        """
        listed = parse_timeline(entries) if isinstance(entries, str) else check_timeline(entries)
        for entry in listed:
            self.processor.check_texts(entry.text)
        make_requests(self.processor, listed[0].text, None, None, seed, 1)  # checks the seed
        usual = CANDIDATES if self.ranker is not None and temperature != 0 else 1
        count = usual if candidates is None else candidates
        if not 1 <= count <= MAX_ROWS or (count > 1 and self.ranker is None):
            raise ValueError(f"candidates is {count}, expected 1 to {MAX_ROWS}, and 1 where there is no ranker")
        heat = CANDIDATE_TEMPERATURE if temperature is None and count > 1 else temperature
        sampling = Sampling(heat, guidance_scale, count)
        writer = TimelineWriter(PieceWriter(self.model, self.processor, self.ranker, self._checks), sampling, seed)
        codes = writer.write(listed)[None].to(self.model.device)
        features = self.model.motion_tokenizer.decode(codes).features[0].cpu()
        return Motion.from_d135(postprocess(features) if settle else features, text=timeline_sentence(listed))


__all__ = ["LongMotionMixin"]
