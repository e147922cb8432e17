"""Drawing motions: several candidates for each request, of which the ranker's favourite is kept; where it can be
measured, its favourite of those that show the action.
"""

import math
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from ..models.being_m0 import BeingM0ForConditionalGeneration, BeingM0Processor
from ..models.being_m0.processing_being_m0 import pad
from ..models.text_motion_evaluator import TextMotionEncoder
from ..utils.long_work import stretch
from .action_checks import ActionChecks, Check, best, lacks
from .part_facts import PartCheck
from .plausibility import floating
from .postprocess import postprocess
from .requests import MotionRequest, parts_title, parts_to_draw, turns

#: Motions drawn for each one that is returned, and the variety to draw them with: few or equal ones leave no choice.
CANDIDATES = 8
CANDIDATE_TEMPERATURE = 0.6
#: Up to so many seconds; each second more takes candidates away, so that 10 s of motion do not take over 2 s to make.
CANDIDATE_SECONDS, CANDIDATES_A_SECOND = 5, 1.2
#: Of a candidate for texts of parts: a change of the other parts by 1 rad takes as much as this from its similarity.
CHANGE_COST = 1.0
#: Of a candidate that hangs in the air all the time (see `plausibility`): so much is taken from its similarity.
FLOAT_COST = 1.0
#: Motions generated in one batch at most: each takes memory.
MAX_ROWS = 128
#: Between the seeds of a sample's candidates, so that they are not those of the next sample.
SEED_STRIDE = 1_000_003


@dataclass(frozen=True)
class DrawSettings:
    """How to draw: candidates for each motion, whether they are postprocessed, and options of ``generate_motion``."""

    candidates: int
    settle: bool
    options: dict


@dataclass(frozen=True)
class DrawnMotion:
    """A motion as codes (steps, parts) and features (frames, 135).

    Args:
        lacks: what it lacks by far of the action that was asked for, where that was measured.
    """

    codes: Tensor
    features: Tensor
    lacks: tuple[str, ...] = ()


@dataclass
class _Run:
    """The candidates of one request.

    Args:
        drawn: each of them.
        fits: (candidates,) how well it fits.
        checks: what was measured of them.
        missing: how many facts each lacks.
        floats: whether it hangs in the air. A body that floats may have the facts of a jump.
    """

    drawn: list[DrawnMotion]
    fits: Tensor
    checks: tuple[Check, ...]
    missing: list[int]
    floats: list[bool]

    def with_more(self, more: "_Run") -> "_Run":
        fits, missing = torch.cat((self.fits, more.fits)), self.missing + more.missing
        return replace(
            self, drawn=self.drawn + more.drawn, fits=fits, missing=missing, floats=self.floats + more.floats
        )

    @property
    def best(self) -> DrawnMotion:
        faults = [facts + floats for facts, floats in zip(self.missing, self.floats, strict=True)]
        index = best(self.fits, faults if self.checks else [0] * len(faults))
        drawn = self.drawn[index]
        return replace(drawn, lacks=lacks(self.checks, drawn.features, by_far=True)) if self.missing[index] else drawn


