"""Files that are whole or not there: written beside their place, then renamed."""

import contextlib
import secrets
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A path beside ``path`` to write to, renamed to it when the block ends, removed when the block fails.

    Two processes that write the same file do not meet, whichever machines they run on. After a kill, what is left ends
    in ``.partial``.

    Raises:
        OSError: the folder cannot be written or the disk is full.
    """
    # the beginning of the name, since a longer name than the file's own may be too long for the file system
    partial = path.with_name(f"{path.name[:40]}.{secrets.token_hex(8)}.partial")
    try:
        yield partial
        partial.replace(path)
    finally:
        with contextlib.suppress(OSError):
            partial.unlink()


def write_whole(path: Path, data: bytes) -> None:
    """Write the bytes as a whole file. Raises OSError as `whole_file` does."""
    with whole_file(path) as partial:
        partial.write_bytes(data)
