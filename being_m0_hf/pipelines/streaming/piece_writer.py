"""Writing the next steps of a motion from its last ones, whatever tasks a checkpoint has learned."""

from collections.abc import Collection
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from ...models.being_m0 import BeingM0ForConditionalGeneration, BeingM0Processor
from ...models.being_m0.prompt_template import FILL, TEXT_TO_MOTION
from ...models.being_m0.tasks.task_prompts import ASKED
from ...models.text_motion_evaluator import TextMotionEncoder
from ...motion import Motion
from ...utils.long_work import stretch
from ..action_checks import ActionChecks, best, lacks
from ..candidates import SEED_STRIDE
from ..postprocess import postprocess
from ..requests import MotionRequest, parts_to_draw
from .seam_choice import roughness

#: Steps that are read before the next ones are written, 3 s: it knows by then how the body moves, and no longer motion
#: than those of training comes of it.
CONTEXT_STEPS = 15
#: Steps, 0.6 s, that lead from what was done for a text into what another one begins with.
BETWEEN_STEPS = 3
#: Candidates that are drawn at least where a text begins: what follows goes on with what is chosen here.
CANDIDATES_OF_A_TURN = 4
#: Of the work of a turn, what its own motion takes; the rest is what leads into it.
OWN_SHARE = 0.85
#: Steps on both sides that are read for what leads over, and how many of these are drawn: the smoothest is taken.
READ_AROUND, LEADS = 12, 8


@dataclass(frozen=True)
class Sampling:
    """How to draw; None is the checkpoint's own.

    Args:
        temperature: variety; 0 takes the likeliest token each time.
        guidance_scale: how strictly to follow the text.
        candidates: drawn of each piece, of which the ranker's favourite is kept.
    """

    temperature: float | None = None
    guidance_scale: float | None = None
    candidates: int = 1

    def options(self) -> dict:
        """What `generate` is told."""
        if self.temperature is not None and not self.temperature >= 0:
            raise ValueError(f"temperature is {self.temperature:g}, expected 0 or more")
        told = {"temperature": self.temperature or None, "guidance_scale": self.guidance_scale}
        told = {name: float(value) for name, value in told.items() if value is not None}
        return {"do_sample": self.temperature != 0} | told


