"""Text files as HumanML3D writes them: ``caption#tokens#start#end`` a line; a line without ``#`` is a caption."""

from collections.abc import Iterator
from pathlib import Path

from ...motion import MotionError
from .source import FileCaption


def read_text_file(path: Path) -> Iterator[FileCaption]:
    """The captions in a file. Times of zero, which HumanML3D writes for "all of it", are left out."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise MotionError(f"{path}: cannot be read as text ({error})") from None
    for number, line in enumerate(lines, 1):
        # fewer fields than HumanML3D writes: "dancer #2 spins" is a sentence
        text, *fields = line.split("#") if line.count("#") >= 3 else [line]
        if not text.strip():
            continue
        try:
            start, end = (float(field) for field in fields[1:3]) if fields else (0.0, 0.0)
        except ValueError:
            raise MotionError(f"{path}, line {number}: times are not numbers: {fields[1:3]}") from None
        # HumanML3D's own files hold "nan" where a time is unknown
        known = end > start >= 0
        yield FileCaption(" ".join(text.split()), start if known else None, end if known else None)
