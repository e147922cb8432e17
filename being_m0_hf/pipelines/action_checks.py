"""Candidates measured: what a motion lacks of the action that its text is known as.

A learned ranker tells which of several motions a text belongs to, and often misses what can be measured: whether the
hand reaches the brow. Whoever knows an action's facts says how to check them (`choreography` does, of written actions);
here it is only asked, and of several candidates the ranker chooses among those that lack least.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor

from ..motion import Motion
from ..understanding import Action, Understanding


class Check(Protocol):
    """The check of one action."""

    def __call__(self, motion: Motion, by_far: bool = False) -> Sequence[str]:
        """What a motion lacks of it, or only what it lacks by far; a line for each fact, [] where it shows the action.

        That two fingers miss the brow by a centimetre tells two candidates apart, but is no reason to doubt.
        """


@runtime_checkable
class CountingCheck(Check, Protocol):
    """The check of an action whose repetitions can be told."""

    def repetitions(self, motion: Motion) -> Sequence[int]:
        """The frame, at 20 fps, in the middle of each repetition that a motion shows."""


#: The check of an action; None where nobody knows what could be measured.
Checker = Callable[[Action], Check | None]


@dataclass(frozen=True)
class ActionChecks:
    """The checks of whatever a text asks for.

    Args:
        reader: tells what a text is taken for.
        checker: has the checks of actions.
    """

    reader: Callable[[str], Understanding]
    checker: Checker

    def of_text(self, text: str) -> tuple[Check, ...]:
        """The check of the one action that a text is known as; () for any other text."""
        found = self.reader(text) if text.strip() else None
        return self.of_actions(found.actions) if found and found.is_known and len(found.actions) == 1 else ()

    def of_actions(self, actions: Sequence[Action]) -> tuple[Check, ...]:
        """Those of the actions that have one."""
        return tuple(check for action in actions if (check := self.checker(action)))


def lacks(checks: Sequence[Check], features: Tensor, by_far: bool = False) -> tuple[str, ...]:
    """What a motion (frames, 135) lacks of actions, or only what it lacks by far."""
    motion = Motion.from_d135(features) if checks else None
    return tuple(line for check in checks for line in check(motion, by_far)) if motion else ()


def best(fits: Tensor, missing: Sequence[int]) -> int:
    """Which of several candidates is kept: of those that lack the fewest facts, the one that fits best.

    Args:
        fits: (candidates,) how well each fits, by the ranker.
        missing: how many facts each lacks.
    """
    fewest = torch.tensor(missing) == min(missing)
    return int(fits.masked_fill(~fewest, -torch.inf).argmax())
