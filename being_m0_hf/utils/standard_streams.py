"""What the commands need of stdout and stderr: that they are there, and that no character stops them."""

import contextlib
import os
import sys
from collections.abc import Iterator


def prepare_standard_streams() -> None:
    """Make every message printable, whatever the caller did with the streams.

    A stream that was closed (``2>&-``) becomes one that leads nowhere. Its number must be taken too: the next file to
    be opened would get it, and with it what libraries write to stderr. Characters that the terminal's encoding lacks,
    or that are none, as in the name of a file that is not UTF-8, are written as ``\\xe4``.
    """
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w")
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError):  # what a test or a notebook put in their place
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]


def silence_stdout() -> None:
    """After its reader has gone, so that what is still to be written fails no more."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextlib.contextmanager
def stderr_closed() -> Iterator[None]:
    """For libraries in C++ that greet on stderr and cannot be told not to: errors still come as exceptions."""
    sys.stderr.flush()
    try:
        kept = os.dup(2)
    except OSError:  # there is no stderr
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def one_line(error: BaseException) -> str:
    """What an error says, in one line: the file and what is wrong with it, where Python would print numbers."""
    text = str(error)
    if isinstance(error, OSError) and error.strerror and error.filename is not None:
        text = f"{error.filename}: {error.strerror}"
    return " ".join(text.split()) or type(error).__name__
