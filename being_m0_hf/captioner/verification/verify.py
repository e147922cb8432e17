"""Statements measured again by independent code: does what is said hold?

Works on raw joint positions at the motion's own rate (``positions``) and shares no measuring code with the captioner;
only the meaning of the words is common, the ``holds`` column of ``thresholds.yaml``.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np

from being_m0_hf.motion import Motion

from ..measures.body import measure
from ..statements import Statement
from ..thresholds import holds
from .arms import (
    check_above,
    check_bent,
    check_elbow,
    check_hang,
    check_hold,
    check_lift_of_arm,
    check_pump,
    check_swing,
    check_touch,
)
from .facts import Fact, number_fact, side_of
from .legs import check_knee, check_lift_of_leg, check_planted, check_step
from .path import check_stay, check_travel, check_turn
from .positions import Positions
from .posture import check_balance, check_body_still, check_jump, check_level, check_posture, check_squat
from .torso import check_invert, check_lean, check_sway, check_twist, check_upright


@dataclass
class VerificationReport:
    """Facts of many motions, held and not.

    Args:
        stated: facts by (kind, name).
        failed: those that do not hold.
        swapped: statements that do not hold, but would with left and right exchanged.
        examples: (motion's name, statement, fact) of each failure.
    """

    motions: int = 0
    stated: Counter = field(default_factory=Counter)
    failed: Counter = field(default_factory=Counter)
    swapped: int = 0
    examples: list[tuple[str, Statement, Fact]] = field(default_factory=list)

    @property
    def share(self) -> float:
        """Share of facts that hold, 0 to 1; 1 when nothing was stated."""
        total = sum(self.stated.values())
        return 1 - sum(self.failed.values()) / total if total else 1.0

    def __str__(self) -> str:
        total, wrong = sum(self.stated.values()), sum(self.failed.values())
        lines = [f"{self.motions} motions, {total} facts, {total - wrong} hold: {100 * self.share:.2f} %; "
                 f"left and right swapped: {self.swapped}"]  # fmt: skip
        for (kind, name), number in self.failed.most_common():
            lines.append(f"  {kind} {name}: {number} of {self.stated[kind, name]} do not hold")
        return "\n".join(lines)


def verify(statement: Statement, motion: Motion) -> list[Fact]:
    """Each fact of a statement, measured again on the motion.

    Raises:
        ValueError: the statement is of no known kind.
    """
    return verify_at(statement, Positions(motion))


def verified(statements: Iterable[Statement], motion: Motion) -> tuple[Statement, ...]:
    """The statements of which every fact holds."""
    positions = Positions(motion)
    return tuple(one for one in statements if all(fact.holds for fact in verify_at(one, positions)))


def verify_motions(motions: Iterable[tuple[str, Motion]], filtered: bool = False) -> VerificationReport:
    """Measure motions, measure what was stated again, and count.

    Args:
        motions: (name, motion) pairs.
        filtered: count only what ``caption`` would keep (whole statements that hold); by default all that is measured,
            which says how good the measuring is.
    """
    report = VerificationReport()
    for name, motion in motions:
        report.motions += 1
        positions = Positions(motion)
        for statement in measure(motion):
            facts = verify_at(statement, positions)
            if filtered and not all(fact.holds for fact in facts):
                continue
            wrong = {fact.name for fact in facts if not fact.holds}
            if wrong & _sided(statement) and all(fact.holds for fact in verify_at(statement.mirrored(), positions)):
                report.swapped += 1
            for fact in facts:
                report.stated[statement.kind, fact.name] += 1
                if not fact.holds:
                    report.failed[statement.kind, fact.name] += 1
                    report.examples.append((name, statement, fact))
    return report


def _sided(statement: Statement) -> set[str]:
    """Names of the facts that exchanged sides would break; "forward" has no side."""
    one_sided = statement.direction != statement.mirrored().direction
    return {"kind", "side", "direction"} if one_sided else {"kind", "side"}


def verify_at(statement: Statement, positions: Positions) -> list[Fact]:
    """Each fact of a statement, measured again on positions that are known.

    Raises:
        ValueError: the statement is of no known kind.
    """
    check = _CHECKS.get(statement.kind)
    if check is None:
        raise ValueError(f"statement of kind {statement.kind!r} cannot be verified; known: {', '.join(_CHECKS)}")
    return list(check(statement, positions, positions.window(statement.start, statement.end)))


def check_still(statement: Statement, body: Positions, window: slice) -> Iterator[Fact]:
    if statement.part == "body":
        yield from check_body_still(statement, body, window)
    elif statement.part == "torso":
        yield Fact("kind", bool(np.ptp(body.lean[window]) <= holds("torso_still")))
    else:
        arm = body.arm(side_of(statement))[window]
        yield Fact("kind", bool(np.ptp(arm, axis=0).max() / 2 <= holds("arm_still")))


def check_shift(statement: Statement, body: Positions, window: slice) -> Iterator[Fact]:
    """How far a hand (against the shoulder) or a foot gets from the middle of the box around its way."""
    if statement.part == "root":
        way = body["pelvis"] * [1, 0, 1]
    else:
        side = side_of(statement)
        way = body.arm(side) if statement.part.endswith("arm") else body[f"{side}_ankle"]
    way = way[window] - (way[window].max(axis=0) + way[window].min(axis=0)) / 2
    reach = np.sqrt((way**2).sum(-1).max())
    yield from number_fact(statement, "reach", reach, 0.05, 0.12)
    if statement.form:
        true = reach <= holds("little_way") if statement.form == "little" else reach >= holds("travel_distance") / 2
        yield Fact("form", bool(true), f"{reach:.2f}")


def check_lower(statement: Statement, body: Positions, window: slice) -> Iterator[Fact]:
    check = check_lift_of_arm if statement.part.endswith("arm") else check_level
    yield from check(statement, body, window)


def check_bend(statement: Statement, body: Positions, window: slice) -> Iterator[Fact]:
    check = check_knee if statement.part.endswith("leg") else check_elbow
    yield from check(statement, body, window)


_CHECKS: dict[str, Callable[[Statement, Positions, slice], Iterator[Fact]]] = {
    "stay": check_stay, "walk": check_travel, "run": check_travel, "move": check_travel, "turn": check_turn,
    "lower": check_lower, "rise": check_level, "squat": check_squat, "posture": check_posture,
    "still": check_still, "balance": check_balance, "jump": check_jump, "upright": check_upright,
    "lean": check_lean, "twist": check_twist, "sway": check_sway, "raise": check_lift_of_arm, "hold": check_hold,
    "swing": check_swing, "bend": check_bend, "stretch": check_elbow, "pump": check_pump, "bent": check_bent,
    "above": check_above, "invert": check_invert, "touch": check_touch, "hang": check_hang,
    "step": check_step, "lift": check_lift_of_leg, "kick": check_lift_of_leg, "planted": check_planted,
    "shift": check_shift,
}  # fmt: skip
