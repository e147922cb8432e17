"""Where a checkpoint is: inside the package, in a folder, or on the Hub."""

import os
import re
from functools import partial
from pathlib import Path

from huggingface_hub import snapshot_download

from .checkpoint_files import CHECKPOINT_FILES

SHIPPED_FOLDER = Path(__file__).resolve().parents[1] / "checkpoints"
_HUB_ID = re.compile(r"[\w-][\w.-]*/[\w-][\w.-]*")


def resolve_checkpoint(name_or_path: str | os.PathLike) -> str | os.PathLike:
    """The folder of a shipped checkpoint (``"being-m0-mini"``); any other path or Hub id is returned as it is."""
    shipped = SHIPPED_FOLDER / name_or_path
    return str(shipped) if not os.path.isdir(name_or_path) and (shipped / "config.json").is_file() else name_or_path


def checkpoint_folder(name_or_path: str | os.PathLike, revision: str | None = None) -> Path:
    """A folder with all files of a checkpoint; of one on the Hub, all of one revision, fetched once and then kept.

    Its code is not fetched: the package has its own.

    Raises:
        FileNotFoundError: there is neither such a folder nor such a repository; or it was never fetched, and the Hub
            cannot be reached.
    """
    found = Path(resolve_checkpoint(name_or_path))
    if found.is_dir():
        return found
    name = str(name_or_path)
    if not _HUB_ID.fullmatch(name):
        raise FileNotFoundError(f"there is no folder {name}, and it is no name on the Hub (owner/name)")
    fetch = partial(snapshot_download, name, revision=revision, allow_patterns=list(CHECKPOINT_FILES))
    try:
        return Path(fetch())
    except Exception as error:  # which HTTP library fails, and how, differs between versions of huggingface_hub
        try:
            return Path(fetch(local_files_only=True))
        except (OSError, ValueError):
            reason = " ".join(str(error).split())[:200] or type(error).__name__
            raise FileNotFoundError(f"{name} is no folder here and cannot be had from the Hub: {reason}") from None
