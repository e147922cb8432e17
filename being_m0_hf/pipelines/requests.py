"""What a motion is asked to be, as a whole and part by part."""

import operator
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from torch import Tensor

from ..models.being_m0 import BeingM0Processor
from ..motion import Motion
from ..motion.body_parts import ARMS, PARTS
from ..motion.features import decode_d135
from ..motion.rotations import angle_between
from ..text.lengths import seconds_said
from ..understanding import Action

#: What a body does of which only some parts are told something.
STANDING = "a person stands still"
NO_TEXT = "the text is empty; describe the motion, for example 'a person walks forward'"
#: Of one call. Candidates' seeds are far above the samples' (see `candidates`), and torch's end at 2 ** 64.
MOST_SAMPLES, HIGHEST_SEED = 10_000, 2**62


def part_clause(names: Sequence[str], text: str) -> str:
    """What parts do, as a clause of a sentence: "the left arm waves"."""
    text = text.strip()
    return text if text.lower().startswith("the ") else f"{parts_title(names)} {text}"


def parts_title(names: Iterable[str]) -> str:
    """Parts for people: "the left arm and right arm"."""
    return "the " + " and ".join(name.replace("_", " ") for name in names)


@dataclass(frozen=True)
class MotionRequest:
    """A motion to draw.

    Args:
        text: what the body does; may be empty.
        parts: texts by part name.
        steps: its length in time steps; None for the model to choose.
        seed: of the draw.
        held: (steps, parts) motion codes that are given, -1 where they shall be drawn.
        before: (frames, 135) features of the motion that the held codes are of: where the text does not tell otherwise,
            what is drawn shall stay near it.
        plain: the plain sentence of an action that the text is known as, which candidates shall fit as well; or "".
        part_actions: the known actions that the texts of parts are of, where they are.
        beyond: seconds that the text says where that is longer than motions get.
    """

    text: str
    parts: Mapping[str, str]
    steps: int | None
    seed: int
    held: Tensor | None = None
    before: Tensor | None = None
    plain: str = ""
    part_actions: tuple[Action, ...] = ()
    beyond: float | None = None

    def sentence(self) -> str:
        """Everything that is said: "a person walks, the left arm waves"."""
        clauses = [part_clause((name,), text) for name, text in self.parts.items()]
        return ", ".join(filter(None, (self.text.strip(), *clauses)))

    def with_length_told(self, motion: Motion) -> Motion:
        """The motion that was made; its ``doubt`` says also where it is shorter than the text wants it."""
        if self.beyond is None:
            return motion
        short = f"it lasts {motion.seconds:g} s, not {self.beyond:g} s"
        return motion.replace(doubt="; ".join(filter(None, (motion.doubt, short))))

    def change(self, features: Tensor) -> float:
        """How much the parts that no text tells anything differ from `before`: mean angle of their joints, radians."""
        joints = [joint for part in PARTS if part.name not in self.parts for joint in part.joints]
        if self.before is None or not joints:
            return 0.0
        now, then = (decode_d135(each)[0][:, joints] for each in (features, self.before))
        return float(angle_between(now, then).mean())

    def whole_body(self) -> "MotionRequest":
        """The request for the motion whose other parts stay when parts are drawn anew: the text alone; without one what
        the root's text says of "the body", or standing.
        """
        if self.text.strip():
            return replace(self, parts={}, part_actions=())
        if "root" in self.parts:
            root = self.parts["root"]
            return replace(self, text=re.sub(r"\bthe body\b", "a person", root), parts={"root": root}, part_actions=())
        return replace(self, text=STANDING, parts={}, part_actions=())


def parts_to_draw(told: Iterable[str], names: Sequence[str]) -> list[str]:
    """Which of all parts are drawn anew when some are told something: they, and with one below the arms (see `ARMS`)
    all of those.
    """
    told = set(told)
    below = told - set(ARMS)
    return [name for name in names if name in told or (below and name not in ARMS)]


def turns(parts: Mapping[str, str]) -> list[dict[str, str]]:
    """Texts of parts by what is drawn anew at a time: the body below the arms (see `ARMS`), then each arm by itself, as
    two arms with texts of their own are mixed up; with the same text they do something together, clapping for example.
    """
    below = {name: text for name, text in parts.items() if name not in ARMS}
    arms = {name: text for name, text in parts.items() if name in ARMS}
    alone = [{name: text} for name, text in arms.items()]
    return [each for each in (below, *(alone if len(set(arms.values())) > 1 else [arms])) if each]


def make_requests(
    processor: BeingM0Processor,
    text: str | Sequence[str],
    parts: Mapping[str, str] | Sequence[Mapping[str, str] | None] | None,
    seconds: float | Sequence[float | None] | None,
    seed: int | Sequence[int],
    num_samples: int,
) -> list[MotionRequest]:
    """Requests for all samples of all texts, the samples of a text beside each other.

    Everything that can be checked is checked here, before the work begins.

    Raises:
        ValueError: no text, or one that cannot be read; an unknown body part; a number out of range.
    """
    texts = [text] if isinstance(text, str) or not isinstance(text, Sequence) else list(text)
    num_samples = _whole("num_samples", num_samples, 1, MOST_SAMPLES)
    requests: list[MotionRequest] = []
    rows = (_for_each(given, texts, name) for given, name in ((parts, "parts"), (seconds, "seconds"), (seed, "seeds")))
    for body, part_texts, length, first_seed in zip(texts, *rows, strict=True):
        processor.check_texts(body, part_texts)
        told = processor.part_texts(part_texts)
        if not body.strip() and not told:
            raise ValueError(NO_TEXT)
        first, steps = _whole("seed", first_seed, 0, HIGHEST_SEED), _steps(processor, body, length)
        said = seconds_said(body) if length is None else None
        beyond = said if said and said > processor.max_seconds else None
        requests += [MotionRequest(body, told, steps, first + n, beyond=beyond) for n in range(num_samples)]
    if not requests:
        raise ValueError(NO_TEXT)
    return requests


def _steps(processor: BeingM0Processor, text: str, seconds: float | None) -> int | None:
    """The length that is asked for, else the one that the text says, as far as the model can; None is any."""
    if seconds is None:
        said = seconds_said(text)
        seconds = said and min(max(said, 1 / processor.steps_per_second), processor.max_seconds)
    return processor.seconds_to_steps(seconds)


def _for_each(value, texts: Sequence[str], name: str) -> list:
    """One value for each text: what was given for each, or the same for all."""
    several = isinstance(value, Sequence) and not isinstance(value, str)
    values = list(value) if several else [value] * len(texts)
    if len(values) != len(texts):
        raise ValueError(f"{len(texts)} texts and {len(values)} {name}; give as many, or one for all")
    return values


def _whole(name: str, value: int, least: int, most: int) -> int:
    """A whole number in its range; raises ValueError for another."""
    try:
        number = operator.index(value)
    except TypeError:
        raise ValueError(f"{name} is {value!r}, expected a whole number") from None
    if not least <= number <= most:
        raise ValueError(f"{name} is {number}, expected {least} to {most}")
    return number