@dataclass(frozen=True)
class CandidateSampler:
    """Draws motions for requests.

    Args:
        ranker: tells which of several motions fits a text best; without one there is one candidate.
        styles: words that ask for an adapter's style, of which one motion is drawn: see `MotionPipeline`.
        checks: what can be measured of known actions; None for nothing.
    """

    model: BeingM0ForConditionalGeneration
    processor: BeingM0Processor
    ranker: TextMotionEncoder | None
    styles: tuple[str, ...] = ()
    checks: ActionChecks | None = None

    def count(self, asked: int | None, temperature: float | None, request: MotionRequest) -> int:
        """How many to draw for a request.

        Raises:
            ValueError: less than one is asked for, or several without a ranker.
        """
        if asked is None:
            styled = any(words.lower() in request.text.lower() for words in self.styles)
            if self.ranker is None or temperature == 0 or styled:
                return 1
            seconds = (request.steps or 1) / self.processor.steps_per_second
            return max(1, CANDIDATES - max(0, math.ceil(CANDIDATES_A_SECOND * (seconds - CANDIDATE_SECONDS))))
        if asked < 1:
            raise ValueError(f"candidates is {asked}, expected at least 1")
        if asked > 1 and self.ranker is None:
            raise ValueError(f"candidates is {asked}, but this checkpoint has no ranker to choose; give 1")
        return asked

    def draw_in_turns(self, requests: list[MotionRequest], settings: DrawSettings) -> list[DrawnMotion]:
        """First what the whole body does, then again the parts that have a text of their own, in `turns`, the others
        held.

        Drawn in one go, another text for one part would change the whole body. The first motion is the sentence's, the
        very one that is made without texts of parts; where there is no sentence, that of the root's text, or standing.
        """
        names = self.processor.part_names
        whole = [request.whole_body() for request in requests]
        told = [
            turns({name: text for name, text in request.parts.items() if name not in first.parts})
            for request, first in zip(requests, whole, strict=True)
        ]
        goes = 1 + max(map(len, told), default=0)
        with stretch(0, 1 / goes):
            drawn = self.draw(whole, settings)
        for number in range(goes - 1):
            again: dict[int, MotionRequest] = {}
            for index, own_turns in enumerate(told):
                if number < len(own_turns):
                    parts, held, before = own_turns[number], drawn[index].codes.clone(), drawn[index].features
                    held[:, [names.index(name) for name in parts_to_draw(parts, names)]] = -1
                    again[index] = replace(requests[index], parts=parts, steps=len(held), held=held, before=before)
            names_told = dict.fromkeys(name for request in again.values() for name in request.parts)
            with stretch((number + 1) / goes, (number + 2) / goes, parts_title(names_told)):
                motions = self.draw(list(again.values()), settings)
            for index, motion in zip(again, motions, strict=True):
                drawn[index] = replace(motion, lacks=drawn[index].lacks + motion.lacks)
        return drawn

    def draw(self, requests: list[MotionRequest], settings: DrawSettings) -> list[DrawnMotion]:
        """For each request, the best of so many candidates; of once more as many where all lack something that can be
        measured of the action.
        """
        if settings.candidates == 1 or not requests:
            return self._draw_all(requests, settings)
        checks = [self._checks_of(request) for request in requests]
        runs = self._runs(requests, checks, settings)
        again = [index for index, run in enumerate(runs) if min(run.missing) > 0]
        if again:
            others = [requests[index] for index in again]
            others = [replace(each, seed=each.seed + SEED_STRIDE * settings.candidates) for each in others]
            more = self._runs(others, [checks[index] for index in again], settings)
            for index, run in zip(again, more, strict=True):
                runs[index] = runs[index].with_more(run)
        return [run.best for run in runs]

    def _checks_of(self, request: MotionRequest) -> tuple[Check, ...]:
        """What is measured of candidates: the action of the text; or, of parts drawn anew, what their texts claim
        and the actions that they are of.
        """
        if self.checks is None:
            return ()
        if request.parts:
            return (PartCheck(request.parts), *self.checks.of_actions(request.part_actions))
        return self.checks.of_text(request.text)

    def _runs(
        self, requests: list[MotionRequest], checks: list[tuple[Check, ...]], settings: DrawSettings
    ) -> list[_Run]:
        """The candidates of each request, measured."""
        count = settings.candidates
        rows = [replace(each, seed=each.seed + SEED_STRIDE * number) for each in requests for number in range(count)]
        drawn = self._draw_all(rows, settings)
        said, motions = [request.sentence() for request in requests], [each.features for each in drawn]
        fits = self.ranker.similarity(said, motions)
        plain = [request.plain or sentence for request, sentence in zip(requests, said, strict=True)]
        if plain != said:  # words that the ranker has hardly seen are helped by those that it knows well
            fits = (fits + self.ranker.similarity(plain, motions)) / 2
        changes = [row.change(each.features) for row, each in zip(rows, drawn, strict=True)]
        hanging = [floating(each.features) for each in drawn]
        fits -= CHANGE_COST * torch.tensor(changes).view_as(fits) + FLOAT_COST * torch.tensor(hanging).view_as(fits)
        runs = []
        for index, own_checks in enumerate(checks):
            own = slice(index * count, (index + 1) * count)
            missing = [len(lacks(own_checks, each.features)) for each in drawn[own]]
            runs.append(_Run(drawn[own], fits[index], own_checks, missing, [share > 0 for share in hanging[own]]))
        return runs

    def _draw_all(self, rows: list[MotionRequest], settings: DrawSettings) -> list[DrawnMotion]:
        """One motion for each request, in batches."""
        starts = range(0, len(rows), MAX_ROWS)
        return [each for start in starts for each in self._draw_rows(rows[start : start + MAX_ROWS], settings)]

    def _draw_rows(self, rows: list[MotionRequest], settings: DrawSettings) -> list[DrawnMotion]:
        """One motion for each request, in one batch."""
        seconds = [row.steps and row.steps / self.processor.steps_per_second for row in rows]
        inputs = self.processor([row.text for row in rows], parts=[row.parts for row in rows], seconds=seconds)
        held = {} if rows[0].held is None else {"held_codes": pad([row.held for row in rows], -1)}
        generators = [torch.Generator().manual_seed(row.seed) for row in rows]
        output = self.model.generate_motion(
            **inputs.to(self.model.device), generator=generators, **held, **settings.options
        )
        features = [each.cpu() for each in output.features]
        if settings.settle:
            features = [postprocess(each) for each in features]
        return [DrawnMotion(*each) for each in zip(output.codes, features, strict=True)]
