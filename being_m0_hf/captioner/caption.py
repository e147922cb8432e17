"""Text on two levels for a motion: the whole body, and each of its parts."""

from dataclasses import dataclass

from being_m0_hf.motion import PART_NAMES, Motion

from .measures import measure, measure_rest
from .statements import Statement
from .verification import verified
from .wording import word_body, word_part


@dataclass(frozen=True)
class MotionCaption:
    """What a motion shows.

    Args:
        body: texts about the whole body, one per wording.
        parts: for each of ``PART_NAMES``, texts about that part, one per wording.
        statements: the facts behind the words; each was measured twice, by independent code.
    """

    body: list[str]
    parts: dict[str, list[str]]
    statements: tuple[Statement, ...]


def caption(motion: Motion, seed: int = 0, wordings: int = 1) -> MotionCaption:
    """Captions from kinematics alone: what is said was measured, and measured again by ``verify``.

    Args:
        motion: any length, rate and bones.
        seed: chooses the words; the same seed and motion give the same texts.
        wordings: how many texts for the body and for each part. They may coincide where there is little to say.

    Raises:
        ValueError: ``wordings`` is less than 1.
    """
    if wordings < 1:
        raise ValueError(f"wordings is {wordings}, at least 1 is needed")
    statements = verified(measure(motion), motion)
    statements += verified(measure_rest(motion, statements), motion)
    return caption_from_statements(statements, motion.seconds, seed, wordings)


def caption_from_statements(
    statements: tuple[Statement, ...], seconds: float, seed: int = 0, wordings: int = 1
) -> MotionCaption:
    """The words alone, for statements that are known."""
    indices = range(wordings)
    body = [word_body(statements, seconds, seed, index) for index in indices]
    parts = {part: [word_part(statements, part, seconds, seed, index) for index in indices] for part in PART_NAMES}
    return MotionCaption(body, parts, statements)
