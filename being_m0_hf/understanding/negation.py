"""What a sentence says shall not be done, and what it says with a "not" although all of it shall be done."""

import re

#: What a sentence can say and still name no action: "a man" of "a man, trying not to laugh".
_NOBODY = re.compile(
    r"(?:\W|\b(?:an?|the|and|but|he|she|it|they|i|you|person|man|woman|guy|girl|boy|kid|character|someone|somebody|is|are"
    r"|just|please)\b)*",
    re.I,
)
_CANNOT = r"(?:can(?:not|'?t| not)|could(?:n'?t| not))"
_DOES_NOT = r"(?:do|does|did)(?:n'?t| not)"
#: "Can't stop laughing", "never stops waving": twice no is yes.
_NO_END = re.compile(
    rf"\b(?:(?:{_CANNOT}|{_DOES_NOT}|won'?t|will not|never) (?:(?:stop|cease|quit)s?|help(?= \w+ing\b))"
    r"|without (?:ever )?(?:stopping|pausing|resting|a (?:break|pause|rest)))\b *",
    re.I,
)
#: Nothing of it is seen: "without a sound", "not looking where he goes".
_UNSEEN = re.compile(
    r"[, ]*\b(?:without|not|never) (?:even |ever |once )?(?:"
    r"(?:(?:mak|utter|say|giv)ing )?(?:an?|any|one|the slightest) (?:single )?(?:sound|noise|word|peep)"
    r"|(?:look|see|watch|listen|notic|speak|talk|think|know|car|mind|realis|realiz|worry|say|pay)ing\b[^,.;]*)",
    re.I,
)
#: "Do not move" asks for something that can be done.
STILL = re.compile(r"\b(?:do not|don'?t|doesn'?t|does not|without|not|never) (?:mov(?:e|ing)|stir(?:ring)?)\b", re.I)
#: What somebody thinks, wants or cannot perceive is not what they leave undone: "shrugs, as if they don't know".
_THOUGHT = re.compile(
    rf"\b{_DOES_NOT} (?:know|care|mind|understand|believe|notice|remember|see|hear|feel|like)\b"
    rf"|\b{_DOES_NOT} want to (?:know|see|hear|listen)\b"
    rf"|\b{_CANNOT} (?:see|hear|find|believe|feel|remember|understand|decide|wait|stand (?:it|the|this|that|any))\b"
    r"|\b(?:not|never|isn'?t|aren'?t) (?:sure|certain|convinced|impressed|amused|interested|happy|afraid|scared"
    r"|bothered|only|just|even|once)\b",
    re.I,
)
#: What is to be avoided by what is done: "trying not to fall", "so as not to wake the baby".
_AVOIDED = re.compile(
    r"[, ]*\b(?:(?:(?:is|are) )?(?:so as|in order|try|tries|trying|tried|struggl\w+|careful|carefully|tak\w+ care"
    r"|mak\w+ sure|hoping|anxious) not to\b)(?: (?!(?:while|as|and|but|by|when)\b)[\w'’]+)*",
    re.I,
)
#: What others shall not do is nothing that is left undone: "trying not to be heard".
_NOT_BY_OTHERS = re.compile(r"\bnot to (?:be|get) \w+(?:ed|en|t|n|d)\b", re.I)
#: What depends on the main clause, by the word that it begins with: its "not" is not that of the action.
_DEPENDENT = re.compile(
    r"[, ]*\b(?:because|so that|as if|as though|in case|until|since|although|though|that|which|who|when|where|if|unless"
    r"|so (?:i|he|she|it|they|you|nobody|no one|the \w+)|(?:like|as) (?:nobody|no one|he|she|it|they|you|i))\b.*$"
    r"|^\s*(?:because|since|as|if|when|although|though)\b[^,]*,"
    r"|(?<=\bso )(?:\w+ )+(?:i|he|she|it|they|you|nobody|no one)\b.*$",
    re.I,
)
_NOT = re.compile(
    r"\b(not|never|nobody|instead of|rather than|refuses? to|doesn'?t|don'?t|isn'?t|didn'?t|won'?t|can'?t|cannot"
    r"|aren'?t|wasn'?t|stops? \w+ing)\b",
    re.I,
)


def is_negated(text: str) -> bool:
    """Whether the action of a clause shall not be done: "does not wave", but not "sneaks, trying not to be heard"."""
    text = _NOT_BY_OTHERS.sub(" ", text)
    for beside in (STILL, _THOUGHT, _AVOIDED, _DEPENDENT):
        text = _unless_nothing_is_left(beside, text)
    return bool(_NOT.search(text))


def affirmed(text: str) -> str:
    """The sentence without a "not" by which nothing is left undone: "don't stop dancing" is "dancing"."""
    return _unless_nothing_is_left(_UNSEEN, _unless_nothing_is_left(_NO_END, text))


def _unless_nothing_is_left(pattern: re.Pattern, text: str) -> str:
    rest = pattern.sub(" ", text)
    return text if rest == text or _NOBODY.fullmatch(rest) else " ".join(rest.split()).strip(" ,")
