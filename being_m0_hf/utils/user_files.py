"""Text files that a user names: read with a limit, and one line for whatever is wrong with them.

A name may be that of a pipe, of a device that never ends, or of a file in another encoding. ``st_size`` says 0 of the
first two, so they are told by their kind, before anything is read.
"""

import json
import os
import stat
from typing import Any

import yaml

#: Captions of a million clips stay below it.
MAX_TEXT_BYTES = 200_000_000
#: Of lists of samples and their captions.
MAX_LINES_BYTES = 4_000_000_000
#: Of files that people write by hand: settings, joint maps.
MAX_HAND_WRITTEN_BYTES = 1_000_000
_MARKS = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}


class UserFileError(ValueError):
    """A file that cannot be used; the message is one line that names it and says what to do."""


def read_user_bytes(path: str | os.PathLike, most_bytes: int = MAX_TEXT_BYTES) -> bytes:
    """The bytes of a regular file, or of a link to one.

    Raises:
        UserFileError: no such file, no regular one (a folder, a pipe, a device), or more than ``most_bytes``.
    """
    try:
        # not blocking: opening a pipe would otherwise wait until somebody writes to it
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with open(descriptor, "rb") as file:
            # of the open file, not of the name: behind a name things may change
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise UserFileError(f"{path}: is not a regular file but a {_kind(os.fstat(descriptor).st_mode)}")
            data = file.read(most_bytes + 1)
    except (OSError, ValueError) as error:  # a name with a null character is a ValueError
        if isinstance(error, UserFileError):
            raise
        reason = getattr(error, "strerror", None) or error
        raise UserFileError(f"{path}: cannot be read ({reason})") from None
    if len(data) > most_bytes:
        raise UserFileError(f"{path}: has more than {most_bytes / 1e6:g} MB, which is too large for what it shall hold")
    return data


def read_user_text(path: str | os.PathLike, most_bytes: int = MAX_TEXT_BYTES) -> str:
    """The text of a regular file in UTF-8, with or without a byte order mark.

    Raises:
        UserFileError: as `read_user_bytes`, or another encoding; the message names the line.
    """
    data = read_user_bytes(path, most_bytes)
    if data[:2] in _MARKS:
        raise UserFileError(f"{path}: is {_MARKS[data[:2]]}, expected UTF-8; save it again as UTF-8")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UserFileError(
            f"{path}, line {line}: byte {error.start} ({data[error.start]:#04x}) is not UTF-8; save it again as UTF-8"
        ) from None


def read_user_yaml(path: str | os.PathLike, most_bytes: int = MAX_HAND_WRITTEN_BYTES) -> Any:
    """What a small YAML or JSON file holds, in plain Python values.

    Raises:
        UserFileError: as `read_user_text`, or no YAML, a name given twice, or aliases, which a few lines of can stand
            for more values than fit any memory.
    """
    return parse_user_yaml(read_user_text(path, most_bytes), path)


def parse_user_yaml(text: str, origin: object) -> object:
    """As `read_user_yaml`, of a text that came from ``origin``."""
    try:
        return yaml.load(text, _PlainLoader)
    except RecursionError:
        raise UserFileError(f"{origin}: is nested too deeply") from None
    except (yaml.YAMLError, ValueError) as error:  # dates that are none, numbers of thousands of digits
        raise UserFileError(f"{origin}: not readable as YAML or JSON ({' '.join(str(error).split())})") from None


def read_user_json(path: str | os.PathLike, most_bytes: int = MAX_TEXT_BYTES) -> Any:
    """What a JSON file holds.

    Raises:
        UserFileError: as `read_user_text`, or no JSON.
    """
    text = read_user_text(path, most_bytes)
    try:
        return json.loads(text)
    except RecursionError:
        raise UserFileError(f"{path}: is nested too deeply") from None
    except ValueError as error:
        raise UserFileError(f"{path}: not JSON, or cut short ({error})") from None


def read_user_json_lines(path: str | os.PathLike, most_bytes: int = MAX_LINES_BYTES) -> list[dict]:
    """The objects of a file with one JSON object in each line.

    Raises:
        UserFileError: as `read_user_text`, or a line that is none; the message names it.
    """
    return parse_json_lines(read_user_text(path, most_bytes), path)


def parse_json_lines(text: str, origin: object) -> list[dict]:
    """As `read_user_json_lines`, of a text that came from ``origin``."""
    rows = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            rows.append(json.loads(line))
        except (ValueError, RecursionError) as error:
            raise UserFileError(f"{origin}, line {number}: not JSON, or cut short ({error})") from None
        if not isinstance(rows[-1], dict):
            raise UserFileError(f"{origin}, line {number}: expected an object, {{...}}")
    return rows


class _PlainLoader(yaml.SafeLoader):
    """Plain values only, each said once."""

    def compose_node(self, parent, index):
        if self.check_event(yaml.events.AliasEvent):
            mark = self.peek_event().start_mark
            raise yaml.composer.ComposerError(None, None, "aliases are not read; write the value out", mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node, deep=False):
        keys = [key for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        found = set()
        for key in keys:
            if key.value in found:
                raise yaml.constructor.ConstructorError(None, None, f"{key.value!r} is given twice", key.start_mark)
            found.add(key.value)
        return super().construct_mapping(node, deep)


def _kind(mode: int) -> str:
    kinds = {
        stat.S_ISDIR: "folder",
        stat.S_ISFIFO: "pipe",
        stat.S_ISCHR: "device",
        stat.S_ISBLK: "device",
        stat.S_ISSOCK: "socket",
    }
    return next((name for is_kind, name in kinds.items() if is_kind(mode)), "special file")
