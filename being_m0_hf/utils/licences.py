"""Which licence follows from the licences of what something was made of."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Licence:
    """A licence as the Hub writes it on a card.

    Args:
        id: of the Hub's list, "other" or "unknown".
        note: a paragraph for the card.
        name: what "other" is called.
        link: to its text.
    """

    id: str
    note: str
    name: str | None = None
    link: str | None = None

    def card_fields(self) -> dict[str, Any]:
        """Fields of a card's data."""
        fields = {"license": self.id, "license_name": self.name, "license_link": self.link}
        return {field: value for field, value in fields.items() if value}


FREE = Licence(
    "apache-2.0",
    "[Apache-2.0](https://www.apache.org/licenses/LICENSE-2.0). The data that it learned from is free for all uses.",
)
BY = Licence(
    "cc-by-4.0", "[CC BY 4.0](https://creativecommons.org/licenses/by/4.0/), because a part of the training data is."
)
BY_SA = Licence(
    "cc-by-sa-4.0",
    "[CC BY-SA 4.0](https://creativecommons.org/licenses/by-sa/4.0/), because a part of the training data is.",
)
BY_NC = Licence(
    "cc-by-nc-4.0",
    "[CC BY-NC 4.0](https://creativecommons.org/licenses/by-nc/4.0/), because a part of the training data is: not for "
    "commercial use.",
)
BY_NC_SA = Licence(
    "cc-by-nc-sa-4.0",
    "[CC BY-NC-SA 4.0](https://creativecommons.org/licenses/by-nc-sa/4.0/), because a part of the training data is: "
    "not for commercial use.",
)
RESEARCH = Licence(
    "other",
    "For research only, because a part of the training data (AMASS, SMPL, or what comes from them) is.",
    name="research-only",
)
S_LAB = Licence(
    "other",
    "S-Lab License 1.0, of the authors of SMPLest-X: not for commercial use. Converting the weights changed nothing "
    "about it. The data that they learned from have licences of their own.",
    name="s-lab-license-1.0",
    link="https://github.com/wqyin/SMPLest-X",
)
UNKNOWN = Licence(
    "unknown",
    "Not known: for a part of the training data no licence is stated. Ask whoever recorded it before you pass this on.",
)
MIXED = Licence("other", "Each source has its own.", name="licences-of-the-sources")
#: What a licence's own words say, the first that fits; from the strictest on.
_WORDS = (
    (r"\bs-?lab\b", S_LAB),
    (
        r"research (only|purposes?|use)|for research|\bamass\b|\bsmpl|no derivatives|\bnd\b|all rights reserved",
        RESEARCH,
    ),
    (r"(?=.*(\bnc\b|non-?commercial))(?=.*(\bsa\b|share-?alike))", BY_NC_SA),
    (r"\bnc\b|non-?commercial", BY_NC),
    (r"\bsa\b|share-?alike|\bgpl", BY_SA),
    (r"cc0|public domain|\bmit\b|apache|bsd|unlicense|free for all uses", FREE),
    (r"cc[ -]by|attribution", BY),
)
_STRICTEST_FIRST = (RESEARCH, S_LAB, UNKNOWN, BY_NC_SA, BY_NC, BY_SA, BY, FREE)


def licence_of(words: str) -> Licence:
    """The licence that a row of a data set, or a card, names in its own words ("CC BY-NC 4.0 (c) 2022 ...")."""
    plain = words.lower().replace("_", " ")
    spaced = plain.replace("-", " ") if plain.startswith("cc") else plain
    return next((licence for pattern, licence in _WORDS if re.search(pattern, spaced)), UNKNOWN)


def licence_that_follows(sources: Iterable[str]) -> Licence:
    """The licence of weights learned from data under these licences: the strictest of them.

    NC and SA of two sources add up. Sources without words count as unknown, and so does no source at all.
    """
    found = {licence_of(words) for words in sources} or {UNKNOWN}
    if BY_NC in found and BY_SA in found:
        found.add(BY_NC_SA)
    return next(licence for licence in _STRICTEST_FIRST if licence in found)


def data_licence(sources: Iterable[str]) -> Licence:
    """The licence of recordings put together: their own where they share one, else "other", to be read by row."""
    words = set(sources)
    found = {licence_of(each) for each in words}
    if words and all("cc0" in each.lower() for each in words):
        return Licence("cc0-1.0", "Public domain.")
    if len(found) == 1 and found <= {BY, BY_SA, BY_NC, BY_NC_SA, UNKNOWN}:
        return found.pop()
    return MIXED
