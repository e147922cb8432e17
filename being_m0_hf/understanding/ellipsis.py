"""Parts of a sentence that have no verb: "raises the left hand, then the right one" means that it is raised, too."""

import re
from collections.abc import Sequence

from ..text.mirror import mirror_text, side_words

_WAYS = r"(?:forwards?|backwards?|sideways)"
#: What says how, where, or which one, and never what is done: of one word, and of two.
_ONE_WORD = (
    r"and|or|but|the|an?|his|her|their|its|your|with|to|from|in|on|at|by|of|for|over|behind|before|after|than"
    r"|left|right|one|ones|other|others|another|both|side|sides|front|rear|back|outside|inside|middle|around|way"
    rf"|(?:(?:counter|anti)-?)?clockwise|{_WAYS}|upwards?|downwards?|up|down|once|twice|thrice"
    r"|more|less|even|ever|much|very|too|really|again|first|last|end|also|as|well"
    r"|small|big|large|little|tiny|huge|wide|narrow|low|high|deep|long|short|slow|quick|fast|soft|hard|loud|quiet"
    r"|gentle|strong|light|heavy|tight|loose|bent|straight|open"
    r"|(?!fly\b|apply\b|rely\b)\w{2,}ly|(?:small|bigg|larg|wid|narrow|low(?!er (?:the|his|her|their|your|it))|high|deep"
    r"|long|short|slow|quick|fast|soft|hard|loud|quiet|gentl|strong|light|heavi|tight|loos|great|straight)er"
    r"|hands?|arms?|legs?|foot|feet|knees?|elbows?|fists?|shoulders?|heads?|hips?|wrists?|ankles?|fingers?|thumbs?"
)
_TWO_WORDS = (
    r"(?:left|right|other|same|next|second) (?!(?:is|goes|up|down)\b)\w+"
    r"|(?:\d+|two|three|four|five|six|seven|eight|nine|ten) times?|(?:counter|anti) clockwise|in turn"
)
_NO_DEED = tuple(re.compile(rf"(?:{words})(?:[ ,]+|$)", re.I) for words in (_ONE_WORD, _TWO_WORDS))
_FIRST = re.compile(r"^(?:at )?first(?:ly)?,?\s+(?=\w)", re.I)
_WAY = re.compile(rf"\b{_WAYS}\b", re.I)


def with_verbs(parts: Sequence[str]) -> list[str]:
    """Parts that come one after the other; a later one without a verb gets that of the one before it, where it says
    another side or way of the same; else it belongs to it: "circles the arms, small at first, then bigger".
    """
    found = [_FIRST.sub("", part) for part in parts[:1]]
    for part in parts[1:]:
        if not _says_no_deed(part):
            found.append(part)
        elif again := _done_again(found[-1], part):
            found.append(again)
        else:
            found[-1] += f", then {part}"
    return found


def _says_no_deed(part: str) -> bool:
    """Whether a part has only words that say no deed. Each place is tried once: as one expression that may repeat,
    "left left left ..." took as long as there are ways to pair these words."""
    places, seen = [0], {0}
    while places:
        place = places.pop()
        if place == len(part):
            return place > 0
        ends = {match.end() for words in _NO_DEED if (match := words.match(part, place))} - seen
        places.extend(ends)
        seen |= ends
    return False


def _done_again(before: str, part: str) -> str:
    """What is done by a part without a verb; "" where it only goes on with what has been said."""
    if "," in before or " first" in before:  # "puts on a jacket, left sleeve first": of one action
        return ""
    sides = set(side_words(part))
    if len(sides) == 1 and set(side_words(before)) == set(side_words(mirror_text(part))):
        return mirror_text(before)
    ways = _WAY.findall(part)
    if len(ways) == 1 and len(_WAY.findall(before)) == 1 and not sides:
        return _WAY.sub(ways[0], before)
    return ""
