"""The two commands that the README opens with.

Usage: python3 tests/readme_commands.py generate|test

Only the standard library: ``.ci/run`` starts it before anything is installed.
"""

import re
import sys
from pathlib import Path

README = Path(__file__).parents[1] / "README.md"
NAMES = ("generate", "test")


def code_blocks(text: str, language: str) -> list[str]:
    """The fenced blocks of one language, in order."""
    return [block.strip() for block in re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)]


def opening_commands(text: str) -> dict[str, str]:
    """The first two shell blocks, by name.

    Raises:
        ValueError: there are fewer.
    """
    blocks = code_blocks(text, "bash")
    if len(blocks) < len(NAMES):
        raise ValueError(f"the README has {len(blocks)} bash blocks; it must open with two commands")
    return dict(zip(NAMES, blocks, strict=False))


if __name__ == "__main__":
    print(opening_commands(README.read_text(encoding="utf-8"))[sys.argv[1]])
