"""Is what a sentence claims true of a motion? Its claims are verified as the captioner's statements are."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from being_m0_hf.motion import Motion

from ..measures import measure
from ..statements import Statement
from ..verification.positions import Positions
from ..verification.verify import verify_at
from .claims import Claim, read_claims

#: A lasting claim must hold for this share of the motion at a stretch.
LASTING = 0.6
#: Lengths of the stretches that are tried, and the time between their starts, seconds.
_LENGTHS = (0.4, 0.6, 0.8, 1.0, 1.3, 1.6, 2.0, 3.0, 4.5, 6.0, 8.0)
_STRIDE, _STRIDE_OF_SHORT, _SHORT = 0.2, 0.1, 1.0
#: Of numbers that a claim and a measured statement have both: they may differ by so much of it.
_SAME_NUMBER = 0.2


@dataclass(frozen=True)
class Judged:
    """A claim and what became of it.

    Args:
        holds: whether it is true at some time of the motion; for most of it, if it is a lasting one.
        swapped: whether it does not hold, but would with left and right exchanged.
    """

    claim: Claim
    holds: bool
    swapped: bool = False


def judge(text: str, motion: Motion, part: str = "") -> list[Judged]:
    """Each claim of a sentence about a motion, verified; [] where it claims nothing that can be measured.

    Args:
        text: about the whole body, or about ``part``.
        part: of `PART_NAMES`, or "".
    """
    return judge_claims(read_claims(text, part), motion)


def judge_claims(claims: Sequence[Claim], motion: Motion) -> list[Judged]:
    """Each claim, verified on a motion."""
    judged: list[Judged] = []
    if not claims:
        return judged
    body, moments = Positions(motion), [(one.start, one.end) for one in measure(motion)]
    for claim in claims:
        true = _holds(claim, body, moments)
        judged.append(Judged(claim, true, not true and claim.is_sided and _holds(claim.mirrored(), body, moments)))
    return judged


def supported(claim: Claim, statements: Sequence[Statement], seconds: float) -> bool:
    """Whether one of the statements that were measured on a motion says the same.

    Args:
        statements: of `captioner.caption`.
        seconds: the motion's length.
    """
    return any(
        _says(one, option) and (not claim.lasting or one.seconds >= LASTING * seconds)
        for option in claim.options
        for one in statements
    )


def _says(one: Statement, option: Statement) -> bool:
    """Whether a measured statement implies what is claimed."""
    kinds = {"move": ("move", "walk", "run"), "walk": ("walk",)}.get(option.kind, (option.kind,))
    if one.part != option.part or one.kind not in kinds:
        return False
    named = ("direction", "side", "form", "pace")
    if any(getattr(option, name) not in ("", getattr(one, name)) for name in named):
        return False
    if option.count and one.count and option.count != one.count:
        return False
    numbers = [(each.value, one.number(each.name)) for each in option.quantities]
    return all(found is not None and abs(found - said) <= _SAME_NUMBER * max(found, said) for said, found in numbers)


def _holds(claim: Claim, body: Positions, moments: Sequence[tuple[float, float]]) -> bool:
    """Whether a claim is true at some time; ``moments`` are times at which something was measured."""
    seconds = (len(body.points) - 1) / body.fps
    for option in claim.options:
        least = LASTING * seconds if claim.lasting else 0.0
        # part of what is repeated is not what was counted
        tried = moments if option.count and option.kind != "jump" else [*moments, *_stretches(seconds, least)]
        for start, end in [(0.0, seconds), *tried]:
            facts = verify_at(replace(option, start=start, end=end), body) if end - start >= least else []
            if facts and all(fact.holds for fact in facts):
                return True
    return False


def _stretches(seconds: float, least: float) -> Iterator[tuple[float, float]]:
    """Stretches of the motion of at least ``least`` seconds, the longest first."""
    lengths = {length for length in (*_LENGTHS, least) if max(least, _LENGTHS[0]) <= length < seconds}
    for length in sorted(lengths, reverse=True):
        stride = _STRIDE_OF_SHORT if length <= _SHORT else _STRIDE
        for step in range(int((seconds - length) / stride) + 1):
            yield step * stride, step * stride + length


__all__ = ["LASTING", "Judged", "judge", "supported"]
