"""Sentences that say two things which cannot both be: "the arm rises down", "the leg is bent and straight"."""

import re

#: What may stand between a verb and where it goes: whose limb it is, and how it is done.
_BETWEEN = (
    r"(?:\s+(?:slowly|quickly|fast|gently|suddenly|again|back|straight|both|the|a|an|its|their|his|her|left|right|arms?"
    r"|hands?|legs?|knees?|elbows?|torso|body|head|shoulders?|hips?|foot|feet))*"
)
_GO = r"(?:go|come|move)(?:s|es)?"
_UPWARDS = rf"(?:ris(?:e|es|ing)|rais(?:e|es|ing)|lift(?:s|ing)?|(?:is|are) (?:\w+ly )?(?:lifted|raised)|{_GO} up)"
_DOWNWARDS = rf"(?:lower(?:s|ing)?|sink(?:s|ing)?|drop(?:s|ping)?|(?:is|are) (?:\w+ly )?lowered|{_GO} down)"
_STILL = r"(?:(?:stand|stay|remain|keep)s?(?: (?:still|in place|on the spot))|hangs?)"
_CONTRADICTIONS = tuple(
    re.compile(pattern, re.I)
    for pattern in (
        rf"\b{_UPWARDS}{_BETWEEN}\s+(?:down(?:wards?)?\b|until (?:it|they) hangs?)",
        rf"\b{_DOWNWARDS}{_BETWEEN}\s+(?:up(?:wards?)?\b|overhead|above the head)",
        r"\bstraighten(?:s|ing)?(?: \w+)? bent\b|\bbends?(?: \w+)? straight\b(?! (?:forward|over|ahead))",
        r"\bforwards? backwards?\b|\bbackwards? forwards?\b|\bto the left to the right\b|\bto the right to the left\b",
        rf"\b{_STILL} (?:quickly|fast|forwards?|backwards?|ahead)\b",
        r"\bhang(?:s|ing)? (?:up|overhead|above)\b|\bslowly quickly\b|\bquickly slowly\b",
    )
)


def contradiction(text: str) -> str:
    """The words of a sentence that contradict each other; "" where none do.

    "Rises and sinks" is two things, one after the other, and "gets up from lying down" tells where it began.
    """
    found = next((match for pattern in _CONTRADICTIONS if (match := pattern.search(text))), None)
    return found[0] if found else ""


__all__ = ["contradiction"]
