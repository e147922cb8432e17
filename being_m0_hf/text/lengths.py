"""How long a sentence says a motion lasts: "for ten seconds", "half a minute", "2.5 s"."""

import re

_WORDS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
    " eighteen nineteen twenty"
).split()
_NUMBERS = {word: float(number) for number, word in enumerate(_WORDS)} | {
    "a": 1.0, "an": 1.0, "half a": 0.5, "a half": 0.5, "one and a half": 1.5, "two and a half": 2.5,
    "three and a half": 3.5, "four and a half": 4.5, "a quarter of a": 0.25, "thirty": 30.0, "sixty": 60.0,
}  # fmt: skip
_UNITS = {"second": 1.0, "sec": 1.0, "s": 1.0, "minute": 60.0, "min": 60.0}
_SAID = "|".join(sorted(map(re.escape, _NUMBERS), key=len, reverse=True))
_LENGTH = re.compile(
    rf"\b(?P<how>every |after |within |(?:for|in|during|lasting|of) )?(?:about |around |roughly |exactly |only )*"
    rf"(?P<number>\d+(?:[.,]\d+)?|{_SAID})[ -]?(?P<unit>{'|'.join(_UNITS)})s?\b",
    re.IGNORECASE,
)


def seconds_said(text: str) -> float | None:
    """The length in seconds that a sentence asks for as a number; None where it names none, or several.

    "every two seconds" and "after a second" say when, not how long. "a second time" is no length, either.
    """
    found = {_seconds(match) for match in _lengths(text)}
    return found.pop() if len(found) == 1 else None


def without_length(text: str) -> str:
    """The text without how long it shall last: "waves for ten seconds" asks for what "waves" does."""
    for match in reversed(_lengths(text)):
        text = f"{text[: match.start()]} {text[match.end() :]}"
    return " ".join(text.split())


def _lengths(text: str) -> list[re.Match[str]]:
    found = []
    for match in _LENGTH.finditer(text):
        rest = text[match.end() :].lstrip().lower()
        how, number = (match["how"] or "").strip().lower(), match["number"].lower()
        counted = number in ("a", "an") and not how  # "a second": the next one
        if how in ("every", "after", "within") or counted or rest.startswith(("time", "later", "before", "after")):
            continue
        found.append(match)
    return found


def _seconds(match: re.Match[str]) -> float:
    number = match["number"].lower()
    value = _NUMBERS[number] if number in _NUMBERS else float(number.replace(",", "."))
    return value * _UNITS[match["unit"].lower()]


__all__ = ["seconds_said", "without_length"]
