"""Parts of a sentence that have no verb: "raises the left hand, then the right one" means that it is raised, too."""

import re
from collections.abc import Sequence

from ..text.mirror import mirror_text, side_words

_WAYS = r"(?:forwards?|backwards?|sideways)"
#: Words that say how, where, or which one, and never what is done.
_NO_DEED = re.compile(
    r"(?:(?:and|or|but|the|an?|his|her|their|its|your|with|to|from|in|on|at|by|of|for|over|behind|before|after|than"
    r"|(?:(?:left|right|other|same|next|second) )(?!(?:is|goes|up|down)\b)\w+"
    r"|left|right|one|ones|other|others|another|both|side|sides|front|rear|back|outside|inside|middle|around|way"
    rf"|(?:counter|anti)?[- ]?clockwise|{_WAYS}|upwards?|downwards?|up|down"
    r"|once|twice|thrice|(?:\d+|two|three|four|five|six|seven|eight|nine|ten) times?"
    r"|more|less|even|ever|much|very|too|really|again|first|last|end|also|as|well|in turn"
    r"|small|big|large|little|tiny|huge|wide|narrow|low|high|deep|long|short|slow|quick|fast|soft|hard|loud|quiet"
    r"|gentle|strong|light|heavy|tight|loose|bent|straight|open"
    r"|(?!fly\b|apply\b|rely\b)\w{2,}ly|(?:small|bigg|larg|wid|narrow|low(?!er (?:the|his|her|their|your|it))|high|deep"
    r"|long|short|slow|quick|fast|soft|hard|loud|quiet|gentl|strong|light|heavi|tight|loos|great|straight)er"
    r"|hands?|arms?|legs?|foot|feet|knees?|elbows?|fists?|shoulders?|heads?|hips?|wrists?|ankles?|fingers?|thumbs?)"
    r"(?:[ ,]+|$))+",
    re.I,
)
_FIRST = re.compile(r"^(?:at )?first(?:ly)?,?\s+(?=\w)", re.I)
_WAY = re.compile(rf"\b{_WAYS}\b", re.I)


def with_verbs(parts: Sequence[str]) -> list[str]:
    """Parts that come one after the other; a later one without a verb gets that of the one before it, where it says
    another side or way of the same; else it belongs to it: "circles the arms, small at first, then bigger".
    """
    found = [_FIRST.sub("", part) for part in parts[:1]]
    for part in parts[1:]:
        if not _NO_DEED.fullmatch(part):
            found.append(part)
        elif again := _done_again(found[-1], part):
            found.append(again)
        else:
            found[-1] += f", then {part}"
    return found


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
