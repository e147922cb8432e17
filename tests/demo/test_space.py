"""The folder that becomes a Hugging Face Space."""

import re
import runpy
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def pins(path: Path) -> dict[str, str]:
    """Package names with their versions: {"gradio[mcp]": "6.31.0"}."""
    found = re.findall(r"^([\w.-]+(?:\[[\w,]+\])?)==(\S+)$", path.read_text(), re.MULTILINE)
    return {name.lower().replace("_", "-"): version for name, version in found}


def test_space_has_what_the_package_needs_at_the_tested_versions():
    space, tested = pins(ROOT / "space/requirements.txt"), pins(ROOT / "requirements.txt")
    assert space == {name: tested[name] for name in space}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    needed = project["dependencies"] + project["optional-dependencies"]["mcp"]
    names = {re.match(r"[\w.-]+(\[\w+\])?", each)[0].lower() for each in needed}
    assert names <= set(space)
    assert f"sdk_version: {space['gradio[mcp]']}\n" in (ROOT / "space/README.md").read_text()


@pytest.mark.parametrize(
    ("missing", "message"),
    [
        ("being_m0_hf", "being-m0 push space YOUR_NAME/being-m0"),
        ("mcp", "app.py needs mcp; run: pip install 'being-m0-hf.mcp.'"),
    ],
)
def test_space_without_what_it_needs_says_so_in_one_line(monkeypatch, missing, message):
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(SystemExit, match=message) as stopped:
        runpy.run_path(str(ROOT / "space/app.py"), run_name="__main__")
    assert "\n" not in stopped.value.code
