"""A Space: its page, and the package that the page needs, which runs from what arrived."""

import subprocess
import sys
from pathlib import Path

import pytest

from being_m0_hf.cli.main import main
from being_m0_hf.hub import plan_push

pytestmark = pytest.mark.slow

SPACE = Path(__file__).parents[2] / "space"
PACKAGE = SPACE.parent / "being_m0_hf"


def test_the_page_and_the_package_go_and_nothing_else(hub, capsys):
    plan = plan_push(SPACE, "ann/being-m0")
    paths = {file.path for file in plan.files}
    assert {
        "app.py",
        "README.md",
        "requirements.txt",
        "being_m0_hf/checkpoints/being-m0-mini/model.safetensors",
    } <= paths
    assert {"being_m0_hf/demo/static/viewer.esm.js", "being_m0_hf/bodies/assets/NOTICE"} <= paths
    assert not [path for path in paths if "__pycache__" in path or path.startswith("viewer/")]
    assert plan.kind == "Space" and plan.repo_type == "space" and plan.stays == ("viewer/",)


def test_it_arrives_as_a_gradio_space_and_runs(hub, tmp_path, capsys):
    assert main(["push", str(SPACE), "ann/being-m0", "--private"]) == 0
    assert hub.repository("ann/being-m0", "space").details == {"sdk": "gradio"}
    for path, content in hub.files("ann/being-m0", "space").items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content)
    command = [sys.executable, "-m", "being_m0_hf", "--version"]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, env={})
    assert result.returncode == 0, result.stderr
    here = {
        path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*") if path.suffix not in (".pyc", ".pyi", "")
    }
    there = {path.relative_to(tmp_path / "being_m0_hf").as_posix() for path in (tmp_path / "being_m0_hf").rglob("*")}
    assert here <= there


def test_what_the_package_lost_goes_from_the_space(hub):
    assert main(["push", str(SPACE), "ann/being-m0"]) == 0
    repository = hub.repository("ann/being-m0", "space")
    files = dict(repository.files())
    files |= {"being_m0_hf/models/old_name.py": files["app.py"], "mine.txt": files["app.py"]}
    repository.commit("main", files, "before")
    assert main(["push", str(SPACE), "ann/being-m0"]) == 0
    left = hub.files("ann/being-m0", "space")
    assert "being_m0_hf/models/old_name.py" not in left and "mine.txt" in left
