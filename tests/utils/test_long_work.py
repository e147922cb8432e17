"""Long work is heard of, once and to its end, and ended."""

import pytest
import torch
from tiny_models import tiny_encoder, tiny_model, tiny_processor

from being_m0_hf.pipelines.text_to_motion import MotionPipeline
from being_m0_hf.utils.long_work import StoppedError, listening, report, stretch

TASKS = ["text-to-motion", "motion-to-text", "fill"]
TIMELINE = "a person walks # 0 # 1\nwaves # 0.4 # 0.8 # left arm\na person turns # 1 # 2\na person jumps # 2 # 3"

TWO_ARMS = {"left_arm": "waves", "right_arm": "is raised"}


def heard_of(work) -> list[tuple[float, str]]:
    heard: list[tuple[float, str]] = []
    with listening(lambda share, what: heard.append((share, what))):
        work()
    return heard


@pytest.mark.parametrize("backbone", ["llama", "gpt2"])
def test_a_motion_reports_its_way_and_is_the_same(backbone):
    pipeline = MotionPipeline(tiny_model(backbone), tiny_processor())
    alone = pipeline("a person walks forward", seconds=1)
    heard: list[float] = []
    with listening(lambda share, _: heard.append(share)):
        listened = pipeline("a person walks forward", seconds=1)
    assert torch.equal(alone.rotations, listened.rotations)
    assert heard == sorted(heard) and len(set(heard)) > 10 and heard[-1] == 1.0
    before = len(heard)
    report(1, 2)
    assert len(heard) == before  # nobody listens any more


def test_a_listener_ends_the_work():
    pipeline = MotionPipeline(tiny_model(), tiny_processor())
    heard: list[float] = []

    def stop(share: float, what: str) -> None:
        heard.append(share)
        if len(heard) == 3:
            raise StoppedError

    with pytest.raises(StoppedError), listening(stop):
        pipeline("a person walks forward", seconds=2)
    assert len(heard) == 3


def test_stretches_are_heard_as_one_work_and_a_second_go_takes_what_is_left():
    def work() -> None:
        with stretch(0, 0.5, "the first half"):
            report(1, 2)
            report(2, 2)
            report(1, 2)  # once more
        with stretch(0.5, 1), stretch(0.5, 1, "the last quarter"):
            report(1, 2)

    heard = heard_of(work)
    assert [round(share, 4) for share, _ in heard] == [0.225, 0.45, 0.4725, 0.5, 0.8625, 1.0, 1.0, 1.0]
    assert [what for _, what in heard] == ["the first half"] * 4 + ["the last quarter"] * 2 + ["", ""]
    with stretch(0, 1):
        report(1, 2)  # nobody listens


def tiny() -> MotionPipeline:
    model = tiny_model(max_steps=24)
    model.config.tasks = TASKS
    return MotionPipeline(model, tiny_processor(24), tiny_encoder())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("work", "said"),
    [
        (lambda pipeline, motion: pipeline.timeline(TIMELINE, candidates=2),
         ["a person walks", "the left arm waves", "a person turns", "a person jumps"]),
        (lambda pipeline, motion: pipeline("a person walks", 2.0, parts=TWO_ARMS),
         ["", "the left arm", "the right arm"]),
        (lambda pipeline, motion: pipeline.sequence(["a person walks", "a person turns"], 1.0),
         ["a person walks", "a person turns"]),
        (lambda pipeline, motion: pipeline.continue_(motion, "turns", 1.0), [""]),
    ],
)  # fmt: skip
def test_work_of_several_goes_grows_once_and_says_what_is_done(work, said):
    pipeline = tiny()
    motion = pipeline("a person walks", 1.0)
    heard = heard_of(lambda: work(pipeline, motion))
    shares, names = [share for share, _ in heard], [what for _, what in heard[:-1]]
    assert shares == sorted(shares) and shares[0] < 0.1 and shares[-1] == 1.0
    assert max(later - earlier for earlier, later in zip(shares, shares[1:], strict=False)) < 0.2  # no leaps
    assert [name for name in dict.fromkeys(names) if name or "" in said] == said
