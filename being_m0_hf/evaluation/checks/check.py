"""What a check is, and the register that holds all of them."""

from collections.abc import Callable
from dataclasses import dataclass

from being_m0_hf.motion import Motion

from ...motion.body_track import SIDES, BodyTrack


@dataclass(frozen=True)
class Measure:
    """One measured number and the range it must lie in."""

    name: str
    value: float
    unit: str = ""
    at_least: float | None = None
    at_most: float | None = None

    @property
    def holds(self) -> bool:
        above = self.at_least is None or self.value >= self.at_least
        return above and (self.at_most is None or self.value <= self.at_most)

    def __str__(self) -> str:
        bounds = []
        if self.at_least is not None:
            bounds.append(f"at least {self.at_least:g}")
        if self.at_most is not None:
            bounds.append(f"at most {self.at_most:g}")
        return f"{self.name} {self.value:.2f} {self.unit} ({' and '.join(bounds)})".replace("  ", " ")


@dataclass(frozen=True)
class CheckResult:
    """The verdict on one motion, or on a pair of motions.

    ``reason`` names every measure that fails, or all of them for a motion that passes.
    """

    kind: str
    passed: bool
    measures: tuple[Measure, ...]

    @property
    def reason(self) -> str:
        failed = [measure for measure in self.measures if not measure.holds]
        return "; ".join(str(measure) for measure in failed or self.measures)

    @property
    def values(self) -> dict[str, float]:
        return {measure.name: measure.value for measure in self.measures}


@dataclass(frozen=True)
class Check:
    """A question about the motion itself.

    Args:
        kind: its name, as in the prompts.
        measures: what is measured, in one sentence.
        why: where the thresholds come from.
        measure: from one track (or two, for a pair) to the measures that must all hold.
        opposite: the kind that must fail when this one is asked for: left against right.
        pair: compares two motions instead of looking at one.
    """

    kind: str
    measures: str
    why: str
    measure: Callable[..., list[Measure]]
    opposite: str | None = None
    pair: bool = False

    def __call__(self, *motions: Motion | BodyTrack) -> CheckResult:
        expected = 2 if self.pair else 1
        if len(motions) != expected:
            raise ValueError(f"check {self.kind!r} looks at {expected} motion(s), got {len(motions)}")
        tracks = (motion if isinstance(motion, BodyTrack) else BodyTrack(motion) for motion in motions)
        measures = tuple(self.measure(*tracks))
        return CheckResult(self.kind, all(measure.holds for measure in measures), measures)


#: Every check by its kind, in the order of the reports.
CHECKS: dict[str, Check] = {}


def register(check: Check) -> None:
    """Add a check; its kind must be new."""
    if check.kind in CHECKS:
        raise ValueError(f"there are two checks named {check.kind!r}; rename one")
    CHECKS[check.kind] = check


def check(kind: str, measures: str, why: str, pair: bool = False) -> Callable:
    """Decorator: register a function from a track (two tracks for a pair) to measures."""

    def add(function: Callable[..., list[Measure]]) -> Callable[..., list[Measure]]:
        register(Check(kind, measures, why, function, pair=pair))
        return function

    return add


def sided_check(kind: str, measures: str, why: str) -> Callable:
    """Decorator: register a function (track, side) twice; ``{side}`` in the texts becomes left and right."""

    def add(function: Callable[[BodyTrack, str], list[Measure]]) -> Callable[[BodyTrack, str], list[Measure]]:
        for side, other in (SIDES, SIDES[::-1]):
            register(
                Check(
                    kind.format(side=side),
                    measures.format(side=side, other=other),
                    why,
                    lambda track, side=side: function(track, side),
                    opposite=kind.format(side=other),
                )
            )
        return function

    return add


def other_side(side: str) -> str:
    return SIDES[1 - SIDES.index(side)]


def run_check(kind: str, *motions: Motion | BodyTrack) -> CheckResult:
    """Does the motion show what ``kind`` names? Pair kinds take two motions.

    A ``BodyTrack`` in place of a motion saves measuring it again for every check.

    Raises:
        ValueError: an unknown kind, or the wrong number of motions.
    """
    if kind not in CHECKS:
        raise ValueError(f"there is no check {kind!r}; choose from {', '.join(CHECKS)}")
    return CHECKS[kind](*motions)
