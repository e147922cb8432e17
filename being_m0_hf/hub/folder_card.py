"""The card that goes up with a folder: the folder's own under its name on the Hub, or a new one."""

import re
from pathlib import Path

from ..models.checkpoint_card import CardFacts, checkpoint_card
from ..models.checkpoint_files import CheckpointKind

CARD = "README.md"
_FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_TITLE = re.compile(r"^# (.+)$", re.MULTILINE)


def folder_card(folder: Path, kind: CheckpointKind | None, repo_id: str) -> str:
    """The text of README.md for the Hub; the folder's own file stays as it is.

    Args:
        kind: of a checkpoint; None for data sets and Spaces, which have a card always.
        repo_id: "owner/name", by which its examples shall load it.

    Raises:
        ValueError: there is no card, and none can be made.
    """
    path = folder / CARD
    if path.is_file() and path.stat().st_size:
        return named(path.read_text(encoding="utf-8"), repo_id)
    if kind is None:
        raise ValueError(f"{folder} has no README.md; every data set and every Space needs one")
    return checkpoint_card(kind, folder, repo_id, CardFacts())


def named(card: str, repo_id: str) -> str:
    """A card whose examples load ``repo_id`` instead of the title, which is the name in the folder."""
    title = _TITLE.search(card)
    card = re.sub(r'load_dataset\("[^"]*"', f'load_dataset("{repo_id}"', card)
    if title is None:
        return card
    name = re.escape(title[1].strip())
    card = re.sub(rf'"{name}"', f'"{repo_id}"', card)
    return _FENCED.sub(lambda block: re.sub(rf"(?<![\w/.-]){name}(?![\w/.-])", repo_id, block[0]), card)
