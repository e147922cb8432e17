"""Text files as HumanML3D writes them: ``caption#tokens#start#end`` a line; a line without ``#`` is a caption."""

from collections.abc import Iterator
from pathlib import Path

from ...motion import MotionError
from ...utils.user_files import MAX_HAND_WRITTEN_BYTES, read_user_text
from .source import FileCaption


def read_text_file(path: Path) -> Iterator[FileCaption]:
    """The captions in a file. Times of zero, which HumanML3D writes for "all of it", are left out.

    Raises:
        UserFileError: no file that can be read as text.
        MotionError: times that are no numbers; the message names the line.
    """
    for number, line in enumerate(read_user_text(path, MAX_HAND_WRITTEN_BYTES).splitlines(), 1):
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
