"""Bodies put together from two samples: the arms of one on the body of another.

Every text of a part that comes with a recording agrees with the recording's sentence, so a model may learn to read the
sentence alone. Here one or both arms, or all but the arms, are another sample's, and only the texts of the parts say
so. Tokens belong to parts and the decoder keeps parts apart: to exchange tokens is to exchange the movement.

The root, the torso and the legs are one body (see `ARMS`) and are not torn apart.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ..motion.body_parts import ARMS, PART_NAMES

BODY = tuple(name for name in PART_NAMES if name not in ARMS)
#: What another sample may take over, with how often.
TAKEN = ((("left_arm",), 0.35), (("right_arm",), 0.35), (ARMS, 0.15), (BODY, 0.15))
#: So many times as long as what takes it over another sample may be: texts of a longer one are about what is cut off.
LONGEST_OTHER = 1.5
#: Sentences of these categories say little of what the body below the arms does.
BODY_FREE = ("stand_still", "raise_", "wave_")


@dataclass(frozen=True)
class Composed:
    """What a training sample is made of.

    Args:
        codes: (steps, parts) motion tokens.
        parts: texts of the parts that were taken over, as far as they are told.
    """

    codes: Tensor
    parts: dict[str, str]


def may_lend(steps: int, wanted: int) -> bool:
    """Whether a sample of so many steps may give parts to one of ``wanted`` steps: it is longer, but not much."""
    return wanted < steps <= LONGEST_OTHER * wanted


def pick_taken(category: str, generator: torch.Generator) -> tuple[str, ...]:
    """Names of the parts to take from another sample, for a sentence of this category."""
    choices = [(names, weight) for names, weight in TAKEN if names != BODY or category.startswith(BODY_FREE)]
    weights = torch.tensor([weight for _, weight in choices])
    return choices[int(torch.multinomial(weights, 1, generator=generator))][0]


def compose(
    codes: Tensor,
    other: Tensor,
    other_texts: Mapping[str, str],
    taken: Sequence[str],
    part_names: Sequence[str],
    generator: torch.Generator,
) -> Composed:
    """Codes with some parts of another sample.

    Args:
        codes: (steps, parts) of the sample whose sentence is kept.
        other: (steps or more, parts) of the other one.
        other_texts: texts of its parts.
        taken: names of the parts to take over.
        part_names: of the columns.
        generator: of the choice which texts are told; of arms all, of the body at least one.
    """
    columns = [part_names.index(name) for name in taken]
    made = codes.clone()
    made[:, columns] = other[: len(codes), columns]
    told = {name: other_texts[name] for name in taken if name in other_texts}
    return Composed(made, some_parts(told, generator) if any(name in BODY for name in told) else told)


def some_parts(texts: Mapping[str, str], generator: torch.Generator) -> dict[str, str]:
    """A random choice of part texts, at least one: people rarely describe all six."""
    order = torch.randperm(len(texts), generator=generator).tolist()
    names = list(texts)
    count = 1 + int(torch.randint(len(names), (1,), generator=generator))
    return {names[index]: texts[names[index]] for index in order[:count]}
