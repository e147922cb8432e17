"""Left and right exchanged in a sentence, for motions seen in a mirror."""

import re
from collections.abc import Mapping, Sequence

# "right" that means "immediately" or "correct", unless a word before it makes it a side ("his right before ...")
_NOT_A_SIDE = (
    r"away|now|after|before|behind|next|in\s+front|in\s+place|there|here|angles?|angled|above|below|beside|past"
)
_SIDE_BEFORE = r"(?<!\bthe )(?<!\bhis )(?<!\bher )(?<!\bits )(?<!\byour )(?<!\btheir )(?<!\bto )"
_KEEP = re.compile(
    rf"{_SIDE_BEFORE}\bright(?=\s+(?:{_NOT_A_SIDE})\b)"
    r"|\ball right\b"
    r"|\bleft(?=\s+(?:over|off|alone|behind)\b)"
    r"|(?<=\bhe )left(?=\s+(?:the|a|his)\b)|(?<=\bshe )left(?=\s+(?:the|a|her)\b)|(?<=\bwho )left(?=\s+(?:the|a)\b)",
    re.IGNORECASE,
)
_TURN = r"\b(?P<counter>counter[- ]?|anti[- ]?)?(?P<clock>clock-?wise)\b"
_SIDE = r"\b(?P<side>left|right)(?P<ending>wards?|most|ies|y|ie)?\b"
# "to the left", and nothing after it that it would be the left one of; "sideways" says it already
_PLACE = re.compile(
    r"(?P<before> sideways)? (?P<where>to|towards?|on|at|from) (?:the|his|her|their|its) (?:left|right)"
    r"(?=[^\w\s-]|\s*$|\s+(?:and|or|of|with|on|in|at|by|over|up|down|from|to|like|while|as|until|then|before|after)\b)",
    re.IGNORECASE,
)
_MAY_HAVE_SIDE = re.compile("left|right|clock", re.IGNORECASE)
_WORD = re.compile(rf"(?P<keep>{_KEEP.pattern})|{_TURN}|{_SIDE}", re.IGNORECASE)


def mirror_text(text: str) -> str:
    """Exchange left with right and clockwise with counterclockwise; all other words stay.

    Twice mirrored is the same sentence, with "counterclockwise" spelled in one word.
    """
    return _WORD.sub(_mirror_word, text)


def mirror_parts(parts: dict[str, str]) -> dict[str, str]:
    """Part texts of the mirrored body: the left arm's text becomes the right arm's, mirrored."""
    return {mirror_name(name): mirror_text(text) for name, text in parts.items()}


def mirror_all_parts(parts: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """`mirror_parts` where a part has several texts."""
    return {mirror_name(name): [mirror_text(text) for text in texts] for name, texts in parts.items()}


def mirror_name(name: str) -> str:
    """The name of a part or an action seen in a mirror: ``left_arm`` is ``right_arm``."""
    return mirror_text(name.replace("_", " ")).replace(" ", "_")


def _mirror_word(match: re.Match) -> str:
    word = match.group()
    if match["keep"]:
        return word
    if match["clock"]:
        return _like("clockwise" if match["counter"] else "counterclockwise", word)
    side = "right" if match["side"].lower() == "left" else "left"
    return _like(side + (match["ending"] or ""), word)


def _like(word: str, model: str) -> str:
    """The word in the model's case."""
    if model.isupper():
        return word.upper()
    return word.capitalize() if model[0].isupper() else word.lower()


def side_words(text: str) -> list[str]:
    """ "left" and "right" as they are said in a text, as sides only: "turn right now" says none of its own."""
    found = (match["side"] for match in _WORD.finditer(text) if not match["keep"])
    return [side.lower() for side in found if side]


def without_sides(text: str) -> str:
    """The sentence without its sides: "waves the left hand" is "waves the hand"."""
    if not _MAY_HAVE_SIDE.search(text):
        return " ".join(text.split())
    return " ".join(_WORD.sub(lambda match: match.group() if match["keep"] else " ", text).split())


def with_any_side(text: str) -> str:
    """The sentence for people, its side left open: "waves the left hand" is "waves the hand", and "kicks to the left",
    where the side has no noun to be left out of, "kicks to one side".
    """
    return without_sides(_PLACE.sub(lambda match: match["before"] or f" {match['where']} one side", text))
