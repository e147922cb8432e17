"""Files that are whole or not there: written beside their place, then renamed."""

import contextlib
import errno
import os
import secrets
import stat
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A path beside ``path`` to write to, renamed to it when the block ends, removed when the block fails.

    Two processes that write the same file do not meet, whichever machines they run on. After a kill, what is left ends
    in ``.partial``. A link stays one: the file it leads to is replaced, which keeps its permissions.

    Raises:
        OSError: the folder cannot be written, the disk is full, or `check_replaceable`.
    """
    check_replaceable(path)
    target = Path(os.path.realpath(path))
    # the beginning of the name, since a longer name than the file's own may be too long for the file system
    partial = target.with_name(f"{target.name[:40]}.{secrets.token_hex(8)}.partial")
    try:
        yield partial
        with contextlib.suppress(OSError):  # there is no earlier file, or it belongs to somebody else
            partial.chmod(stat.S_IMODE(target.stat().st_mode))
        partial.replace(target)
    finally:
        with contextlib.suppress(OSError):
            partial.unlink()


def write_whole(path: Path, data: bytes) -> None:
    """Write the bytes as a whole file. Raises OSError as `whole_file` does."""
    with whole_file(path) as partial:
        partial.write_bytes(data)


def check_replaceable(path: Path) -> None:
    """Ask before long work whether `whole_file` would replace what is there.

    Raises:
        PermissionError: it is marked read-only. Renaming would not mind, the person who marked it would.
        OSError: it is no regular file (a folder, a pipe, a device), or a link in a circle.
    """
    try:
        mode = os.stat(path).st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "is there and is no regular file; choose another name", str(path))
    if not mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH):
        raise PermissionError(errno.EACCES, "is read-only; choose another name or allow writing", str(path))