@dataclass(frozen=True)
class PieceWriter:
    """Writes codes that go on from given ones.

    A checkpoint that has learned to continue is asked to. Any other is shown the steps before as the beginning of what
    it writes: see `begun_prompt`.

    Args:
        ranker: tells which of several candidates fits a text best.
        checks: what can be measured of known actions: candidates that lack least come first.
    """

    model: BeingM0ForConditionalGeneration
    processor: BeingM0Processor
    ranker: TextMotionEncoder | None = None
    checks: ActionChecks | None = None

    @property
    def leads_in(self) -> bool:
        """Whether the checkpoint has learned to write what is missing between two motions."""
        return FILL in (self.model.config.tasks or [])

    def context(self, codes: Tensor, since: int) -> Tensor:
        """The last steps of a motion (steps, parts), as many as shall be read before the next ones are written.

        Only those that were written for the text that holds now: who sees three seconds of a walk goes on walking,
        whatever the new text says.

        Args:
            since: how many these are.
        """
        return codes[len(codes) - min(CONTEXT_STEPS, self.processor.max_steps // 2, since, len(codes)) :]

    def write(
        self,
        before: Tensor,
        asked: MotionRequest,
        sampling: Sampling,
        known: bool = False,
        told: int | None = None,
        ended: Collection[str] = (),
    ) -> Tensor:
        """The next steps, first of the whole body and then of the parts that have texts: see `CandidateSampler`.

        Args:
            before: (steps, parts) codes that are gone on from; may be none.
            asked: texts, how many steps to write, the seed, and in ``held`` the codes of these steps that are given.
            known: whether the text is done when they are; otherwise the motion goes on after them.
            told: steps of ``before`` for which the texts of parts have held, by default all. Parts read only these;
                with none they begin afresh, as `turn` says.
            ended: parts whose texts have just ended; they begin afresh as well, with the body's text.

        Returns:
            (asked.steps, parts) codes.
        """
        names = self.processor.part_names
        if asked.held is not None:
            return self._best(before, asked, asked.held, sampling, known)
        body = asked.whole_body()
        codes = self._best(before, body, torch.full((body.steps or 0, len(names)), ASKED), sampling, known)
        again = parts_to_draw((asked.parts.keys() - body.parts.keys()) | set(ended), names)
        if again:
            held = codes.clone()
            held[:, [names.index(name) for name in again]] = ASKED
            asked = replace(asked, held=held)
            if told == 0:
                return self.turn(before, asked, sampling, known)
            codes = self.write(before if told is None else self.context(before, told), asked, sampling, known)
        return codes

    def turn(self, before: Tensor, asked: MotionRequest, sampling: Sampling, known: bool = False) -> Tensor:
        """The next steps when the text has changed: a motion of its own, and what leads into it.

        Args:
            before: (steps, parts) codes of what was done until now; may be none.
            asked, known: see `write`.

        Returns:
            (asked.steps, parts) codes. The first ``BETWEEN_STEPS`` lead from what was done into the others, where the
            checkpoint has learned that; otherwise there is a seam.
        """
        with stretch(0, OWN_SHARE if len(before) else 1):
            codes = self.write(before[:0], asked, self._at_a_turn(sampling), known)
        between = min(BETWEEN_STEPS, len(codes) - 1)
        if not (self.leads_in and between > 0 and len(before)):
            return codes
        missing = torch.full_like(codes[:between], ASKED) if asked.held is None else asked.held[:between]
        around = min(READ_AROUND, (self.processor.max_steps - between) // 2)
        with stretch(OWN_SHARE, 1):
            led = self._led(before[-around:], missing, codes[between : between + around], asked, sampling)
        return torch.cat((led, codes[between:]))

    def _led(self, before: Tensor, missing: Tensor, after: Tensor, asked: MotionRequest, sampling: Sampling) -> Tensor:
        """The smoothest of some ways from ``before`` to ``after``: codes for the missing ones (steps, parts)."""
        count = 1 if sampling.temperature == 0 else LEADS
        grid = torch.cat((before, missing, after))
        inputs = self.processor([asked.text] * count, parts=[asked.parts] * count, task=FILL, codes=[grid] * count)
        # what comes and what was is given, and there is nothing for the text to pull away from
        options = sampling.options() | {"guidance_scale": 1.0}
        generators = self._generators(asked.seed, count)
        found = self.model.generate_motion(**inputs.to(self.model.device), generator=generators, **options).codes
        drawn = [codes.cpu() for codes in found]
        if count == 1:
            return drawn[0]
        size, first = self.processor.downsample, len(before)
        frames = (first - 1) * size, (first + len(missing) + 1) * size
        rough = [roughness(self._motion(torch.cat((before, codes, after))), *frames) for codes in drawn]
        return drawn[rough.index(min(rough))]

    @staticmethod
    def _at_a_turn(sampling: Sampling) -> Sampling:
        likeliest = sampling.temperature == 0  # then all candidates are the same
        return sampling if likeliest else replace(sampling, candidates=max(sampling.candidates, CANDIDATES_OF_A_TURN))

    def _best(self, before: Tensor, asked: MotionRequest, grid: Tensor, sampling: Sampling, known: bool) -> Tensor:
        """The best of some candidates for what is asked for in a grid (steps, parts)."""
        count = 1 if self.ranker is None else sampling.candidates
        drawn = self._drawn(before, asked, grid, count, sampling.options(), known)
        if self.ranker is None or count == 1:
            return drawn[0]
        pieces = [self._piece(before, codes) for codes in drawn]
        fits = self.ranker.similarity([asked.sentence()], pieces)[0]
        checks = self.checks.of_text(asked.text) if self.checks and not asked.parts else ()
        return drawn[best(fits, [len(lacks(checks, piece)) for piece in pieces])]

    def _drawn(
        self, before: Tensor, asked: MotionRequest, grid: Tensor, count: int, options: dict, known: bool
    ) -> list[Tensor]:
        texts, parts = [asked.text] * count, [asked.parts] * count
        written, begun, shape = len(grid), 0, {}
        if self.leads_in and len(before):
            shape = {"task": FILL, "codes": [before] * count}
        elif len(before):
            begun, shape = len(before), {"task": TEXT_TO_MOTION, "codes": [before] * count}
        seconds = (len(before) + written) / self.processor.steps_per_second if known else None
        inputs = self.processor(texts, parts=parts, seconds=[seconds] * count, **shape).to(self.model.device)
        inputs.pop("held_codes", None)
        if (grid != ASKED).any():
            inputs["held_codes"] = grid.expand(count, -1, -1)
        bounds = {"min_steps": begun + written, "max_steps": begun + written, "max_new_tokens": grid.numel()}
        generators = self._generators(asked.seed, count)
        rows = self.model.generate(**inputs, generator=generators, **bounds, **options)
        layout = self.model.layout
        return [layout.ids_to_codes(row[-grid.numel() :]).cpu() for row in rows]

    @staticmethod
    def _generators(seed: int, count: int) -> list[torch.Generator]:
        return [torch.Generator().manual_seed(seed + SEED_STRIDE * number) for number in range(count)]

    @torch.no_grad()
    def _motion(self, codes: Tensor) -> Motion:
        return Motion.from_d135(
            postprocess(self.model.motion_tokenizer.decode(codes[None].to(self.model.device)).features[0].cpu())
        )

    def _piece(self, before: Tensor, codes: Tensor) -> Tensor:
        """Features of a piece as a motion of its own, decoded behind what it goes on from."""
        motion = self._motion(torch.cat((before, codes)))
        return motion.crop(len(before) * self.processor.downsample, motion.num_frames).to_d135()


def seed_of(seed: int, number: int) -> int:
    """The seed of a stream's piece: far from those of its neighbours and of their candidates."""
    return (seed + 7_919 * SEED_STRIDE * number) % 2**63


__all__ = ["PieceWriter", "Sampling", "seed_of"]
