"""What a sentence says that is read by rule, since vectors of meaning do not tell it: sides, counts, speed, order,
negation."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..text.lengths import without_length
from ..text.mirror import mirror_text, side_words
from .ellipsis import with_verbs
from .negation import STILL, affirmed, is_negated
from .stance import STANDS_ON

_ONE = {"one": 1, "a single": 1, "single": 1, "1": 1}
_SEVERAL = {
    "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11,
    "twelve": 12, "a dozen": 12, "fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60,
    "a hundred": 100, "one hundred": 100,
}  # fmt: skip
_NUMBERS = {"once": 1, "twice": 2, "thrice": 3} | _ONE | _SEVERAL
_NUMBER = rf"(?:(?<![\w.,:-])(?<!person )(?!1\b)\d{{1,3}}|\b(?:{'|'.join(_SEVERAL)}))"
_A_SINGLE = rf"\b(?<!person )(?:{'|'.join(_ONE)})"
#: What is done once with each: "5 push up" is typed, too, but "one two punch" is no count.
_EXERCISES = (
    "(?:push|sit|press|pull|chin|step)[- ]?up|jumping[- ]?jack|squat|burpee|crunche?|lunge|high knee|mountain climber"
    "|(?:(?:bicep|hammer|arm|leg) )?curl|dead[- ]?lift|star jump|jump squat|squat jump|tricep dip|repetition|rep"
    "|(?:leg|arm|calf|knee|lateral|heel) raise|toe touche?|(?:overhead|shoulder) presse?|kettlebell swing|knee bend"
)
_DEEDS = (
    "jump|hop|leap|clap|nod|bow|curts(?:y|ie)|wave|kick|punche?|jab|hook|uppercut|slap|knock|tap|stomp"
    "|cartwheel|(?:back|front)?flip|dip|chop|stab|thrust|strike|shrug|salute|cough|sneeze|snap|pump"
    "|(?:arm|shoulder) (?:circle|swing|roll)|head ?shake|bounce"
)
_HOW = (
    r"(?:(?:more|quick|fast|slow|big|small|little|deep|full|hard|high|low|short|long|good|clean|proper|loud|polite|gentle"
    r"|strong|straight|right|left|front|back|side|air|bodyweight|jump(?:ing)?|hand|head|butt|karate|rapid"
    r"|hook|spinning|roundhouse|axe|flying) ){0,2}"
)
_COUNT = re.compile(
    r"\b(?P<once>(?<!at )(?<!not )once(?! (?:upon|again|more|in a|he|she|they|it)\b)|twice(?! (?:as|the)\b)|thrice)\b"
    rf"|(?P<times>{_NUMBER}|{_A_SINGLE}) (?:more )?times?\b(?! as\b)"
    rf"|(?P<of>{_NUMBER}) (?:x )?{_HOW}(?:(?:{_EXERCISES})s?|(?:{_DEEDS})s)\b(?![- ](?:rope|step|kick|jack|squat)\b)"
    rf"|(?P<single>{_A_SINGLE}) {_HOW}(?:{_EXERCISES}|{_DEEDS})\b(?! \w+s\b)"
    r"|\bx ?(?P<x>\d{1,3})\b|(?<![\w.,:-])(?P<x_before>\d{1,3}) ?x\b",
    re.I,
)
_SLOW = re.compile(r"\b(slow|slowly|slower|leisurely|unhurried(ly)?|sluggish(ly)?)\b", re.I)
_SLOW_MOTION = re.compile(r"\b(?:slow|slo)[ -]?mo(?:tion)?\b", re.I)
_FAST = re.compile(
    r"\b(fast|faster|quick|quickly|quicker|rapid(ly)?|briskly?|swift(ly)?|hurried(ly)?|full speed)\b", re.I
)
_DEGREE = re.compile(
    r"\b(?:really|very|super|quite|pretty|extremely|totally|incredibly|just|a (?:bit|little)|kind of|sort of)\b"
    r"|\b(?:so|too) (?=\w+(?:ly|high|low|hard|loud|fast|deep|far)\b)",
    re.I,
)
_MANNER = re.compile(
    r"\b(?!(?:only|fly|belly|jelly|family|early|reply|rely|apply|ally|bully|silly|lonely)\b)\w{3,}ly\b", re.I
)
_DETERMINERS = frozenset("a an the my our your his her their this that some one".split())
#: Words of who does it, at most: "the old man in a red coat".
MOST_SUBJECT_WORDS = 7
_BODY = re.compile(
    r"\b(?:hands?|arms?|legs?|foot|feet|knees?|heads?|body|bodies|torso|hips?|fists?|elbows?|shoulders?)\b", re.I
)
_BOTH = re.compile(r"\bboth\b|\bleft and (the )?right\b|\bright and (the )?left\b", re.I)
#: What is stretched by leaning to the other side: "leans to the right to stretch the left side".
_STRETCHED = re.compile(r"\bto stretch (?:out )?(?:the |his |her |their |your )?(?:left|right)(?: side)?\b", re.I)
#: "without jumping": what follows is not done, the rest is.
_WITHOUT = re.compile(r"[, ]*\bwithout (\w+ing\b[^,.;]*)", re.I)

_THEN = re.compile(
    r"\s*[.;,]?\s*\b(?:and then|, then|then|after that|afterwards|followed by|finally|next,)\s+|\s*[.;]\s+"
    r"|\s+before\s+",
    re.I,
)
_WHILE = re.compile(r"\s*,?\s*\b(?:while|whilst|at the same time(?: as)?|meanwhile)\s+", re.I)
#: "Sits and waves", where that is no action by itself: one after the other.
_AND = re.compile(r"\s*,?\s+and\s+(?:(?:he|she|they) )?(?=\w+)", re.I)
_FIRST_AFTER = re.compile(r"^\s*after\s+(?P<first>[^,]+),\s*(?P<second>.+)$", re.I)
_AFTER = re.compile(r"^(?P<second>.+?)\s+after\s+(?P<first>\w+ing\b.*)$", re.I)
_FIRST_WHILE = re.compile(r"^\s*(?:while|before)\s+(?P<rest>[^,]+),\s*(?P<main>.+)$", re.I)
#: What comes after something else and only ends it: "walks, then stops", "then comes to a sudden halt".
_HALTS = re.compile(
    r"(?:(?:and|he|she|they|it|a person|the person) )*(?:\w+ly )?"
    r"(?:stop(?:s|ping)?(?: (?:moving|\w+ing))?|halt(?:s|ing)?|paus(?:es?|ing)|stand(?:s|ing)? still"
    r"|com(?:es?|ing) to (?:a|an|his|her|their) (?:\w+ )?(?:halt|stop|standstill|rest)|stay(?:s|ing)? still)"
    r"(?: (?:\w+ly|still|short|dead|there|again|where (?:he|she|it) is|(?:for|in|on|at|after) [\w ]+))*",
    re.I,
)
STANDS_STILL = "stands still"


@dataclass(frozen=True)
class Facts:
    """What the words of one action say beside the action.

    Args:
        side: "left", "right", "both", or "".
        count: how often; None where it is not said.
        speed: "slow", "slow motion", "fast", or "".
        negated: whether it shall not be done.
    """

    side: str = ""
    count: int | None = None
    speed: str = ""
    negated: bool = False


def read_facts(text: str) -> Facts:
    """The facts in the words of one action."""
    sides = set(side_words(_STRETCHED.sub(" ", text)))
    side = "both" if _BOTH.search(text) or len(sides) == 2 else next(iter(sides), "")
    if len(sides) == 2 and (leg := STANDS_ON.search(text)):
        side = mirror_text(leg[1].lower())  # the other leg is the one that does something
    match = _COUNT.search(text)
    word = next(filter(None, match.groups())).lower() if match else ""
    count = int(word) if word.isdigit() else _NUMBERS.get(word)
    speed = "slow" if _SLOW.search(text) else "fast" if _FAST.search(text) else ""
    speed = "slow motion" if _SLOW_MOTION.search(text) else speed
    return Facts(side, count, speed, is_negated(text))


def without_count(text: str) -> str:
    """The text without how often: an action is known as the same whether it is done once or twice."""
    for match in reversed(list(_COUNT.finditer(text))):
        kind = str(match.lastgroup)
        start, end = match.span(kind) if kind in ("of", "single") else match.span()
        text = f"{text[:start]} {text[end:]}"
    return " ".join(text.split())


def without_numbers(text: str) -> str:
    """The text without how often and how long."""
    return without_length(without_count(text))


def without_speed(text: str) -> str:
    """The text without how fast: "bows slowly" asks for what "bows" does."""
    for pattern in (_SLOW_MOTION, _SLOW, _FAST):
        text = pattern.sub(" ", text)
    return " ".join(re.sub(r"\b(?:in|at a|very|really|so|as|super|too)\s*(?=[,.!]|$)", " ", text).split())


def without_manner(text: str) -> str:
    """The text without adverbs of degree and manner: "bows very gracefully" asks for a "bow"."""
    return " ".join(_MANNER.sub(" ", _DEGREE.sub(" ", text)).split())


def split_subject(text: str, does: Callable[[str], bool]) -> tuple[str, str]:
    """Who does it, and what is done: "a clown in a hat" and "bows to us"; "" and the text where nobody is named so.

    Args:
        does: tells whether a word is for what somebody does.
    """
    words = text.split()
    if not words or words[0].lower() not in _DETERMINERS:
        return "", text
    for place in range(2, min(len(words), MOST_SUBJECT_WORDS + 1)):
        word = words[place].lower().strip(",.;!")
        if word in ("is", "are") or (re.fullmatch(r"\w+(?<!s)s|\w+sses|\w+ing", word) and does(word)):
            who = words[:place]
            return ("", text) if _BODY.search(" ".join(who)) else (" ".join(who), " ".join(words[place:]))
    return "", text


def split_at_and(text: str) -> list[str]:
    """What an "and" joins: "walks on and sits down" are two, "jump" is one."""
    return _brought_to_rest([part for part in _AND.split(text) if part])


def split_at_commas(text: str) -> list[str]:
    """What commas and an "and" join: "stops, turns left and waves" are three."""
    return [part for joined in split_at_and(text) for part in re.split(r"\s*,\s+", joined) if part]


def _brought_to_rest(parts: Sequence[str]) -> list[str]:
    """Parts of a sentence; a later one that only ends the one before it says what is then seen: somebody stands still.

    By itself, "stop" is the gesture.
    """
    return [*parts[:1], *(STANDS_STILL if _HALTS.fullmatch(part) else part for part in parts[1:])]


def split_clauses(text: str) -> tuple[list[str], str, list[str]]:
    """A sentence as its actions, in the order in which they are done.

    Returns:
        the actions' words; how they follow each other: "then", "while", or "" for a single one; and what shall be left
        out ("without jumping").
    """
    text = affirmed(text)
    left_out = [match[1] for match in _WITHOUT.finditer(text) if not STILL.search(match[0])]
    text = _WITHOUT.sub(" ", text).strip(" ,") if left_out else text
    if match := _FIRST_AFTER.match(text) or _AFTER.match(text):
        parts, order = [match["first"], match["second"]], "then"
    elif match := _FIRST_WHILE.match(text):
        swap = text.lower().lstrip().startswith("before")
        parts = [match["main"], match["rest"]] if swap else [match["rest"], match["main"]]
        order = "then" if swap else "while"
    elif len(parts := _WHILE.split(text)) > 1:
        order = "while"
    else:
        parts, order = _THEN.split(text), "then"
    parts = [part.strip(" ,.;") for part in parts]
    parts = [part for part in parts if re.search(r"\w", part)]
    parts = with_verbs(_brought_to_rest(parts)) if order == "then" and len(parts) > 1 else parts
    return parts, order if len(parts) > 1 else "", left_out
