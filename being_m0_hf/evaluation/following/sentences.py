"""Does a text-to-motion pipeline do what the text says? Every wording and seed is generated and checked."""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Protocol

from tqdm.auto import tqdm

from being_m0_hf.motion import Motion

from ...motion.body_track import BodyTrack
from ...motion.physical_metrics import mean_physical_metrics
from ..checks.check import CHECKS, run_check
from ..checks.prompts import PROMPTS, PairPrompts
from ..kept_outcomes import append_outcomes, read_outcomes
from ..metrics.shares import mean, percent

WORDINGS = ("seen", "heldout")


class TextToMotion(Protocol):
    """What is measured: texts in, one motion for each out, the same ones for the same seed."""

    def __call__(self, text: list[str], *, seconds: float, seed: int) -> Sequence[Motion]: ...


@dataclass(frozen=True)
class Outcome:
    """One generated motion (two for a pair kind) and the verdict.

    Args:
        kind: name of the check.
        wording: ``seen`` or ``heldout``.
        text: the sentence; both sentences, joined by " | ", for a pair.
        seed: of the generation.
        passed: whether the check holds and, for a kind with a side, the other side's check does not.
        wrong_side: whether the other side's check holds; None for kinds without a side.
        reason: the measures that fail, or all of them.
        physical: metrics of ``physical.py``, mean over the pair for a pair kind.
    """

    kind: str
    wording: str
    text: str
    seed: int
    passed: bool
    wrong_side: bool | None
    reason: str
    physical: dict[str, float]


@dataclass(frozen=True)
class FollowingReport:
    """All outcomes of one model."""

    outcomes: tuple[Outcome, ...]

    def __post_init__(self) -> None:
        if not self.outcomes:
            raise ValueError("nothing was generated: give at least one kind, one wording and one seed")

    @property
    def kinds(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(outcome.kind for outcome in self.outcomes))

    def success(self, kind: str | None = None, wording: str | None = None) -> float:
        """Share of generations that pass; NaN where there are none."""
        return mean(
            outcome.passed
            for outcome in self.outcomes
            if kind in (None, outcome.kind) and wording in (None, outcome.wording)
        )

    def sides(self, wording: str | None = None) -> float:
        """Left against right: share of the kinds with a side that show their own side and not the other one."""
        return mean(
            outcome.passed
            for outcome in self.outcomes
            if outcome.wrong_side is not None and wording in (None, outcome.wording)
        )

    def wrong_sides(self) -> float:
        """Share of the kinds with a side that show the other side."""
        return mean(outcome.wrong_side for outcome in self.outcomes if outcome.wrong_side is not None)

    def physical(self) -> dict[str, float]:
        """Mean of each physical metric over all generations."""
        names = self.outcomes[0].physical
        return {name: mean(one.physical[name] for one in self.outcomes) for name in names}

    def to_dict(self) -> dict:
        """Everything a table or a model card needs, ready for JSON."""
        return {
            "generations": len(self.outcomes),
            "success": self._shares(),
            "left_right": _number(self.sides()),
            "wrong_side": _number(self.wrong_sides()),
            "physical": self.physical(),
            "kinds": {kind: self._shares(kind) for kind in self.kinds},
        }

    def to_markdown(self) -> str:
        """A table by kind, with the totals on top."""
        lines = ["| kind | what is measured | seen wordings | held-out wordings | all |", "|---|---|---|---|---|"]
        lines.append(self._row("**all kinds**", "", None))
        sides = " | ".join(percent(self.sides(word)) for word in (*WORDINGS, None))
        lines.append(f"| **left against right** | the asked side and not the other | {sides} |")
        lines += [self._row(kind.replace("_", " "), CHECKS[kind].measures, kind) for kind in self.kinds]
        return "\n".join(lines) + "\n"

    def _shares(self, kind: str | None = None) -> dict[str, float | None]:
        wordings = {wording: _number(self.success(kind, wording)) for wording in WORDINGS}
        return {"all": _number(self.success(kind)), **wordings}

    def _row(self, name: str, measures: str, kind: str | None) -> str:
        shares = " | ".join(percent(self.success(kind, word)) for word in (*WORDINGS, None))
        return f"| {name} | {measures} | {shares} |"


