"""What a sentence about a motion claims: the captioner's statements, read back from its words.

Only what can be measured is read: "dances like a monkey" claims nothing here. Times are not read; a claim is true if
there is a time at which it is.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

from being_m0_hf.motion import PART_NAMES
from being_m0_hf.text.mirror import side_words
from being_m0_hf.utils.package_data import read_package_yaml

from ..statements import Statement
from .contradictions import contradiction
from .details import SIDES, options

_NOUNS = {
    "arm": re.compile(r"\b(?:arms?|hands?|elbows?|wrists?|fists?)\b", re.I),
    "leg": re.compile(r"\b(?:legs?|foot|feet|knees?)\b", re.I),
    "torso": re.compile(r"\b(?:torso|upper body|trunk|back is|waist)\b", re.I),
}
#: Words that go together, so that "and" between two verbs alone divides a sentence.
_TOGETHER = re.compile(
    r"\b(back|forward|forwards|up|down|sideways|left|right|straight|one side|bends?|rises?|sinks? down)"
    r" (?:and|then) (?:the )?"
    r"(forth|back|up|down|right|left|still|(?:to )?the other|other|stretch\w*|straighten\w*|sinks?|rises?)\b",
    re.I,
)
_SENTENCES = re.compile(r"[.;](?!\d)")
_CLAUSES = re.compile(r",? and then | then |,| while | and |\bbefore\b|\bas (?:they|he|she|it)\b", re.I)
#: A sentence about a limb or the torso; its later clauses need not name it again.
_SUBJECT = re.compile(
    r"^(?:the (?P<side>left|right) (?P<limb>arm|leg)|both (?P<both>arm|leg)s|the (?P<torso>torso))\b", re.I
)
_LIMB = re.compile(r"\b(left|right)(?: \w+)? (?:arm|hand|elbow|leg|foot|knee|fist)\b", re.I)
_BOTH = re.compile(r"\bboth\b|\bleft_and_right\b|\bright_and_left\b|\b(?:his|her|their|its|the) (?:arms|hands)\b", re.I)
#: Words that make a lasting state a short one.
_SHORT_TIME = re.compile(r"\bfor (?:about|a moment)|\bbriefly|\bat (?:the beginning|first|the end)|\bafter about", re.I)


@dataclass(frozen=True)
class Claim:
    """One thing that a sentence says.

    Args:
        words: that say it.
        options: statements, without times, any of which makes it true; none where it contradicts itself.
        lasting: whether it must be so for most of the motion.
    """

    words: str
    options: tuple[Statement, ...]
    lasting: bool = False

    def mirrored(self) -> "Claim":
        """The same of the body seen in a mirror."""
        return replace(self, options=tuple(option.mirrored() for option in self.options))

    @property
    def is_sided(self) -> bool:
        """Whether it says left or right, so that the other side would be another claim."""
        return set(self.options) != set(self.mirrored().options)


@dataclass(frozen=True)
class _Rule:
    words: re.Pattern
    kinds: tuple[str, ...]
    lasting: bool
    plain: bool


@cache
def _rules() -> dict[str, tuple[_Rule, ...]]:
    found = read_package_yaml(__package__, "claims.yaml")
    return {
        group: tuple(
            _Rule(re.compile(row["words"], re.I), tuple(row["is"]), row.get("lasting", False), row.get("plain", False))
            for row in rows
        )
        for group, rows in found.items()
    }


def read_claims(text: str, part: str = "") -> list[Claim]:
    """What a sentence claims, clause by clause.

    Args:
        text: about the whole body, or about a part.
        part: of `PART_NAMES`, that the sentence is about; "" for the whole body.

    Raises:
        ValueError: an unknown part.
    """
    if part and part not in PART_NAMES:
        raise ValueError(f"no body part {part!r}; the parts are {', '.join(PART_NAMES)}")
    found: list[Claim] = []
    sides: tuple[str, ...] = ()
    for clauses in clauses_of(text):
        about = (part,) if part else _subjects(clauses[0])
        for clause in clauses:
            if contradiction(clause):
                found.append(Claim(clause, ()))  # nothing makes it true
            elif about:
                found += [claim for each in about for claim in _of_part(clause, each)]
            else:
                sides = _limb_sides(clause) or sides
                found += _of_body(clause, sides)
    return found


def clauses_of(text: str) -> list[list[str]]:
    """The clauses of each sentence of a text, none of them empty."""
    together = _TOGETHER.sub(lambda match: f"{match[1]}_and_{match[2].replace('to the other', 'the other')}", text)
    found = [[each.strip() for each in _CLAUSES.split(sentence)] for sentence in _SENTENCES.split(together)]
    return [clauses for sentence in found if (clauses := [each for each in sentence if each])]


def _subjects(sentence: str) -> tuple[str, ...]:
    """The parts that a sentence is about; () for the whole body."""
    match = _SUBJECT.match(sentence)
    if not match:
        return ()
    if match["both"]:
        return tuple(f"{side}_{match['both'].lower()}" for side in SIDES)
    return ("torso",) if match["torso"] else (f"{match['side'].lower()}_{match['limb'].lower()}",)


def _of_part(clause: str, part: str) -> Iterator[Claim]:
    group = part.split("_")[-1]
    said = [
        side for side in side_words(clause) if re.search(rf"\b{side} (?:arm|hand|elbow|leg|foot|knee)\b", clause, re.I)
    ]
    if said and group in ("arm", "leg"):
        part = f"{said[0]}_{group}"  # what the sentence says counts, not what it was asked about
    for rule in _rules()[group]:
        if rule.words.search(clause):
            yield _claim(clause, rule, group, (part,))
            return


def _of_body(clause: str, sides: tuple[str, ...]) -> Iterator[Claim]:
    """Claims about limbs and about the whole body."""
    nouns = [group for group, pattern in _NOUNS.items() if pattern.search(clause)]
    for group in ("arm", "leg", "torso"):
        rule = next((r for r in _rules()[group] if r.words.search(clause) and (group in nouns or r.plain)), None)
        if rule is None or (nouns and group not in nouns):
            continue
        if group == "torso":
            yield _claim(clause, rule, group, ("torso",))
        elif len(sides) == 2:
            for side in sides:
                yield _claim(clause, rule, group, (f"{side}_{group}",))
        else:  # one of them, if it is not said which
            yield _claim(clause, rule, group, tuple(f"{side}_{group}" for side in sides or SIDES))
        return
    for rule in _rules()["root"]:
        if rule.words.search(clause) and (rule.plain or not nouns):
            yield _claim(clause, rule, "root", ("root",))
            return


def _limb_sides(clause: str) -> tuple[str, ...]:
    """Sides of the limbs that a clause about the whole body names; () where it names none."""
    if re.search(
        r"\bboth\b|\bleft_and_right\b|\bright_and_left\b|\b(?:his|her|their|its|the) (?:arms|hands)\b", clause, re.I
    ):
        return SIDES
    said = re.findall(r"\b(left|right)(?: \w+)? (?:arm|hand|elbow|leg|foot|knee|fist)\b", clause, re.I)
    return tuple(dict.fromkeys(side.lower() for side in said))


def _claim(clause: str, rule: _Rule, group: str, parts: tuple[str, ...]) -> Claim:
    found = [option for part in parts for kind in rule.kinds for option in options(clause, group, part, kind)]
    return Claim(clause, tuple(found), rule.lasting and not _SHORT_TIME.search(clause))


__all__ = ["Claim", "clauses_of", "read_claims"]
