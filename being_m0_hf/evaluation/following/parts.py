"""Texts of body parts: does the named part do it, does the rest of the body stay as it is, are sides kept apart?

The two axes of ParTY are measured: a part follows its own text, and the body stays whole (its physical metrics beside
those of the same sentence without part texts).
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Protocol

import torch
from tqdm.auto import tqdm

from being_m0_hf.motion import PARTS, Motion
from being_m0_hf.motion.rotations import angle_between

from ...motion.body_track import SIDES, BodyTrack
from ...motion.physical_metrics import mean_physical_metrics
from ..checks.check import run_check
from ..kept_outcomes import append_outcomes, read_outcomes
from ..metrics.shares import mean

SECONDS = 4.0


class PartPipeline(Protocol):
    """What is measured: a sentence and texts of parts in, ``num_samples`` motions out."""

    def __call__(
        self, text: str, *, parts: Mapping[str, str] | None, seconds: float, seed: int, num_samples: int
    ) -> Sequence[Motion]: ...


@dataclass(frozen=True)
class PartCase:
    """What is asked of some parts while the body does something else.

    Args:
        name: in reports.
        text: the whole body's sentence; may be empty where `given` says something.
        parts: texts of the parts that are looked at.
        checks: of `CHECKS`, that must all pass.
        opposite: that must not pass, the same thing done by the other side; empty where both sides do something.
        given: texts of other parts, which the motion to compare with is told as well.
    """

    name: str
    text: str
    parts: dict[str, str]
    checks: tuple[str, ...]
    opposite: tuple[str, ...] = ()
    given: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class PartOutcome:
    """One case with one seed.

    Args:
        case: its name.
        seed: of the generation.
        passed: whether the named parts do it and, where there is an opposite, the other side does not.
        wrong_side: whether the other side does it; None where there is no opposite.
        change: for each part, mean angle by which its joints differ from the motion of the same sentence and seed
            without `PartCase.parts`, degrees.
        chance: the same between two seeds of that sentence: what differs anyway.
        physical: metrics of the motion.
        plain_physical: metrics of the motion without these texts.
        reason: the measures of the checks that fail, or all of them.
    """

    case: str
    seed: int
    passed: bool
    wrong_side: bool | None
    change: dict[str, float]
    chance: dict[str, float]
    physical: dict[str, float]
    plain_physical: dict[str, float]
    reason: str = ""


def part_cases() -> tuple[PartCase, ...]:
    """One part at a time on both sides, beside a sentence or beside nothing else; then two parts at once."""
    cases = []
    on_the_spot = {"root": "the body stays in place"}
    bases: tuple[tuple[str, str, dict[str, str]], ...] = (
        ("standing", "a person stands still", {}),
        ("walking", "a person walks forward", {}),
        ("no sentence", "", on_the_spot),
    )
    for base, text, given in bases:
        for side, other in (SIDES, SIDES[::-1]):
            raised = {f"{side}_arm": f"the {side} hand goes up above the head"}
            waves = {f"{side}_arm": f"the {side} hand waves from side to side"}
            up, wave = (f"raise_{side}_hand", f"raise_{other}_hand"), (f"wave_{side}_hand", f"wave_{other}_hand")
            cases.append(PartCase(f"{side} hand up, {base}", text, raised, up[:1], up[1:], given))
            cases.append(PartCase(f"{side} hand waves, {base}", text, waves, wave[:1], wave[1:], given))
    for side, other in (SIDES, SIDES[::-1]):
        kick = {f"{side}_leg": f"the {side} leg kicks high"}
        still = "a person stands still"
        cases.append(PartCase(f"{side} leg kicks", still, kick, (f"kick_{side}_leg",), (f"kick_{other}_leg",)))
        arms = {f"{side}_arm": f"the {side} hand waves", f"{other}_arm": f"the {other} arm hangs down"}
        cases.append(PartCase(f"{side} hand waves, {other} hangs", still, arms, (f"wave_{side}_hand",)))
        turn = {f"{side}_arm": f"the {side} arm is raised high", "root": f"the body turns {other}"}
        both = (f"raise_{side}_hand", f"walk_turn_{other}")
        cases.append(PartCase(f"{side} hand up, turning {other}", "a person walks", turn, both))
    for base, text, given in (bases[0], bases[2]):
        cases.append(
            PartCase(f"bending over, {base}", text, {"torso": "the upper body bends over"}, ("bow",), (), given)
        )
    return tuple(cases)


def part_change(first: Motion, second: Motion) -> dict[str, float]:
    """For each part, the mean angle between its joints' local rotations in two motions, degrees.

    Local rotations: an arm that is carried around by a bending torso has not changed. Motions are compared over the
    frames that both have, from the same start facing +z.
    """
    frames = min(first.num_frames, second.num_frames)
    clips = [motion.canonicalized().crop(0, frames).rotations for motion in (first, second)]
    angles = torch.rad2deg(angle_between(*clips))
    return {part.name: float(angles[:, list(part.joints)].mean()) for part in PARTS}


@dataclass(frozen=True)
class PartReport:
    """All outcomes of one model."""

    outcomes: tuple[PartOutcome, ...]
    cases: tuple[PartCase, ...]

    def success(self, case: str | None = None) -> float:
        """Share of generations whose named parts do it."""
        return mean(outcome.passed for outcome in self.outcomes if case in (None, outcome.case))

    def wrong_sides(self) -> float:
        """Share of the cases with an opposite in which the other side does it."""
        return mean(outcome.wrong_side for outcome in self.outcomes if outcome.wrong_side is not None)

    def leakage(self, case: str | None = None) -> float:
        """How much parts without a text change when another part gets one, over how much that part changes.

        0: nothing else moves differently; 1: the rest of the body changes as much as the part that was told to.
        """
        return _ratio(*self._changes(case, "change"))

    def chance_leakage(self, case: str | None = None) -> float:
        """The same ratio between two seeds of one sentence: what a model that draws everything anew would get."""
        return _ratio(*self._changes(case, "chance"))

    def physical(self) -> dict[str, dict[str, float]]:
        """Mean metrics with part texts, and of the same sentences without: does the body stay whole?"""
        found = {"with part texts": "physical", "without": "plain_physical"}
        return {
            title: {
                name: mean(getattr(outcome, field)[name] for outcome in self.outcomes)
                for name in self.outcomes[0].physical
            }
            for title, field in found.items()
        }

    def to_dict(self) -> dict:
        """Ready for JSON."""
        return {
            "generations": len(self.outcomes),
            "success": self.success(),
            "wrong_side": self.wrong_sides(),
            "leakage": self.leakage(),
            "chance_leakage": self.chance_leakage(),
            "physical": self.physical(),
            "cases": {
                case.name: {
                    "text": case.text,
                    "parts": case.parts,
                    "success": self.success(case.name),
                    "leakage": self.leakage(case.name),
                }
                for case in self.cases
            },
        }

    def _changes(self, case: str | None, field: str) -> tuple[float, float]:
        """Mean change of the named parts and of all others, degrees."""
        named = {each.name: set(each.parts) for each in self.cases}
        own: list[float] = []
        others: list[float] = []
        for outcome in self.outcomes:
            if case in (None, outcome.case):
                for part, degrees in getattr(outcome, field).items():
                    (own if part in named[outcome.case] else others).append(degrees)
        return mean(own), mean(others)


def evaluate_parts(
    pipeline: PartPipeline,
    seeds: int = 4,
    cases: Sequence[PartCase] | None = None,
    seconds: float = SECONDS,
    path: str | Path | None = None,
    on_outcome: Callable[[PartCase, PartOutcome, Motion], None] | None = None,
    progress: bool = True,
) -> PartReport:
    """Generate every case with every seed, beside the same sentence without part texts.

    Args:
        pipeline: sample i of a call must be drawn with ``seed + i``.
        seeds: samples of each case; at least 2, since chance is measured between them.
        cases: `part_cases` by default.
        seconds: length to ask for.
        path: JSON-lines file of outcomes; what it holds is not generated again. It must belong to the same settings.
        on_outcome: called with each new outcome and its motion.
        progress: show a bar.

    Raises:
        ValueError: fewer than 2 seeds.
    """
    if seeds < 2:
        raise ValueError(f"seeds is {seeds}, expected at least 2: chance is measured between two of them")
    cases = tuple(part_cases() if cases is None else cases)
    known = _read(path)
    plain: dict[tuple, Sequence[Motion]] = {}
    ask = partial(pipeline, seconds=seconds, seed=0, num_samples=seeds)
    for case in tqdm(cases, desc="parts", unit="case", disable=not progress):
        if all((case.name, seed) in known for seed in range(seeds)):
            continue
        told = (case.text, *sorted(case.given.items()))
        if told not in plain:
            plain[told] = ask(case.text, parts=case.given or None)
        motions = ask(case.text, parts=case.given | case.parts)
        for seed, motion in enumerate(motions):
            outcome = _judge(case, seed, motion, plain[told])
            known[(case.name, seed)] = outcome
            append_outcomes(path, [outcome])
            if on_outcome is not None:
                on_outcome(case, outcome, motion)
    return PartReport(tuple(known[(case.name, seed)] for case in cases for seed in range(seeds)), cases)


def _judge(case: PartCase, seed: int, motion: Motion, plain: Sequence[Motion]) -> PartOutcome:
    track = BodyTrack(motion)
    results = [run_check(kind, track) for kind in case.checks]
    failed = [result for result in results if not result.passed]
    wrong = any(run_check(kind, track).passed for kind in case.opposite) if case.opposite else None
    return PartOutcome(
        case=case.name,
        seed=seed,
        passed=not failed and not wrong,
        wrong_side=wrong,
        change=part_change(motion, plain[seed]),
        chance=part_change(plain[seed], plain[(seed + 1) % len(plain)]),
        physical=mean_physical_metrics([motion]),
        plain_physical=mean_physical_metrics([plain[seed]]),
        reason="; ".join(result.reason for result in failed or results),
    )


def _read(path: str | Path | None) -> dict[tuple[str, int], PartOutcome]:
    outcomes = [PartOutcome(**row) for row in read_outcomes(path)]
    return {(outcome.case, outcome.seed): outcome for outcome in outcomes}


def _ratio(own: float, others: float) -> float:
    if own:
        return others / own
    return math.inf if others else math.nan