def evaluate_following(
    pipeline: TextToMotion,
    kinds: Iterable[str] | None = None,
    seeds: Iterable[int] = range(4),
    wordings: str = "all",
    seconds: float | None = None,
    path: str | Path | None = None,
    on_outcome: Callable[[Outcome, tuple[Motion, ...]], None] | None = None,
    progress: bool = True,
) -> FollowingReport:
    """Generate every wording of every kind with every seed, and check what comes out.

    Args:
        pipeline: called as ``pipeline(texts, seconds=, seed=)`` with all wordings of a kind at once.
        kinds: names of checks; all of them by default.
        seeds: random seeds.
        wordings: ``seen``, ``heldout`` or ``all``.
        seconds: length to ask for, instead of each kind's own.
        path: JSON-lines file of outcomes. What it already holds is not generated again, so that an interrupted
            evaluation goes on; it must belong to the same model and settings.
        on_outcome: called with each new outcome and its motions, to save pictures or files.
        progress: show a bar.

    Raises:
        ValueError: an unknown kind or wording, or a pipeline that returns another number of motions than texts.
    """
    kinds = tuple(kind for kind in CHECKS if kind in PROMPTS) if kinds is None else tuple(kinds)
    unknown = [kind for kind in kinds if kind not in PROMPTS]
    if unknown:
        raise ValueError(f"there are no prompts for {', '.join(unknown)}; choose from {', '.join(PROMPTS)}")
    if wordings not in ("all", *WORDINGS):
        raise ValueError(f"wordings is {wordings!r}, expected all, seen or heldout")
    wanted = WORDINGS if wordings == "all" else (wordings,)
    known = _read_outcomes(path)
    outcomes = []
    for kind, wording, seed in tqdm(
        list(product(kinds, wanted, seeds)), desc="following", unit="batch", disable=not progress
    ):
        texts = [text for text in _texts(kind, wording) if (kind, wording, text, seed) not in known]
        fresh = _generate(pipeline, kind, wording, texts, seed, seconds) if texts else ()
        for outcome, motions in fresh:
            known[(outcome.kind, outcome.wording, outcome.text, outcome.seed)] = outcome
            append_outcomes(path, [outcome])
            if on_outcome is not None:
                on_outcome(outcome, motions)
        outcomes += [known[(kind, wording, text, seed)] for text in _texts(kind, wording)]
    return FollowingReport(tuple(outcomes))


def judge(kind: str, wording: str, text: str, seed: int, motions: tuple[Motion, ...]) -> Outcome:
    """The verdict on one generation: its own check passes, and the other side's does not."""
    tracks = [BodyTrack(motion) for motion in motions]
    result = run_check(kind, *tracks)
    opposite = CHECKS[kind].opposite
    wrong = None if opposite is None else run_check(opposite, *tracks).passed
    reason = f"{result.reason}; shows {opposite} too" if wrong and result.passed else result.reason
    passed = result.passed and not wrong
    return Outcome(kind, wording, text, seed, passed, wrong, reason, mean_physical_metrics(motions))


def _texts(kind: str, wording: str) -> list[str]:
    prompts = PROMPTS[kind]
    if isinstance(prompts, PairPrompts):
        pairs = zip(prompts.first.texts(wording), prompts.second.texts(wording), strict=True)
        return [" | ".join(pair) for pair in pairs]
    return list(prompts.texts(wording))


def _generate(
    pipeline: TextToMotion, kind: str, wording: str, texts: list[str], seed: int, seconds: float | None
) -> Iterator[tuple[Outcome, tuple[Motion, ...]]]:
    """One batch for each sentence of a pair, one in all for other kinds."""
    prompts = PROMPTS[kind]
    members = (prompts.first, prompts.second) if isinstance(prompts, PairPrompts) else (prompts,)
    columns = []
    for member, part in zip(members, zip(*(text.split(" | ") for text in texts), strict=True), strict=True):
        motions = list(pipeline(list(part), seconds=seconds or member.seconds, seed=seed))
        if len(motions) != len(part):
            raise ValueError(f"the pipeline made {len(motions)} motions of {len(part)} texts; it must make one of each")
        columns.append(motions)
    for text, *motions in zip(texts, *columns, strict=True):
        yield judge(kind, wording, text, seed, tuple(motions)), tuple(motions)


def _read_outcomes(path: str | Path | None) -> dict[tuple[str, str, str, int], Outcome]:
    outcomes = [Outcome(**row) for row in read_outcomes(path)]
    return {(outcome.kind, outcome.wording, outcome.text, outcome.seed): outcome for outcome in outcomes}


def _number(share: float) -> float | None:
    """JSON knows no NaN."""
    return None if math.isnan(share) else round(share, 4)
