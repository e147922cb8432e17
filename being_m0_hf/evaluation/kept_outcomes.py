"""Outcomes of a long measurement, one JSON line each, so that one that was stopped goes on where it was."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ..utils.atomic_files import write_whole


def read_outcomes(path: str | Path | None) -> list[dict[str, Any]]:
    """The rows of a file, in order; [] without one. A last line that a kill cut off is dropped, in the file, too."""
    if path is None or not Path(path).is_file():
        return []
    whole, newline, cut = Path(path).read_text(encoding="utf-8", errors="replace").rpartition("\n")
    if cut:
        write_whole(Path(path), (whole + newline).encode())
    return [json.loads(line) for line in whole.splitlines()]


def append_outcomes(path: str | Path | None, outcomes: Iterable[Any]) -> None:
    """Write dataclasses behind those that a file has; nothing where there is no file to write."""
    if path is not None:
        with open(path, "a", encoding="utf-8") as lines:
            lines.writelines(json.dumps(asdict(outcome)) + "\n" for outcome in outcomes)


__all__ = ["append_outcomes", "read_outcomes"]
