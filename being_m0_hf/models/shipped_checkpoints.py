"""Names of the checkpoints that ship inside the package."""

import os
from pathlib import Path

SHIPPED_FOLDER = Path(__file__).resolve().parents[1] / "checkpoints"


def resolve_checkpoint(name_or_path: str | os.PathLike) -> str | os.PathLike:
    """The folder of a shipped checkpoint (``"being-m0-mini"``); any other path or Hub id is returned as it is."""
    shipped = SHIPPED_FOLDER / name_or_path
    return str(shipped) if not os.path.isdir(name_or_path) and (shipped / "config.json").is_file() else name_or_path
