"""What visitors ask for. Pages, programs and assistants send anything; here it is made good, or refused in one line."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from being_m0_hf.motion import PART_NAMES
from being_m0_hf.pipelines.adapters import split_weight
from being_m0_hf.pipelines.requests import MotionRequest
from being_m0_hf.text.lengths import seconds_said

#: Of a length that is asked for.
SHORTEST_SECONDS, LONGEST_SECONDS = 1, 10
#: How long a live motion is at first where nothing says how long, and where a visitor begins to choose a length.
USUAL_SECONDS = 4
#: How long motions are that are as long as they take: of 91 plain prompts 5.0 s in the mean.
OPEN_SECONDS = 5
#: Seconds that are added to a motion at once, at most.
MOST_ADDED = 9
LONGEST_PROMPT = 300  # characters
LONGEST_PART_TEXT = 120
HIGHEST_SEED = 2**32 - 1
MOST_TAKES = 4
#: Of an adapter; beyond it bodies fall apart.
HIGHEST_WEIGHT = 2.0


#: Of what a live motion is told near its end: so long it is done, seconds.
LEAST_SAID = 2.0


class Said(NamedTuple):
    """What a live motion was told on the way.

    Args:
        pieces: how many there were by then.
        text: what to do from then on, "" to stop.
        at: seconds of the motion that were written by then; None where that was not kept.
    """

    pieces: int
    text: str
    at: float | None = None


@dataclass(frozen=True)
class PageRequest:
    """One motion to make: what ``pipeline(text, seconds=, seed=, parts=)`` takes.

    Args:
        text: what the person does; may be empty when parts have texts.
        seconds: its length; None for what the text says ("for ten seconds"), else as long as it takes.
        parts: texts by part name, none of them empty.
        styles: adapters that are at work, with their weights, in the order of their names.
        live: made by ``pipeline.stream``, so that it moves while it is written.
        said: what a live motion was told on the way.
    """

    text: str
    seconds: float | None = None
    seed: int = 0
    parts: Mapping[str, str] = field(default_factory=dict)
    styles: tuple[tuple[str, float], ...] = ()
    live: bool = False
    said: tuple[Said, ...] = ()

    @property
    def sentence(self) -> str:
        """Everything that is asked for: "a person walks, the left arm waves"."""
        first = MotionRequest(self.text, self.parts, None, self.seed).sentence()
        return ", then ".join((first, *(each.text for each in self.said if each.text)))

    @property
    def first_seconds(self) -> float:
        """How long the motion is at first, seconds; where it is as long as it takes, how long such motions are."""
        if self.seconds is not None:
            return self.seconds
        said = seconds_said(self.text)
        if said is not None:
            return min(max(said, float(SHORTEST_SECONDS)), float(LONGEST_SECONDS))
        return float(USUAL_SECONDS if self.live else OPEN_SECONDS)

    @property
    def end(self) -> float:
        """As `first_seconds`, but what a live motion is told last is done for a while."""
        end = self.first_seconds
        for _, text, at in self.said:
            if at is not None:
                end = max(end, at + LEAST_SAID) if text else min(end, at)
        return end


def checked_request(text: Any, seconds: Any, seed: Any, parts: Mapping[str, Any]) -> PageRequest:
    """The request behind values from outside.

    Args:
        seconds: a number, or None for as long as it takes.

    Raises:
        ValueError: not text, no text at all, one that is too long, or a number that is none or out of range.
    """
    said = {
        name: plain(value, f"text of the {name.replace('_', ' ')}", LONGEST_PART_TEXT)
        for name, value in parts.items()
        if value is not None
    }
    request = PageRequest(
        plain(text, "description", LONGEST_PROMPT),
        None if seconds is None else number(seconds, "seconds", SHORTEST_SECONDS, LONGEST_SECONDS),
        whole_number(seed, "seed", HIGHEST_SEED),
        {name: said[name] for name in PART_NAMES if said.get(name)},
    )
    if not (request.text or request.parts):
        raise ValueError("Say what the person does, for example: a person waves with the left hand.")
    return request


def checked_styles(value: Any, known: Mapping[str, float]) -> dict[str, float]:
    """The adapters behind what was chosen: a list of names, "name:0.7" for one with a weight of its own.

    Args:
        known: name of each adapter -> its weight where none is given.

    Raises:
        ValueError: one that is not there, or a weight out of range.
    """
    if value is None or value == "":
        return {}
    words = [value] if isinstance(value, str) else value
    if not isinstance(words, Iterable) or not all(isinstance(word, str) for word in words):
        raise ValueError(f"styles is {_shown(value)}, expected a list of names.")
    chosen: dict[str, float] = {}
    for word in words:
        name, weight = (word, known[word]) if word in known else split_weight(word)
        if name not in known:
            raise ValueError(
                f"There is no style {_shown(name)}; choose from {', '.join(known) or 'none: there are none'}."
            )
        if name in chosen:
            raise ValueError(f"The style {name} is chosen twice; choose it once.")
        if not abs(weight) <= HIGHEST_WEIGHT:
            raise ValueError(f"The weight of {name} is {weight:g}, expected -{HIGHEST_WEIGHT:g} to {HIGHEST_WEIGHT:g}.")
        chosen[name] = round(weight, 2)
    return {name: chosen[name] for name in sorted(chosen)}


def plain(value: Any, what: str, longest: int) -> str:
    """Text from outside on one line; raises ValueError for what is none, or too long."""
    if not isinstance(value, str):
        raise ValueError(f"The {what} is {_shown(value)}, expected text.")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ValueError(f"The {what} holds half a character (a lone surrogate); type it again.") from None
    words = " ".join(value.split())
    if len(words) > longest:
        raise ValueError(f"The {what} has {len(words)} characters; shorten it to {longest} or fewer.")
    return words


def number(value: Any, what: str, lowest: int, highest: int) -> float:
    """A number from outside; raises ValueError for what is none, or out of range."""
    if not _is_number(value) or not lowest <= value <= highest:  # NaN fails as well
        raise ValueError(f"{what} is {_shown(value)}, expected a number from {lowest} to {highest}.")
    return float(value)


def whole_number(value: Any, what: str, highest: int) -> int:
    """A whole number from outside, 0 or more; raises ValueError for another."""
    if not _is_number(value) or not 0 <= value <= highest or value != int(value):
        raise ValueError(f"{what} is {_shown(value)}, expected a whole number from 0 to {highest}.")
    return int(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _shown(value: Any) -> str:
    """A short picture of any value: "null", "'abc'", a list's beginning."""
    text = "null" if value is None else ascii(value)
    return text if len(text) <= 40 else f"{text[:37]}..."
