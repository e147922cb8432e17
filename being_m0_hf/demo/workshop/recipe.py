"""Recipes: how a motion came about, so short that a link carries it, and enough to make the same motion again.

A recipe is the query string of a link: ``text=a+person+walks&seconds=4&seed=1&left_arm=waves``, with an ``edit`` for
everything that was done to that motion afterwards. One that is as long as it takes has no ``seconds``; a motion from a
file begins with ``file=`` in place of ``text=``.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlencode

from being_m0_hf.motion import PART_NAMES
from being_m0_hf.motion.body_parts import part_name
from being_m0_hf.pipelines.requests import parts_title

from ..requests import (
    HIGHEST_SEED,
    LONGEST_PROMPT,
    MOST_ADDED,
    SHORTEST_SECONDS,
    PageRequest,
    Said,
    checked_request,
    number,
    plain,
    whole_number,
)
from .live import MOST_SAID
from .timelines import TimelineRequest

#: Characters of a recipe, and how often a motion may be edited: a link has room for about as much.
LONGEST_RECIPE, MOST_EDITS = 6000, 20
#: The longest time that may be marked, seconds.
LONGEST_TIME = 600


@dataclass(frozen=True)
class Filled:
    """A stretch of time made anew, of the whole body or of some parts.

    Args:
        start, end: seconds.
        text: what happens there; "" for whatever fits.
        parts: that are made anew; empty for the whole body.
        seed: of the draw.
    """

    start: float
    end: float
    text: str = ""
    parts: tuple[str, ...] = ()
    seed: int = 0
    kind: ClassVar[str] = "fill"

    @property
    def title(self) -> str:
        """For people: "1 to 3 s, left arm: waves"."""
        who = ", ".join(part.replace("_", " ") for part in self.parts)
        when = f"{self.start:g} to {self.end:g} s" + (f", {who}" if who else "")
        return f"{when}: {self.text or 'whatever fits'}"

    @property
    def doing(self) -> str:
        """For who waits: "Changing the left arm"."""
        return f"Changing {parts_title(self.parts) if self.parts else 'the motion'}"

    def facts(self) -> dict[str, Any]:
        return {"from": self.start, "to": self.end, "text": self.text, "parts": list(self.parts), "seed": self.seed}

    @classmethod
    def checked(cls, facts: Mapping[str, Any]) -> "Filled":
        """From values of outside.

        Raises:
            ValueError: one that is none, or out of range.
        """
        start = number(facts.get("from"), "the start", 0, LONGEST_TIME)
        end = number(facts.get("to"), "the end", 0, LONGEST_TIME)
        if not start < end:
            raise ValueError(f"The marked time goes from {start:g} to {end:g} s; mark a longer one.")
        text = plain(facts.get("text") or "", "description", LONGEST_PROMPT)
        return cls(
            start, end, text, _parts(facts.get("parts")), whole_number(facts.get("seed", 0), "seed", HIGHEST_SEED)
        )


@dataclass(frozen=True)
class Continued:
    """What comes after the end.

    Args:
        seconds: that are added.
        text: what happens in them; "" for whatever fits.
        seed: of the draw.
    """

    seconds: float
    text: str = ""
    seed: int = 0
    kind: ClassVar[str] = "continue"

    @property
    def title(self) -> str:
        """For people: "3 s more: sits down"."""
        return f"{self.seconds:g} s more: {self.text or 'whatever fits'}"

    @property
    def doing(self) -> str:
        """For who waits: "Adding 3 s"."""
        return f"Adding {self.seconds:g} s"

    def facts(self) -> dict[str, Any]:
        return {"seconds": self.seconds, "text": self.text, "seed": self.seed}

    @classmethod
    def checked(cls, facts: Mapping[str, Any]) -> "Continued":
        """From values of outside.

        Raises:
            ValueError: one that is none, or out of range.
        """
        seconds = number(facts.get("seconds"), "seconds", SHORTEST_SECONDS, MOST_ADDED)
        text = plain(facts.get("text") or "", "description", LONGEST_PROMPT)
        return cls(seconds, text, whole_number(facts.get("seed", 0), "seed", HIGHEST_SEED))


Edit = Filled | Continued
_EDITS: dict[str, type[Filled] | type[Continued]] = {kind.kind: kind for kind in (Filled, Continued)}


@dataclass(frozen=True)
class Recipe:
    """How a motion came about.

    Args:
        start: the request or the timeline that it was made from, or the key of a motion that came from a file.
        edits: what was done to it, in order.
    """

    start: PageRequest | TimelineRequest | str
    edits: tuple[Edit, ...] = field(default=())

    def then(self, edit: Edit) -> "Recipe":
        """The recipe with one more edit.

        Raises:
            ValueError: too many.
        """
        if len(self.edits) >= MOST_EDITS:
            raise ValueError(f"This motion was edited {MOST_EDITS} times already; download it and begin with the file.")
        return replace(self, edits=(*self.edits, edit))

    @property
    def before(self) -> "Recipe":
        """Without the last edit."""
        return replace(self, edits=self.edits[:-1])

    @property
    def text(self) -> str:
        """The sentence that came last; "" where there was none, or words for some parts alone."""
        if self.edits:
            return "" if getattr(self.edits[-1], "parts", ()) else self.edits[-1].text
        if isinstance(self.start, str):
            return ""
        return next((each.text for each in reversed(getattr(self.start, "said", ())) if each.text), self.start.text)

    @property
    def part_texts(self) -> dict[str, str]:
        """What was said of body parts, by part name; of what was said at several times, the last."""
        said = {} if isinstance(self.start, str) else dict(self.start.parts)
        for edit in self.edits:
            said |= dict.fromkeys(getattr(edit, "parts", ()), edit.text)
        return {name: said[name] for name in PART_NAMES if said.get(name)}

    @property
    def seed(self) -> int | None:
        """Of the last draw."""
        if self.edits:
            return self.edits[-1].seed
        return None if isinstance(self.start, str) else self.start.seed

    @property
    def title(self) -> str:
        """For people: "a person walks; 1 to 3 s: waves"."""
        first = self.start.partition(".")[2] if isinstance(self.start, str) else self.start.sentence
        return "; ".join((first, *(edit.title for edit in self.edits)))

    @property
    def said(self) -> tuple[str, ...]:
        """What was asked for, and then of each edit, without its times: ("a person walks", "left arm waves")."""
        first = self.start.partition(".")[2] if isinstance(self.start, str) else self.start.sentence
        return first, *(" ".join((*getattr(edit, "parts", ()), edit.text)).replace("_", " ") for edit in self.edits)

    def __str__(self) -> str:
        """The query string."""
        pairs: list[tuple[str, Any]] = []
        if isinstance(self.start, str):
            pairs.append(("file", self.start))
        elif isinstance(self.start, TimelineRequest):
            pairs += [("timeline", self.start.lines), ("seed", self.start.seed)]
        else:
            asked = self.start
            pairs.append(("text", asked.text))
            pairs += [] if asked.seconds is None else [("seconds", f"{asked.seconds:g}")]
            pairs.append(("seed", asked.seed))
            pairs += [(name, asked.parts[name]) for name in PART_NAMES if name in asked.parts]
            pairs += [("style", f"{name}:{weight:g}") for name, weight in asked.styles]
            pairs += [("live", 1)] if asked.live else []
            pairs += [("say", _word_of(each)) for each in asked.said]
        for edit in self.edits:
            facts = json.dumps({"do": edit.kind} | edit.facts(), separators=(",", ":"))
            pairs.append(("edit", facts))
        return urlencode(pairs)

    @classmethod
    def parse(cls, query: Any) -> "Recipe":
        """The recipe of a link, or of its query string; styles come as they are and are checked by who knows them.

        Raises:
            ValueError: no recipe, or one with something wrong in it.
        """
        if not isinstance(query, str) or not query.strip():
            raise ValueError("There is no motion here; make one first.")
        query = query.strip().partition("?")[2] or query.strip()
        if len(query) > LONGEST_RECIPE:
            raise ValueError(f"The link has {len(query)} characters, at most {LONGEST_RECIPE} are read.")
        found: dict[str, str] = {}
        edits: list[Edit] = []
        styles: list[tuple[str, float]] = []
        said: list[Said] = []
        for name, value in parse_qsl(query, keep_blank_values=True, max_num_fields=100):
            if name == "edit":
                edits.append(_edit(value))
            elif name == "style":
                styles.append(_style(value))
            elif name == "say":
                said.append(_said(value))
            else:
                found[name] = value
        if len(edits) > MOST_EDITS:
            raise ValueError(f"The link has {len(edits)} edits, at most {MOST_EDITS} are read.")
        if len(said) > MOST_SAID + 1:  # and a stop
            raise ValueError(f"The link says {len(said)} sentences live, at most {MOST_SAID} are read.")
        if "file" in found:
            return cls(found["file"], tuple(edits))
        seed = _number(found.get("seed"), 0)
        if "timeline" in found:
            return cls(TimelineRequest.checked(found["timeline"], seed), tuple(edits))
        if not found.keys() & {"text", *PART_NAMES}:
            raise ValueError("The link says nothing that a person does; it needs text=...")
        parts = {name: found[name] for name in PART_NAMES if name in found}
        seconds = _number(found.get("seconds"), None)
        asked = checked_request(found.get("text", ""), seconds, seed, parts)
        live = found.get("live") == "1"
        asked = replace(asked, styles=tuple(sorted(styles)), live=live, said=tuple(said) if live else ())
        return cls(asked, tuple(edits))


def _number(word: str | None, usual: float | None) -> Any:
    """The number of a word, else the word itself, which is then refused by name."""
    try:
        return usual if word is None else float(word)
    except ValueError:
        return word


def _edit(text: str) -> Edit:
    try:
        facts = json.loads(text)
        kind = _EDITS[facts["do"]]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise ValueError("The link has an edit that cannot be read; copy the whole link.") from None
    return kind.checked(facts)


def _style(text: str) -> tuple[str, float]:
    name, _, weight = text.rpartition(":")
    try:
        return name, float(weight)
    except ValueError:
        raise ValueError("The link has a style without a weight; copy the whole link.") from None


def _word_of(said: Said) -> str:
    """As a link has it: "4@3.2:a person sits", without a time where it was not kept."""
    time = "" if said.at is None else f"@{said.at:g}"
    return f"{said.pieces}{time}:{said.text}"


def _said(text: str) -> Said:
    found = re.fullmatch(r"([0-9]{1,4})(?:@([0-9]{1,3}(?:\.[0-9])?))?:(.*)", text, re.DOTALL)
    if found is None:
        raise ValueError("The link has a live sentence without its time; copy the whole link.")
    return Said(int(found[1]), plain(found[3], "description", LONGEST_PROMPT), found[2] and float(found[2]))


def _parts(names: Any) -> tuple[str, ...]:
    if not isinstance(names or [], list | tuple):
        raise ValueError("The parts are no list of names.")
    wanted = [part_name(name) if isinstance(name, str) else None for name in names or []]
    if None in wanted:
        unknown = (names or [])[wanted.index(None)]
        raise ValueError(f"There is no body part {str(unknown)[:40]!r}; choose from {', '.join(PART_NAMES)}.")
    return tuple(name for name in PART_NAMES if name in wanted)
