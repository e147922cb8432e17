"""Installed without the repository around it, the package still has the templates of cards."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
CODE = "from being_m0_hf.utils.card_templates import template_folder; print(template_folder())"


def test_a_wheel_holds_the_templates(tmp_path):
    command = [sys.executable, "setup.py", "-q", "build_py", "--build-lib", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    built = tmp_path / "being_m0_hf" / "hub_cards"
    for path in (ROOT / "hub_cards").rglob("*.md"):
        assert (built / path.relative_to(ROOT / "hub_cards")).read_bytes() == path.read_bytes()
    command = [sys.executable, "-c", CODE]
    found = subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True, env={})
    assert found.stdout.strip() == str(built)
