"""Motion files that visitors bring: read by our importers alone, and removed at once."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gradio.utils import get_upload_folder

from ..workshop import Recipe, Workshop

#: Of one file.
MOST_FILE_BYTES = 20_000_000
#: What the page offers to open.
FILE_SUFFIXES = (".bvh", ".glb", ".gltf", ".vrm", ".vrma", ".npz", ".npy", ".json")
_LONGEST_NAME = 60


async def recipe_of_file(workshop: Workshop, file: Any) -> Recipe:
    """The recipe that begins with a file which Gradio took in.

    Raises:
        ValueError: no file, one that is too large, or one that the importers cannot read.
    """
    recipe, _ = await bring(workshop, file)
    return recipe


async def bring(workshop: Workshop, file: Any) -> tuple[Recipe, list[str]]:
    """The recipe, and what was understood of the file."""
    path = _path(file)
    try:
        if path.suffix.lower() not in FILE_SUFFIXES:
            raise ValueError(f"{path.name[:_LONGEST_NAME]}: files are read from {', '.join(FILE_SUFFIXES)}.")
        if path.stat().st_size > MOST_FILE_BYTES:
            raise ValueError(f"{path.name}: the file is larger than {MOST_FILE_BYTES // 1_000_000} MB; cut the motion.")
        return await asyncio.to_thread(workshop.bring, path, path.name[-_LONGEST_NAME:])
    except ValueError as error:
        # visitors know their file's name, not where it lies here
        raise ValueError(str(error).replace(str(path), path.name).replace(str(path.parent), "")) from None
    finally:
        path.unlink(missing_ok=True)


def _path(file: Any) -> Path:
    """Where Gradio put the file."""
    place = file.get("path") if isinstance(file, Mapping) else None
    if not isinstance(place, str) or not place:
        raise ValueError("There is no motion file; send one.")
    path = Path(place).resolve()
    if not path.is_relative_to(Path(get_upload_folder()).resolve()) or not path.is_file():
        raise ValueError("That motion file was not sent here; send it again.")
    return path
