"""A page whose GPU is lent for each call, and nothing of it elsewhere."""

import pickle
import sys

import pytest
import torch
from demo_page import tiny_pipeline

from being_m0_hf.demo.workshop import Workshop
from being_m0_hf.demo.zero_gpu import ZeroGpuPipeline, is_zero_gpu, made_at_home
from being_m0_hf.pipelines.styles import StyledPipeline


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


def test_nothing_of_it_is_loaded_elsewhere():
    assert "spaces" not in sys.modules  # though the page and its door to ZeroGPU are
