"""Types of command line arguments: each parses one word, or says in one line what is wrong with it.

Only argparse is imported here, because every command needs these before it knows what else it will load.
"""

import argparse
import math
from collections.abc import Callable

HIGHEST_SEED = 2**32 - 1


def whole_number(lowest: int, highest: int | None = None) -> Callable[[str], int]:
    """A type for whole numbers from ``lowest`` to ``highest``; without ``highest``, as large as you like."""
    expected = f"{lowest} or more" if highest is None else f"{lowest} to {highest}"

    def parse(word: str) -> int:
        try:
            number = int(word)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{word!r} is not a whole number") from None
        if number < lowest or (highest is not None and number > highest):
            raise argparse.ArgumentTypeError(f"{number} is out of range, expected {expected}")
        return number

    return parse


def number_from_zero(word: str) -> float:
    """A type for finite numbers, 0 or more."""
    try:
        number = float(word)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{word!r} is not a number") from None
    if not math.isfinite(number) or number < 0:
        raise argparse.ArgumentTypeError(f"{word} is out of range, expected 0 or more")
    return number


def number_above_zero(word: str) -> float:
    """A type for finite numbers, more than 0."""
    number = number_from_zero(word)
    if number == 0:
        raise argparse.ArgumentTypeError(f"{word} is out of range, expected more than 0")
    return number


def share_above_zero(word: str) -> float:
    """A type for shares of a whole: more than 0, at most 1."""
    number = number_above_zero(word)
    if number > 1:
        raise argparse.ArgumentTypeError(f"{word} is out of range, expected more than 0, at most 1")
    return number
