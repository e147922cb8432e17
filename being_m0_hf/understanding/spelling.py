"""Words with a slip of the finger, put right: "a persn jmups" is "a person jumps"."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from string import ascii_lowercase

from .reasons import WORD, words_of

#: Shorter words are left alone: too many others are one letter away.
LEAST_LETTERS = 4
#: A word that is said less often was hardly meant, and may be a slip itself.
LEAST_OFTEN = 4


def common_words(texts: Iterable[str]) -> Mapping[str, int]:
    """Words that are said again and again -> how often."""
    count = Counter(word for text in texts for word in words_of(text))
    return {word: often for word, often in count.items() if often >= LEAST_OFTEN}


def mended(text: str, is_word: Callable[[str], bool], common: Callable[[], Mapping[str, int]]) -> str:
    """The text with each word that is none as the commonest word that is one slip away; where there is none, it stays.

    Args:
        common: gives the words that may be meant, and how often they are said; not asked where all is well.
    """

    def mend(word: str) -> str:
        if len(word) < LEAST_LETTERS or not word.isascii() or is_word(word.lower()):
            return word
        near = [(often, other) for other in one_slip_away(word.lower()) if (often := common().get(other, 0))]
        return max(near)[1] if near else word

    return WORD.sub(lambda match: mend(match[0]), text)


def one_slip_away(word: str) -> set[str]:
    """What differs from a word by one letter too many, too few or wrong, or by two that changed places."""
    cuts = [(word[:at], word[at:]) for at in range(len(word) + 1)]
    found = {before + after[1:] for before, after in cuts if after}
    found |= {before + after[1] + after[0] + after[2:] for before, after in cuts if len(after) > 1}
    for letter in ascii_lowercase:
        found |= {before + letter + after for before, after in cuts}
        found |= {before + letter + after[1:] for before, after in cuts if after}
    return found - {word}
