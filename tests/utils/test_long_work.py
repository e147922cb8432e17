"""Long work is heard of, and ended."""

import pytest
import torch
from tiny_models import tiny_model, tiny_processor

from being_m0_hf.pipelines.text_to_motion import MotionPipeline
from being_m0_hf.utils.long_work import StoppedError, listening, report


@pytest.mark.parametrize("backbone", ["llama", "gpt2"])
def test_a_motion_reports_each_token_and_is_the_same(backbone):
    pipeline = MotionPipeline(tiny_model(backbone), tiny_processor())
    alone = pipeline("a person walks forward", seconds=1)
    heard: list[tuple[int, int]] = []
    with listening(lambda done, total: heard.append((done, total))):
        listened = pipeline("a person walks forward", seconds=1)
    assert torch.equal(alone.rotations, listened.rotations)
    assert [done for done, _ in heard] == list(range(1, len(heard) + 1))
    assert len({total for _, total in heard}) == 1 and heard[-1][0] <= heard[-1][1]
    before = len(heard)
    report(1, 2)
    assert len(heard) == before  # nobody listens any more


def test_a_listener_ends_the_work():
    pipeline = MotionPipeline(tiny_model(), tiny_processor())
    heard: list[int] = []

    def stop(done: int, total: int) -> None:
        heard.append(done)
        if done == 3:
            raise StoppedError

    with pytest.raises(StoppedError), listening(stop):
        pipeline("a person walks forward", seconds=2)
    assert heard == [1, 2, 3]
