"""Word dropout: descriptions without some of their words, since nobody knows all words and the others must do."""

import torch

SIDES = ("left", "right")


def drop_words(text: str, most: float, generator: torch.Generator) -> str:
    """The text without a random share of its words, at most ``most``; the sides stay, and so does at least one word."""
    words = text.split()
    share = most * float(torch.rand((), generator=generator))
    dropped = (torch.rand(len(words), generator=generator) < share).tolist()
    kept = [word for word, drop in zip(words, dropped, strict=True) if not drop or word.strip(".,") in SIDES]
    return " ".join(kept) or text
