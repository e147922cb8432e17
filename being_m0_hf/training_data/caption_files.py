"""Captions without motion, in files of HumanML3D's kind."""

import gzip
import io
import zlib
from pathlib import Path

from ..motionlib.sources.cmu_bandai import one_line
from ..utils.user_files import MAX_TEXT_BYTES, UserFileError, parse_json_lines, read_user_bytes


def read_captions_alone(path: Path) -> list[str]:
    """The captions of a ``.jsonl.gz`` file with lines of ``{captions: [{text}]}``, each on one line.

    Raises:
        UserFileError: a file of another kind; the message says what was expected.
    """
    rows = parse_json_lines(_unpacked(path), path)
    try:
        return [one_line(caption["text"]) for row in rows for caption in row["captions"]]
    except (KeyError, TypeError, AttributeError):
        raise UserFileError(f'{path}: expected lines of {{"captions": [{{"text": "..."}}]}}') from None


def _unpacked(path: Path) -> str:
    """The text in a gzip file."""
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(read_user_bytes(path))) as file:
            data = file.read(MAX_TEXT_BYTES + 1)
        if len(data) > MAX_TEXT_BYTES:
            raise UserFileError(f"{path}: unpacks to more than {MAX_TEXT_BYTES / 1e6:g} MB")
        return data.decode()
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise UserFileError(f"{path}: not a text in UTF-8, packed with gzip ({error})") from None
