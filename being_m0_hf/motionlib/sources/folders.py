"""What lies in a folder of recordings, and what of it cannot be looked into."""

import os
from pathlib import Path


def walk_folder(folder: Path) -> tuple[list[str], dict[str, str]]:
    """All names below a folder that are none of folders, and the folders that are not looked into, each with a reason.

    Names are relative to the folder, with "/" between the steps; a folder's ends in "/". Hidden names are left out:
    they are macOS' ``._walk.bvh``, a version control's, or our own work folder when the data set is written here.
    """
    names: list[str] = []
    closed: dict[str, str] = {}

    def name_of(path: str) -> str:
        return Path(path).relative_to(folder).as_posix()

    def cannot(error: OSError) -> None:
        if Path(error.filename) == folder:
            raise error
        closed[f"{name_of(error.filename)}/"] = f"the folder cannot be read ({error.strerror})"

    for place, folders, files in os.walk(folder, onerror=cannot):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in folders:
            path = os.path.join(place, name)
            if os.path.islink(path):  # which os.walk does not follow: links may lead in circles, or anywhere
                closed[f"{name_of(path)}/"] = "is a link to a folder, which is not followed; put the folder itself here"
        names += [name_of(os.path.join(place, name)) for name in files if not name.startswith(".")]
    return sorted(names), closed
