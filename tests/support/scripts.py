"""Starts the scripts of ``training/`` inside the test's own process: a new one would import torch anew, for seconds."""

import runpy
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def run_script(path: str, *arguments: str) -> int:
    """The exit code of ``python path arguments``; the path is relative to the repository."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", [path, *arguments])
        patch.setattr(sys, "path", [*sys.path])
        try:
            runpy.run_path(str(ROOT / path), run_name="__main__")
        except SystemExit as exit:
            return exit.code if isinstance(exit.code, int) else int(exit.code is not None)
    return 0
