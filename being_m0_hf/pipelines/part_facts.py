"""What is said of a body part, measured: candidates that do it come first, as actions' own facts choose among motions.

The learned ranker has seen whole sentences and hardly tells an arm overhead from one that is stretched out to the side.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import torch

from ..captioner.reading.claims import Claim, read_claims
from ..captioner.reading.judge import LASTING, judge_claims
from ..captioner.statements import Statement
from ..motion import JOINT_INDEX, Motion
from ..motion.body_parts import ARMS

#: Words that the model was trained on, by what a claim says: kind of the statement, its direction and its form.
_PLAIN = {
    ("hold", "side", ""): "is held out to the side",
    ("hold", "up", ""): "is raised high",
    ("hang", "", ""): "hangs down",
}
#: Kinds of statements that tell how a part is, not what it does: asked for, they last.
_STATES = ("hold", "above", "hang", "bent")
#: Directions that an arm is held out to, and how far from level it may be then.
_OUT, LEVEL_DEGREES = ("side", "forward", "backward", "across"), 35.0


@dataclass(frozen=True)
class PartCheck:
    """The check (`action_checks.Check`) of texts of parts. What they lack is never by far: who looks may grant it.

    Args:
        parts: part name -> its text.
    """

    parts: Mapping[str, str]

    def __call__(self, motion: Motion, by_far: bool = False) -> list[str]:
        return [] if by_far else missed_claims(self.parts, motion)


def missed_claims(parts: Mapping[str, str], motion: Motion) -> list[str]:
    """The claims of texts of parts that do not hold in a motion, a line each; [] where nothing can be measured."""
    claims = _lasting(parts)
    missed = [each.claim.options[0] for each in judge_claims(claims, motion) if not each.holds]
    level = [one for claim in claims for one in claim.options[:1] if _out(one) and not _is_level(one.part, motion)]
    return [f"{one.part}: {one.kind} {one.direction}".strip() for one in (*missed, *level)]


def _lasting(parts: Mapping[str, str]) -> list[Claim]:
    """What texts of parts claim; how a part is held is meant for most of the time."""
    return [
        replace(claim, lasting=claim.lasting or all(each.kind in _STATES for each in claim.options))
        for part, text in parts.items()
        for claim in read_claims(text, part)
        if claim.options  # of what contradicts itself nothing can be missed
    ]


def _out(statement: Statement) -> bool:
    return statement.kind == "hold" and statement.direction in _OUT and statement.part in ARMS


def _is_level(arm: str, motion: Motion) -> bool:
    """Whether an arm is about level for most of the time: who says "out to the side" does not mean overhead."""
    side, joints = arm.removesuffix("_arm"), motion.joints()
    reach = joints[:, JOINT_INDEX[f"{side}_wrist"]] - joints[:, JOINT_INDEX[f"{side}_shoulder"]]
    angle = torch.rad2deg(torch.asin((reach[:, 1] / reach.norm(dim=1)).clamp(-1, 1)))
    return float((angle.abs() <= LEVEL_DEGREES).float().mean()) >= LASTING


def plain_parts(parts: Mapping[str, str]) -> dict[str, str]:
    """The same, in words that the model knows, where their claim is one of those."""
    return {part: _plain(part, text) or text for part, text in parts.items()}


def _plain(part: str, text: str) -> str | None:
    claims = read_claims(text, part)
    if len(claims) != 1 or not part.endswith("_arm"):
        return None
    (claim,) = claims
    keys = [(each.kind, each.direction, each.form) for each in claim.options]
    return next((_PLAIN[key] for key in keys if key in _PLAIN), None)
