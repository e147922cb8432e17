"""How people ask for each task: wordings made from a small grammar, and read back.

``instructions.yaml`` has for every task some templates in which ``(a|b|)`` picks one alternative and ``{text}`` is
filled in. Training draws from them, so that what a request may look like is learned as what is asked for is; whoever
reads requests by rule takes them apart with the same templates.
"""

import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache

from being_m0_hf.utils.package_data import read_package_yaml

from ..motion.body_parts import PART_NAMES
from .english import VerbForm, realise

#: What may be filled in, and what it looks like.
_FIELDS = {
    "text": r".+?", "then": r".+?", "part": "|".join(PART_NAMES).replace("_", "[ _]"),
    "start": r"\d+(?:\.\d+)?", "end": r"\d+(?:\.\d+)?", "seconds": r"\d+(?:\.\d+)?",
}  # fmt: skip
_FIELD = re.compile(r"\{(\w+)\}")
_INNERMOST = re.compile(r"\(([^()]*)\)")
PLAIN_TASK = "text_to_motion"


@dataclass(frozen=True)
class Instruction:
    """A request taken apart: its task, and what was filled in."""

    task: str
    fields: Mapping[str, str] = field(default_factory=dict)


@cache
def instruction_templates() -> dict[str, tuple[str, ...]]:
    """Task -> its templates, as the file has them."""
    return {task: tuple(templates) for task, templates in read_package_yaml(__package__, "instructions.yaml").items()}


def wordings(task: str) -> Iterator[str]:
    """Every wording of a task, its fields still open."""
    for template in instruction_templates()[task]:
        yield from _expanded(template)


def instruction(task: str, rng: random.Random, **fields: str) -> str:
    """A random wording of a task that says exactly these fields.

    Raises:
        KeyError: no such task, or none of its wordings has exactly these fields.
    """
    for template in rng.sample(instruction_templates()[task], len(instruction_templates()[task])):
        for _ in range(8):
            said = realise(template, VerbForm.BASE, "", rng)
            if set(_FIELD.findall(said)) == set(fields):
                return said.format(**fields)
    raise KeyError(f"no wording of {task} has the fields {', '.join(fields) or 'none'}")


def read_instruction(request: str) -> Instruction:
    """The task that a request asks for; one that is no wording of any task describes a motion.

    Args:
        request: as people write it; case, spaces and a full stop do not matter.
    """
    said = " ".join(request.split()).rstrip(".!?")
    for task, pattern in _patterns():
        match = pattern.fullmatch(said)
        if match:
            found = {name.rstrip("0123456789"): value for name, value in match.groupdict().items() if value}
            return Instruction(task, {name: value.strip() for name, value in found.items()})
    return Instruction(PLAIN_TASK, {"text": said})


@cache
def _patterns() -> tuple[tuple[str, re.Pattern], ...]:
    """Of each template a pattern; texts that may be anything are tried last."""
    tasks = sorted(instruction_templates(), key=lambda task: (task == "length", task == PLAIN_TASK))
    return tuple((task, _pattern(template)) for task in tasks for template in instruction_templates()[task])


def _pattern(template: str) -> re.Pattern:
    numbers = iter(range(100))

    def field_group(match: re.Match) -> str:
        return f"(?P<{match[1]}{next(numbers)}>{_FIELDS[match[1]]})"

    spaced = template.replace("(", "(?:").replace(".", r"\.")
    return re.compile(_FIELD.sub(field_group, spaced).replace(" ", r"\s*"), re.IGNORECASE)


def _expanded(template: str) -> Iterator[str]:
    match = _INNERMOST.search(template)
    if match is None:
        yield " ".join(template.split())
        return
    for choice in match[1].split("|"):
        yield from _expanded(template[: match.start()] + choice + template[match.end() :])


__all__ = ["Instruction", "instruction", "instruction_templates", "read_instruction", "wordings"]
