"""Whether a text says something about the machine that it comes from: a path of it, a name of somebody, a token."""

import getpass
import re
import tempfile
from collections.abc import Iterable
from pathlib import Path

from .hub_upload import HubFile

TEXT_SUFFIXES = (".json", ".md", ".yaml", ".yml", ".txt", ".jinja", "")
MOST_BYTES = 20_000_000
#: Of any machine: home folders, scratch space, drives of Windows, tokens of the Hub.
_ANYWHERE = re.compile(
    r"(?<![\w.:/])/(?:home|Users|root|tmp|mnt|media|scratch|workspace|var/folders)/[\w.-][^\s\"'`)]*"
    r"|\b[A-Za-z]:\\{1,2}(?:Users|[\w .-]+\\)[^\s\"'`)]*"
    r"|\bhf_[A-Za-z0-9]{20,}\b"
)


def machine_trace(text: str, folder: Path) -> str | None:
    """The first trace of this machine in a text; None for a clean one.

    Args:
        folder: what goes up; its own place on the disk is a trace.
    """
    for place in _places(folder):
        at = text.find(place)
        if at >= 0:
            return re.split(r"[\s\"'`)]", text[at:], maxsplit=1)[0]
    found = _ANYWHERE.search(text)
    return found[0] if found else None


def refuse_machine_traces(files: Iterable[HubFile], folder: Path) -> None:
    """Look through every text that goes up.

    Raises:
        ValueError: one says something about this machine.
    """
    for file in files:
        name = Path(file.path)
        # tokenizers are long lists of pieces of words: no paths, and many false alarms
        if name.suffix not in TEXT_SUFFIXES or name.name in ("tokenizer.json", "vocab.json") or file.size > MOST_BYTES:
            continue
        trace = machine_trace(file.read().decode("utf-8", errors="replace"), folder)
        if trace is not None:
            shown = "a token" if trace.startswith("hf_") else repr(trace)
            raise ValueError(
                f"{file.path} must not leave this machine: it holds {shown}; take that out of the file, then push again"
            )


def _places(folder: Path) -> list[str]:
    """Paths of this machine that are long enough to be no word."""
    places = {folder.resolve().parent, Path.home(), Path.cwd(), Path(tempfile.gettempdir())}
    names = [str(place) for place in places if len(place.parts) > 2]
    user = getpass.getuser() if len(getpass.getuser()) > 3 else ""
    return names + [f"/{user}/"] * bool(user)
