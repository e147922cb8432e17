"""Written actions done as often as a sentence says, by the model that ships; counted without the package's measures."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from being_m0_hf import load_pipeline
from being_m0_hf.motion import JOINT_INDEX, Motion

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def pipeline():
    return load_pipeline()


def joint(motion: Motion, name: str) -> Tensor:
    """(T, 3) where a joint is."""
    return motion.joints()[:, JOINT_INDEX[name]]


def height(motion: Motion, name: str) -> Tensor:
    return joint(motion, name)[:, 1]


def apart(motion: Motion, name: str) -> Tensor:
    return (joint(motion, f"left_{name}") - joint(motion, f"right_{name}")).norm(dim=-1)


def times(curve: Tensor) -> int:
    """How often a curve comes over the middle between its extremes."""
    over = curve > (curve.max() + curve.min()) / 2
    return int((over[1:] & ~over[:-1]).sum()) + int(over[0])


def claps(motion: Motion) -> int:
    """How often the wrists come nearer than they are before and after, while the hands are up."""
    near = apart(motion, "wrist")
    lowest = (near[1:-1] < near[:-2]) & (near[1:-1] <= near[2:]) & (near[1:-1] < 0.15)
    return int(lowest.sum())


MEASURES: dict[str, Callable[[Motion], int]] = {
    "jumping jacks": lambda motion: times(height(motion, "right_wrist") - height(motion, "head")),
    "pushups": lambda motion: times(-height(motion, "spine3")),
    "claps": claps,
    "jump squats": lambda motion: times(height(motion, "left_ankle")),
    "squats": lambda motion: times(-height(motion, "pelvis")),
    "sit-ups": lambda motion: times(height(motion, "head")),
    "star jumps": lambda motion: times(apart(motion, "ankle")),
    "bicep curls": lambda motion: times(height(motion, "left_wrist") - height(motion, "left_elbow")),
    "lunges": lambda motion: times(-height(motion, "pelvis")),
}


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("ten jumping jacks", 10),
        ("4 jumping jacks", 4),
        ("do 5 pushups", 5),
        ("5 pushups", 5),
        ("two pushups", 2),
        ("3 claps", 3),
        ("four squats", 4),
        ("a person does one squat", 1),
        ("six sit-ups", 6),
        ("seven star jumps", 7),
        ("3 bicep curls", 3),
        ("two lunges", 2),
        ("four lunges", 4),
        ("three jump squats", 3),
    ],
)
@pytest.mark.parametrize("seed", [0, 1])
def test_an_action_is_done_as_often_as_is_said(pipeline, text, count, seed):
    motion = pipeline(text, seed=seed)
    measure = next(measure for words, measure in MEASURES.items() if words.rstrip("s") in text)
    assert motion.source and motion.doubt is None and motion.seconds <= pipeline.processor.max_seconds
    assert measure(motion) == count


def test_claps_in_words(pipeline):
    assert claps(pipeline("claps three times")) == 3
    assert claps(pipeline("a person claps twice")) == 2


def test_nods(pipeline):
    """A nod is where neck and head bow by 12 degrees and rise again."""
    motion = pipeline("nods three times", seed=1)
    bowed = motion.rotations[:, [JOINT_INDEX["neck"], JOINT_INDEX["head"]], 0].sum(dim=-1)
    assert motion.source and times((bowed > 0.1).float()) == 3


def test_it_begins_and_ends_as_the_take_does(pipeline):
    once, often = pipeline("does jumping jacks"), pipeline("ten jumping jacks")
    for frame in (0, -1):  # but for the way it faces
        assert torch.allclose(once.rotations[frame, 1:], often.rotations[frame, 1:], atol=0.05)


def test_what_does_not_fit_is_done_as_often_as_fits_and_said(pipeline):
    motion = pipeline("ten jumping jacks", seconds=4)
    done = MEASURES["jumping jacks"](motion)
    assert motion.seconds == 4 and 3 <= done < 10
    assert motion.doubt == f"it is done {done} of 10 times, more do not fit into 4 s"
    many = pipeline("100 pushups")
    assert 5 < MEASURES["pushups"](many) < 100 and "of 100 times" in many.doubt


def test_what_is_done_before_the_time_is_over_waits_at_rest(pipeline):
    motion = pipeline("claps three times", seconds=6)
    assert motion.seconds == 6 and claps(motion) == 3
    steps = (motion.joints()[1:] - motion.joints()[:-1]).norm(dim=-1)
    assert steps[-50:].max() < 0.02


def test_the_model_alone_makes_its_own(pipeline):
    assert pipeline("5 pushups", written=False, candidates=1, seconds=2).source is None
    assert pipeline.understand("5 pushups").source == 'written action "push ups"'
