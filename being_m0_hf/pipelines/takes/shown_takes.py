"""Which take is shown for a sentence, on which side, how often, how long; and what is missing of what was asked for.

A take satisfies whoever asked for its action far more often than what a small language model makes of it, even where
the sentence is only near to that action, which is said. So there is a take wherever the nearest action has any.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ...motion import Motion
from ...text.mirror import mirror_name
from ...understanding import Action, Understanding, Verdict
from ...understanding.facts import read_facts
from .counted_takes import Counter, counted
from .sides import busier_side, with_arms, with_both_arms
from .take_lengths import played
from .written_takes import WrittenAction, WrittenTakes

#: How fast a sentence is played that says how, where no length is asked for.
TEMPOS = {"slow": 0.7, "slow motion": 0.5, "fast": 1.35, "": 1.0}
#: Of an action, so many takes are tried for one that can be done as often as is said.
MOST_TAKES = 4


@dataclass(frozen=True)
class ShownTakes:
    """Shows the takes of a checkpoint.

    Args:
        counter: what counts an action's repetitions; None for what nobody can count.
        most: frames that a motion has at most where no length is asked for.
    """

    takes: WrittenTakes
    counter: Callable[[Action], Counter | None]
    most: int

    def __call__(self, found: Understanding, frames: int | None, seed: int) -> Motion | None:
        """The motion for a sentence of one action, or of several at once; None where the model shall make it.

        Args:
            found: what the sentence was taken for.
            frames: that are asked for, at 20 fps; None for as long as a take lasts.
            seed: chooses among the takes.

        Returns:
            at 20 fps; its ``source`` names the written actions, its ``doubt`` says what is missing.
        """
        if found.verdict is Verdict.UNKNOWN or not all(map(self.has, found.actions)):
            return None
        if len(found.actions) == 1:
            return self._one(found.actions[0], frames, seed)
        return self._at_once(found.actions, frames, seed) if found.order == "while" else None

    def has(self, action: Action) -> bool:
        """Whether there are takes of what a sentence asks for."""
        return not action.facts.negated and self.takes.name_of(action.name) is not None

    def _one(self, action: Action, frames: int | None, seed: int) -> Motion | None:
        name = str(self.takes.name_of(action.name))
        written = self.takes.actions[name]
        found = self._counted(action, name, written, frames, seed) or self._played(action, name, written, frames, seed)
        if found is None:
            return None
        motion, missing = found
        motion, side, not_that_side = _on_side(motion, written.side, action)
        shown = mirror_name(name) if side not in (written.side, "both") else name
        doubts = "; ".join(filter(None, (missing, not_that_side)))
        return motion.replace(source=f'written action "{shown.replace("_", " ")}"', doubt=doubts or None)

    def _played(
        self, action: Action, name: str, written: WrittenAction, frames: int | None, seed: int
    ) -> tuple[Motion, str] | None:
        count, tempo = action.facts.count, _tempo(action)
        found = played(written.takes, frames, tempo, random.Random(f"{name} {seed}"))
        if found is None or count in (None, 1):
            return found
        motion, missing = found
        return motion, "; ".join(filter(None, (missing, f"nobody counted whether it is done {count} times")))

    def _counted(
        self, action: Action, name: str, written: WrittenAction, frames: int | None, seed: int
    ) -> tuple[Motion, str] | None:
        """A take done as often as a sentence says, or nearly; None where it says no number or nobody can count it."""
        count, counter = action.facts.count, self.counter(action) if action.facts.count else None
        if count is None or counter is None:
            return None
        nearly = None
        for each in range(seed, seed + MOST_TAKES):
            take = random.Random(f"{name} {each}").choice(written.takes)
            motion = take.motion(take.lengths[take.steps])
            found = counted(motion, count, counter, frames, self.most, _tempo(action))
            if found and not found[1]:
                return found
            nearly = nearly or found
        return nearly

    def _at_once(self, actions: Sequence[Action], frames: int | None, seed: int) -> Motion | None:
        """One action of the body, or of arms, with what the arms do in others; None where two need the same."""
        first, *others = sorted(actions, key=lambda action: bool(action.arms))
        if not all(action.arms for action in others):
            return None
        motions = [self._one(action, frames, seed) for action in (first, *others)]
        shown = [motion for motion in motions if motion]
        if len(shown) < len(motions):
            return None
        if frames is None:  # as long as the longest, where they can
            longest = max(motion.num_frames for motion in shown)
            shown = [self._one(each, longest, seed) or own for each, own in zip((first, *others), shown, strict=True)]
        whole, taken = shown[0], set(self._arms(first, shown[0]) if first.arms else ())
        for action, motion in zip(others, shown[1:], strict=True):
            arms = self._arms(action, motion)
            if taken.intersection(arms) and len(arms) == 1 and not action.facts.side:
                motion, arms = motion.mirrored(), (mirror_name(arms[0]),)  # nobody said which arm
            if taken.intersection(arms):
                return None
            whole, taken = with_arms(whole, motion, arms), taken.union(arms)
        doubts = "; ".join(dict.fromkeys(motion.doubt for motion in shown if motion.doubt))
        return whole.replace(source=", ".join(str(motion.source) for motion in shown), doubt=doubts or None)

    def _arms(self, action: Action, motion: Motion) -> tuple[str, ...]:
        """The arms that do it in a motion."""
        if len(action.arms) > 1 or action.facts.side:
            return tuple(action.arms)
        side = self.takes.actions[str(self.takes.name_of(action.name))].side or busier_side(motion)
        return (f"{side}_arm",) if side else tuple(action.arms)


def _tempo(action: Action) -> float:
    """How much faster than written it is done; not where the action is slow or fast by its own name."""
    own = read_facts(action.title).speed
    return 1.0 if own and own == action.facts.speed else TEMPOS[action.facts.speed]


def _on_side(motion: Motion, own: str, action: Action) -> tuple[Motion, str, str]:
    """The motion on the side that is said, that side, and what is not known of it.

    Args:
        own: the side that the takes are of, "" where the action has none.
    """
    said = action.facts.side
    if said == "both" and own:
        if action.arms:
            return with_both_arms(motion, own), "both", ""
        return motion, own, f"it is done with the {own} side alone"
    if said not in ("left", "right"):
        return motion, own, ""
    side = own or busier_side(motion, action.said)
    if not side:
        return motion, own, f"nobody measured whether it is on the {said}"
    return (motion, own, "") if side == said else (motion.mirrored(), said, "")
