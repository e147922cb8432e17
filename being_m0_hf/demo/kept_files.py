"""Folders for files that visitors take home, which go again after an hour."""

import shutil
import threading
import time
from pathlib import Path
from secrets import token_hex

from gradio.utils import get_upload_folder

#: How long a file can be taken home, and the time between two looks at what is too old.
KEPT_SECONDS, SWEEP_SECONDS = 3600.0, 600.0
_NAME, _STAYS = "motions", "first-motions"


def new_folder(stays: bool = False) -> Path:
    """A new folder inside Gradio's own cache, from which the page serves files without another copy.

    Args:
        stays: as long as the page does.
    """
    folder = Path(get_upload_folder()) / (_STAYS if stays else _NAME) / token_hex(8)
    folder.mkdir(parents=True)
    return folder


def clear_old_folders(seconds: float = KEPT_SECONDS) -> int:
    """Removes folders that are older, and returns how many."""
    count = 0
    for folder in (Path(get_upload_folder()) / _NAME).glob("*"):
        try:
            old = time.time() - folder.stat().st_mtime > seconds
        except FileNotFoundError:  # another process sweeps as well
            continue
        if old:
            shutil.rmtree(folder, ignore_errors=True)
            count += 1
    return count


def keep_clearing() -> None:
    """Removes old folders from now on, beside everything else."""

    def clear_again() -> None:
        while True:
            clear_old_folders()
            time.sleep(SWEEP_SECONDS)

    threading.Thread(target=clear_again, name="old-files", daemon=True).start()
