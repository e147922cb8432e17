"""Pictures as files that are whole or not there."""

import io
from pathlib import Path

from PIL import Image

from ..utils.atomic_files import write_whole


def save_picture(picture: Image.Image, path: str | Path, **options) -> None:
    """Write a picture; the suffix chooses the format, ``options`` are those of PIL's writer.

    Raises:
        ValueError: a suffix that PIL does not write.
        OSError: as `write_whole`.
    """
    path = Path(path)
    kind = Image.registered_extensions().get(path.suffix.lower())
    if kind not in Image.SAVE:
        raise ValueError(f"{path}: unknown suffix {path.suffix!r} for a picture; use .png")
    data = io.BytesIO()
    picture.save(data, kind, **options)
    write_whole(path, data.getvalue())
