"""Whether a motion is the written action that a sentence asks for."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from ...motion import Motion, MotionError
from ...pipelines.action_checks import Check
from ...text.mirror import mirror_name, side_words
from ...understanding import Action
from ...understanding.same_actions import same_as
from ..library import OWN_SCORES, load, score_files
from ..score.score import Score
from .counts import repetitions, swings
from .facts import failed_facts


def missing_facts(score: Score, motion: Motion, text: str, by_far: bool = False) -> list[str]:
    """What a motion lacks of a score, or only what it lacks ``by_far``; [] where it shows the action.

    A score is written for the right side, or for the one that its text says. A sentence that says the other one is
    asked of the mirrored motion; one that says no side is content with either.
    """
    sides, own = side_words(text), side_words(score.text)
    other = ["right"] if own == ["left"] else ["left"]
    versions = [motion.mirrored()] if sides == other else [motion]
    if score.mirror and not sides:
        versions.append(motion.mirrored())
    return min((failed_facts(score, version, by_far) for version in versions), key=len)


@dataclass(frozen=True)
class ScoreCheck:
    """What motions lack of a score, of the side that is said: a `pipelines.action_checks.Check`."""

    score: Score
    said: str

    def __call__(self, motion: Motion, by_far: bool = False) -> list[str]:
        return missing_facts(self.score, motion, self.said, by_far)


@dataclass(frozen=True)
class CountingScoreCheck(ScoreCheck):
    """Of a score whose repetitions can be told, too: a `pipelines.action_checks.CountingCheck`."""

    def repetitions(self, motion: Motion) -> list[int]:
        return repetitions(self.score, motion)


class ScoreChecker:
    """Checks of written actions, by the facts of their scores: a `pipelines.action_checks.Checker`.

    A score is read when its action is first asked for.

    Args:
        folder: of the scores; those of the package by default.
    """

    def __init__(self, folder: Path = OWN_SCORES) -> None:
        self.folder = folder
        self._score = cache(self._read)

    def __call__(self, action: Action) -> Check | None:
        """What tells what a motion lacks of an action; None where no score of it can be read, or it has
        nothing that could be measured. A score of what looks the same will do: a kick is counted as the right one."""
        side = action.facts.side
        asked = side if side in ("left", "right") else action.said  # "stands on the right leg": with the left one up
        names = (action.name, mirror_name(action.name), *sorted(same_as(action.name)))
        score = next(filter(None, map(self._score, names)), None)
        if score and score.name in swings():
            return CountingScoreCheck(score, asked)
        return ScoreCheck(score, asked) if score and score.expect else None

    @cached_property
    def _files(self) -> Mapping[str, Path]:
        return score_files(self.folder)

    def _read(self, name: str) -> Score | None:
        try:
            return load(self._files[name])
        except (KeyError, MotionError):  # such an action is made all the same, only not measured
            return None
