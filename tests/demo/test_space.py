"""The folder that becomes a Hugging Face Space, and a Space whose GPU is lent for each call."""

import pickle
import re
import runpy
import sys
import tomllib
from pathlib import Path

import pytest
import torch
from demo_page import tiny_pipeline

from being_m0_hf.demo.workshop import Workshop
from being_m0_hf.demo.zero_gpu import ZeroGpuPipeline, is_zero_gpu, made_at_home
from being_m0_hf.pipelines.styles import StyledPipeline

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


# --- a lent GPU -------------------------------------------------------------------------------------------------------


def by_pickle(*request):
    """As the process with the GPU is asked, and as it answers."""
    return pickle.loads(pickle.dumps(made_at_home(*pickle.loads(pickle.dumps(request)))))


@pytest.fixture(scope="module")
def pipeline() -> StyledPipeline:
    return StyledPipeline(tiny_pipeline(), ())


@pytest.fixture(scope="module")
def lent(pipeline) -> ZeroGpuPipeline:
    return ZeroGpuPipeline(pipeline, by_pickle)


def test_every_task_gives_what_it_gives_at_home(lent, pipeline):
    plain = pipeline.mix({})
    walks = lent(["a person walks"], seconds=[2], seed=[1], parts=[{}])
    assert torch.equal(walks[0].rotations, pipeline("a person walks", seconds=2, seed=1).rotations)
    changed = lent.mix({}).fill(walks[0], 0.4, 1.2, "", {"left_arm": "waves"}, seed=2)
    assert torch.equal(changed.rotations, plain.fill(walks[0], 0.4, 1.2, "", {"left_arm": "waves"}, seed=2).rotations)
    assert lent.mix({}).describe(walks[0]) == plain.describe(walks[0])
    assert lent.mix({}).describe_all(walks[0]) == plain.describe_all(walks[0])
    assert lent.mix({}).continue_(walks[0], "", 1, seed=3).num_frames == 60
    assert lent.mix({}).timeline("a person walks # 0 # 1", seed=3).num_frames == 20


def test_a_page_of_it_can_do_all_but_live(lent):
    workshop = Workshop(lent)
    assert workshop.can_edit and workshop.can_time and workshop.can_describe and not workshop.can_stream


def test_what_is_wrong_comes_back_as_one_line(lent):
    with pytest.raises(ValueError, match="seconds"):
        lent("a person walks", seconds=-1)


@pytest.mark.parametrize(("value", "expected"), [("true", True), ("1", True), ("false", False), (None, False)])
def test_the_space_says_whether_it_is_one(monkeypatch, value, expected):
    monkeypatch.delenv("SPACES_ZERO_GPU", raising=False)
    if value:
        monkeypatch.setenv("SPACES_ZERO_GPU", value)
    assert is_zero_gpu() is expected


def test_nothing_of_zero_gpu_is_loaded_elsewhere():
    assert "spaces" not in sys.modules  # though the page and its door to ZeroGPU are
