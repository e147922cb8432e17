"""Who a video belongs to, and what may be done with it."""

import csv
import io
from dataclasses import dataclass
from pathlib import Path

from ..motion import MotionError
from ..utils.user_files import read_user_text

COLUMNS = ("file", "licence", "url", "author", "subject")


@dataclass(frozen=True)
class Provenance:
    """Where a video is from.

    Args:
        licence: as it shall stand in every row.
        url, author: for the card.
        subject: who moves; clips of a subject stay in one split. Without it those of a video do.
    """

    licence: str = ""
    url: str = ""
    author: str = ""
    subject: str = ""


def read_licences(path: Path) -> dict[str, Provenance]:
    """A CSV file with the columns ``file`` and ``licence``, and if wanted ``url``, ``author``, ``subject``.

    Files are named by their path in the folder, or by their name alone.

    Raises:
        UserFileError: no file that can be read as text.
        MotionError: missing columns, or a file twice; the message names the line.
    """
    reader = csv.DictReader(io.StringIO(read_user_text(path), newline=""))
    columns = [(name or "").strip() for name in reader.fieldnames or ()]
    missing = {"file", "licence"} - set(columns)
    if missing:
        raise MotionError(f"{path}: column {' and '.join(sorted(missing))} is missing; needed: file, licence")
    reader.fieldnames = columns
    found: dict[str, Provenance] = {}
    try:
        for row in reader:
            values = {name: " ".join((row.get(name) or "").split()) for name in COLUMNS}
            name = values.pop("file").replace("\\", "/")
            if not name:
                raise MotionError(f"{path}, line {reader.line_num}: the file's name is empty")
            if name in found:
                raise MotionError(f"{path}, line {reader.line_num}: {name} is there twice")
            found[name] = Provenance(**values)
    except csv.Error as error:
        raise MotionError(f"{path}, line {reader.line_num}: not CSV ({error})") from None
    return found


def provenance_of(video: str, known: dict[str, Provenance], licence: str) -> Provenance:
    """That of a video: by its path, else by its name, else all that is known is the licence of all."""
    found = known.get(video) or known.get(Path(video).name)
    if found is None:
        return Provenance(licence)
    return found if found.licence else Provenance(licence, found.url, found.author, found.subject)


__all__ = ["Provenance", "provenance_of", "read_licences"]
