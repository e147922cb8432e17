"""Describing, continuing and filling in motions with a model that has learned it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from ...models.being_m0 import BeingM0ForConditionalGeneration, BeingM0Processor
from ...models.being_m0.prompt_template import FILL, MOTION_TO_TEXT
from ...models.being_m0.tasks.task_prompts import ASKED
from ...models.text_motion_evaluator import TextMotionEncoder
from ...motion import Motion
from ...motion.body_parts import PARTS
from ...motion.motion import MIN_FRAMES, MODEL_FPS
from ...motion.skeleton import CANONICAL_SKELETON
from ..action_checks import ActionChecks, best, lacks
from ..candidates import CANDIDATE_TEMPERATURE, CANDIDATES, MAX_ROWS, SEED_STRIDE
from ..part_facts import missed_claims, plain_parts
from ..postprocess import postprocess
from ..requests import MotionRequest, parts_to_draw
from ..streaming.piece_writer import BETWEEN_STEPS
from .describing import BODY, ActionSentences, Description, MotionDescriber
from .seams import follow, gap_of, put_in

#: Steps of a motion that the model reads at once, 10 s: training showed it no longer ones.
MOST_STEPS = 50
#: Steps of a motion that are read before what comes next, at least, where there are so many.
LEAST_CONTEXT = 5
#: Steps that are read of each where one motion leads into another.
LEAD_CONTEXT = 10
#: Of a candidate: a metre between its end and where the motion goes on takes as much as this from its similarity.
GAP_COST = 0.3
#: Candidates where no text chooses among them, but where they end.
GAP_CANDIDATES = 4


@dataclass(frozen=True)
class EditSettings:
    """How to draw.

    Args:
        seed: of the draw.
        candidates: drawn, of which the best is kept; None lets the editor choose.
        temperature: variety; None is the usual one.
        guidance_scale: how strictly to follow the text; None is the checkpoint's own.
        settle: calm joints that rest and put feet on the floor, in what is made.
    """

    seed: int = 0
    candidates: int | None = None
    temperature: float | None = None
    guidance_scale: float | None = None
    settle: bool = True


@dataclass(frozen=True)
class _Window:
    """A stretch of a motion as the model reads it.

    Args:
        codes: (steps, parts) of it.
        features: (frames, 135) of it at 20 fps.
        start: its first frame in the whole motion at 20 fps.
        first, last: steps of it that are asked for.
    """

    codes: Tensor
    features: Tensor
    start: int
    first: int
    last: int


@dataclass(frozen=True)
class MotionEditor:
    """Tasks that begin with a motion.

    Args:
        ranker: tells which of several motions fits a text best; None where a checkpoint has none.
        checks: what can be measured of known actions: candidates that lack least come first.
        known: sentences of known actions, for describing.
    """

    model: BeingM0ForConditionalGeneration
    processor: BeingM0Processor
    ranker: TextMotionEncoder | None = None
    checks: ActionChecks | None = None
    known: ActionSentences | None = None

    def describe(self, motion: Motion, asked: Sequence[str], checked: bool) -> dict[str, Description]:
        """What a motion shows, `BODY` or parts; of a longer one than 10 s the first 10.

        Raises:
            ValueError: a checkpoint that has not learned it, or no such part.
        """
        self.model.check_task(MOTION_TO_TEXT)
        names = [name if name == BODY else next(iter(self.processor.part_texts({name: "moves"}))) for name in asked]
        features = _features(motion)
        codes = self._encode(features)[: self._most_steps]
        describer = MotionDescriber(self.model, self.processor, self.ranker, self.known)
        return describer.describe(features[: len(codes) * self._downsample], codes, names, checked)

    def continue_(self, motion: Motion, text: str, seconds: float, settings: EditSettings) -> Motion:
        """The motion and what comes next; its own frames stay as they are."""
        self.model.check_task(FILL)
        steps = self.processor.seconds_to_steps(float(seconds)) or 0
        self._check_steps(steps, self._most_steps - LEAST_CONTEXT)
        features = _features(motion)
        whole = len(features) // self._downsample
        kept = min(whole, max(self._most_steps - steps, LEAST_CONTEXT))
        start = len(features) - kept * self._downsample  # the newest frames are read, the oldest may be left over
        codes = self._encode(features[start:])
        grid = torch.cat((codes, codes.new_full((steps, codes.shape[1]), ASKED)))
        window = _Window(grid, features[start:], start, kept, kept + steps)
        made = self._drawn(window, text, {}, settings)
        first = motion.num_frames
        last = first + round(steps * self._downsample / MODEL_FPS * motion.fps)
        return self._put_in(motion, made, window, first, last, None, settings)

    def lead_into(self, motion: Motion, following: Motion, text: str, settings: EditSettings) -> Motion:
        """The motion and another one after it, whose first moments are made anew as the way there.

        A motion that has begun goes on as it is, whatever the text says; a motion of its own begins what is asked for.
        """
        self.model.check_task(FILL)
        whole, size = follow(motion, following), self._downsample
        features, own = _features(whole), len(_features(motion))
        read = min(LEAD_CONTEXT, (self._most_steps - BETWEEN_STEPS) // 2)
        kept = min(own // size, read)
        start = own - kept * size
        last = min(kept + BETWEEN_STEPS + read, (len(features) - start) // size)
        between = min(BETWEEN_STEPS, last - kept - 1)
        if between < 1:
            raise ValueError(
                f"what follows lasts {following.seconds:.2f} s, at least {2 * size / MODEL_FPS:g} are needed"
            )
        features = features[start : start + last * size]
        codes = self._encode(features)
        codes[kept : kept + between] = ASKED
        window = _Window(codes, features, start, kept, kept + between)
        made = self._drawn(window, text, {}, settings)
        first = motion.num_frames
        end = first + round(between * size / MODEL_FPS * motion.fps)
        return self._put_in(whole, made, window, first, end, None, settings)

    def fill(
        self,
        motion: Motion,
        start: float,
        end: float,
        text: str,
        parts: Mapping[str, str] | Iterable[str] | None,
        settings: EditSettings,
    ) -> Motion:
        """The motion with the time from ``start`` to ``end`` made anew, or some parts of it."""
        self.model.check_task(FILL)
        if not 0 <= start < end <= motion.seconds + 0.5 / motion.fps:
            raise ValueError(f"{start:g} to {end:g} s is no time of this motion, which lasts {motion.seconds:.2f} s")
        told = self.processor.part_texts(parts if isinstance(parts, Mapping) else {})
        names = self._names(parts)
        window = self._window(_features(motion), start, end, names)
        made = self._drawn(window, text, told, settings)
        frames = [round(frame / MODEL_FPS * motion.fps) for frame in self._frames(window)]
        offset = round(window.start / MODEL_FPS * motion.fps)
        first, last = offset + frames[0], min(offset + frames[1], motion.num_frames)
        joints = None if names is None else [j for part in PARTS if part.name in names for j in part.joints]
        filled = self._put_in(motion, made, window, first, last, joints, settings)
        return filled.replace(doubt=None) if filled.doubt else filled

    @property
    def _downsample(self) -> int:
        return self.processor.downsample

    @property
    def _most_steps(self) -> int:
        return min(MOST_STEPS, self.processor.max_steps)

    @property
    def most_seconds(self) -> float:
        """The longest that `continue_` adds."""
        return (self._most_steps - LEAST_CONTEXT) / self.processor.steps_per_second

    def _check_steps(self, steps: int, most: int) -> None:
        if steps > most:
            asked, longest = (each / self.processor.steps_per_second for each in (steps, most))
            raise ValueError(f"{asked:g} s are asked for, at most {longest:g} at once; do it in several pieces")

    def _names(self, parts: Mapping[str, str] | Iterable[str] | None) -> list[str] | None:
        """Parts that are made anew; None for the whole body."""
        if not parts:
            return None
        told = self.processor.part_texts(dict.fromkeys(parts, "moves"))
        names = parts_to_draw(told, self.processor.part_names)
        return None if len(names) == len(self.processor.part_names) else names

    def _window(self, features: Tensor, start: float, end: float, names: Sequence[str] | None) -> _Window:
        rate = self.processor.steps_per_second
        missing = -len(features) % self._downsample
        features = torch.cat((features, features[-1:].expand(missing, -1)))  # the last frames count, too
        total = len(features) // self._downsample
        first, last = int(start * rate + 0.5), min(total, max(int(end * rate + 0.5), int(start * rate + 0.5) + 1))
        first = min(first, last - 1)
        self._check_steps(last - first, self._most_steps)
        begin = max(0, min(first - (self._most_steps - (last - first)) // 2, total - self._most_steps))
        stop = min(total, begin + self._most_steps)
        features = features[begin * self._downsample : stop * self._downsample]
        codes = self._encode(features)
        asked = range(len(self.processor.part_names))
        columns = [index for index in asked if names is None or self.processor.part_names[index] in names]
        codes[first - begin : last - begin, columns] = ASKED
        return _Window(codes, features, begin * self._downsample, first - begin, last - begin)

    @torch.no_grad()
    def _encode(self, features: Tensor) -> Tensor:
        """(steps, parts) codes of the first level."""
        start = Motion.from_d135(features).to_d135()  # every window starts facing +z
        tokenizer = self.model.motion_tokenizer
        return tokenizer.encode(start[None].to(self.model.device), residual_levels=0).codes[0].cpu()

    def _drawn(self, window: _Window, text: str, parts: Mapping[str, str], settings: EditSettings) -> Motion:
        """The window with what was asked for: the best of some candidates, from frame 0 of the window."""
        self.processor.check_texts(text, parts)
        said = bool(text.strip() or parts)
        by_text, meets = self.ranker is not None and said, 0 < window.first and window.last < len(window.codes)
        usual = CANDIDATES if by_text else GAP_CANDIDATES if meets else 1
        count = usual if settings.candidates is None else settings.candidates
        if not 1 <= count <= MAX_ROWS:
            raise ValueError(f"candidates is {count}, expected 1 to {MAX_ROWS}")
        motions = self._draws(window, text, parts, settings, count)
        rated = by_text and count > 1
        missing = self._missing(motions, window, text, parts, meets) if rated else [0] * count
        if parts and min(missing) > 0:  # as many once more, in words that the model knows
            again = replace(settings, seed=settings.seed + SEED_STRIDE * count)
            more = self._draws(window, text, plain_parts(parts), again, count)
            motions, missing = motions + more, missing + self._missing(more, window, text, parts, meets)
        fits = torch.zeros(len(motions))
        if rated:
            pieces = [self._piece(motion, window) for motion in motions]
            fits = self.ranker.similarity([MotionRequest(text, parts, None, 0).sentence()], pieces)[0]
        if meets and count > 1:
            own, first, last = Motion.from_d135(window.features), *self._frames(window)
            fits = fits - GAP_COST * torch.tensor([gap_of(own, motion, first, last) for motion in motions])
        return motions[best(fits, missing)]

    def _draws(
        self, window: _Window, text: str, parts: Mapping[str, str], settings: EditSettings, count: int
    ) -> list[Motion]:
        """So many candidates, each from frame 0 of the window."""
        inputs = self.processor([text] * count, parts=parts, task=FILL, codes=[window.codes] * count)
        heat = settings.temperature if settings.temperature is not None else CANDIDATE_TEMPERATURE
        options = {"do_sample": heat > 0} | ({"temperature": float(heat)} if heat else {})
        if not (text.strip() or parts):
            options["guidance_scale"] = 1.0  # there is nothing to push away from
        elif settings.guidance_scale is not None:
            options["guidance_scale"] = settings.guidance_scale
        generators = [torch.Generator().manual_seed(settings.seed + SEED_STRIDE * number) for number in range(count)]
        drawn = self.model.generate_motion(**inputs.to(self.model.device), generator=generators, **options).codes
        before, after = window.codes[: window.first], window.codes[window.last :]
        return [self._decode(torch.cat((before, codes.cpu(), after)), settings) for codes in drawn]

    def _missing(
        self, motions: Sequence[Motion], window: _Window, text: str, parts: Mapping[str, str], meets: bool
    ) -> list[int]:
        """How much of what is asked for can be measured, and is missing, in each."""
        if parts:
            return [len(missed_claims(parts, motion.crop(*self._frames(window)))) for motion in motions]
        # where a whole body meets what follows, that is what counts
        checks = self.checks.of_text(text) if self.checks and not meets else ()
        return [len(lacks(checks, self._piece(motion, window))) for motion in motions]

    def _frames(self, window: _Window) -> tuple[int, int]:
        """First and last (exclusive) frame of a window that are asked for, at 20 fps."""
        return window.first * self._downsample, window.last * self._downsample

    @torch.no_grad()
    def _decode(self, codes: Tensor, settings: EditSettings) -> Motion:
        features = self.model.motion_tokenizer.decode(codes[None].to(self.model.device)).features[0].cpu()
        return Motion.from_d135(postprocess(features) if settings.settle else features)

    def _piece(self, motion: Motion, window: _Window) -> Tensor:
        """Features of what was asked for, as a motion of its own."""
        return motion.crop(*self._frames(window)).to_d135()

    def _put_in(
        self,
        motion: Motion,
        made: Motion,
        window: _Window,
        first: int,
        last: int,
        joints: Sequence[int] | None,
        settings: EditSettings,
    ) -> Motion:
        """The motion with frames from the window: at its own frame rate, on its own bones."""
        made = made.resample(motion.fps).on_skeleton(motion.skeleton)
        offset = round(window.start / MODEL_FPS * motion.fps)
        lead = made.rotations[:1].expand(offset, -1, -1), made.translation[:1].expand(offset, -1)
        tail = max(0, last + 1 - offset - made.num_frames)  # rounding of frame rates, a frame or two
        made = made.replace(
            rotations=torch.cat((lead[0], made.rotations, made.rotations[-1:].expand(tail, -1, -1))),
            translation=torch.cat((lead[1], made.translation, made.translation[-1:].expand(tail, -1))),
        )
        return put_in(motion, made, first, last, joints).replace(text=None)


def _features(motion: Motion) -> Tensor:
    """SMPL-D135 (frames, 135) at 20 fps on the canonical body."""
    if motion.seconds * MODEL_FPS < MIN_FRAMES:
        raise ValueError(f"the motion lasts {motion.seconds:.2f} s, at least 0.2 are needed")
    return motion.on_skeleton(CANONICAL_SKELETON).resample(MODEL_FPS).to_d135()
