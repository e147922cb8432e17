"""Scripts of ``training/`` in the test's own process, since a new one would import torch anew, for seconds.

And programs of a process in which this package cannot be imported, as on a machine where nobody installed it.
"""

import runpy
import sys
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_PREAMBLE = """\
import json, sys

class NoPackage:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "being_m0_hf":
            raise ImportError("the package is not installed here")

sys.meta_path.insert(0, NoPackage())
"""


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


def without_package(program: str) -> str:
    """The program, with ``json`` and ``sys`` imported, for ``python -c``."""
    return _PREAMBLE + textwrap.dedent(program)
