"""Numbers in text files of strangers: decimal points or decimal commas, apart by spaces, semicolons or commas."""

import re

_DECIMAL_COMMA = re.compile(r"\d,\d")


class NumberStyle:
    """How a text writes its numbers, found out once for the whole text.

    A comma between digits is a decimal comma where no number has a point; all other commas, and semicolons, stand
    between numbers.
    """

    def __init__(self, *texts: str) -> None:
        self._plain = not any(mark in text for text in texts for mark in ",;")
        points = any("." in text for text in texts)
        self.decimal_comma = not points and any(_DECIMAL_COMMA.search(text) for text in texts)
        self._table = str.maketrans({",": "." if self.decimal_comma else " ", ";": " "})

    def plain(self, text: str) -> str:
        """The text with decimal points, and spaces between its numbers."""
        if self._plain:
            return text
        if self.decimal_comma:
            text = text.replace(", ", " ").replace(",\t", " ")
        return text.translate(self._table)

    def words(self, text: str) -> list[str]:
        return self.plain(text).split()
