"""What a sentence asks for, step by step: what comes one after the other, what arms do meanwhile, how long it takes.

A language model of a few million parameters follows one action well and two badly. What a sentence asks for is read by
rule (`understanding`), and each action is made as what the model was trained on: "then" as a motion that is gone on
with, "while" as texts of the arms that do it. Nor does it always know when an action is over: one that is known gets a
length that its recordings have.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from ..text.lengths import seconds_said
from ..understanding import Action, Understanding, Verdict
from ..understanding.understanding import KNOWN, MOST_ACTIONS

#: Certainty from which an action of several is shown where there is a ready-made motion of it.
LIKELY = 0.25
#: What less time than this is asked for, for each action, is not made step by step.
LEAST_SECONDS = 1.0


@dataclass(frozen=True)
class Step:
    """One action of a sentence, and what arms do meanwhile.

    Args:
        text: of the body; "" where the arms alone do something.
        parts: arm -> what it does.
        seconds: how long it usually takes, at least and at most; None where that is not known.
        part_actions: the known actions that ``parts`` are of.
    """

    text: str
    parts: Mapping[str, str] = field(default_factory=dict)
    seconds: tuple[float, float] | None = None
    part_actions: tuple[Action, ...] = ()

    def usual_seconds(self, seed: int) -> float | None:
        """A length as it is usual, the same for the same seed."""
        return self.seconds and random.Random(seed).uniform(*self.seconds)


def plan(found: Understanding) -> list[Step]:
    """The steps of a sentence; [] where it is better given to the model as it is.

    That is the case where an action is not known, and for two at once that both need the whole body.
    """
    actions = found.actions
    if not 0 < len(actions) <= MOST_ACTIONS or any(each.certainty < KNOWN or each.facts.negated for each in actions):
        return []
    if len(actions) == 1:
        return [Step(found.text, seconds=_seconds(actions[0]))]
    if found.order == "then":
        return [Step(each.said, seconds=_seconds(each)) for each in actions]
    return _at_once(actions)


def ready_made_in_turn(found: Understanding, is_ready: Callable[[Action], bool]) -> tuple[list[Step], str]:
    """The steps of a sentence that is not known as a whole, or whose actions cannot be done at once.

    Args:
        is_ready: tells of an action whether there is a ready-made motion of it.

    Returns:
        its likely actions, if each is ready-made, one after the other, at most `MOST_ACTIONS`; and what that lacks. []
        where there are none, or there is nothing to leave out or to separate.
    """
    likely = [each for each in found.actions if each.certainty >= LIKELY]
    if found.verdict is Verdict.UNKNOWN or not likely or not all(map(is_ready, likely)) or len(found.actions) < 2:
        return [], ""
    lacks = [f'nothing is shown of "{each.said}"' for each in found.actions if each not in likely[:MOST_ACTIONS]]
    if found.order == "while" and len(likely) > 1:
        lacks.append("one comes after the other, not both at once")
    return [Step(each.said, seconds=_seconds(each)) for each in likely[:MOST_ACTIONS]], "; ".join(lacks)


def _seconds(action: Action) -> tuple[float, float] | None:
    if said := seconds_said(action.said):
        return said, said
    return None if action.facts.count else action.seconds


def _at_once(actions: Sequence[Action]) -> list[Step]:
    bodies = [each for each in actions if not each.arms]
    arms = [each for each in actions if each.arms]
    if len(bodies) > 1 or (not bodies and len(arms) < 2):
        return []
    parts: dict[str, str] = {}
    for action in arms:
        if parts.keys() & action.arms.keys():
            return []  # both want the same arm
        parts |= action.arms
    first = bodies[0] if bodies else arms[0]
    return [Step(bodies[0].said if bodies else "", parts, _seconds(first), tuple(arms))]
