"""``pipeline.timeline``: prompts in time and by part, in STMC's form or as Python."""

import pytest
import torch
from tiny_models import tiny_encoder, tiny_model, tiny_processor

from being_m0_hf.motion.rotations import angle_between
from being_m0_hf.pipelines.streaming.timeline import TimelineEntry, parse_timeline
from being_m0_hf.pipelines.streaming.timeline_writer import Span, spans_of
from being_m0_hf.pipelines.text_to_motion import MotionPipeline

LINES = "walks # 0 # 3\nwaves # 1 # 2 # left arm\nsits # 3.0 # 4.4 # legs # spine\n"
LEFT_ARM = [13, 16, 18, 20]


@pytest.fixture(scope="module", params=[None, ["text-to-motion", "fill"]], ids=["text to motion", "fill"])
def pipeline(request) -> MotionPipeline:
    model = tiny_model()
    with torch.no_grad():  # so that its tokens depend on what it reads
        for weight in model.backbone.parameters():
            weight.mul_(6 if weight.ndim > 1 else 1)
    model.config.tasks = request.param
    return MotionPipeline(model, tiny_processor(), tiny_encoder())


def test_lines_and_python_are_the_same(pipeline):
    entries = [
        TimelineEntry("walks", 0, 3),
        TimelineEntry("waves", 1, 2, ("left arm",)),
        TimelineEntry("sits", 3, 4.4, ("left_leg", "right leg", "torso")),
    ]
    assert parse_timeline(LINES) == entries
    options = {"seed": 3, "candidates": 2}
    first, second = pipeline.timeline(LINES, **options), pipeline.timeline(entries, **options)
    assert torch.equal(first.rotations, second.rotations)
    assert first.num_frames == 88 and first.fps == 20
    assert first.text == "walks, the left arm waves, the left leg and right leg and torso sits"


def test_a_line_for_an_arm_leaves_the_others_as_they_were(pipeline):
    options = {"candidates": 1, "settle": False}
    walk = pipeline.timeline("walks # 0 # 2", **options)
    waving = pipeline.timeline("walks # 0 # 2\nwaves # 0.6 # 1.4 # left arm", **options)
    others = [joint for joint in range(22) if joint not in LEFT_ARM]
    changed = angle_between(walk.rotations, waving.rotations)
    assert changed[:, others].max() < 2e-3 and torch.allclose(walk.translation, waving.translation, atol=1e-5)
    assert changed[:, LEFT_ARM].max() > 0.01


def test_what_the_body_does_goes_on_from_what_it_did(pipeline):
    options = {"temperature": 0, "settle": False}
    one, two = (
        pipeline.timeline("walks # 0 # 2", **options),
        pipeline.timeline("walks # 0 # 2\nsits # 2 # 3", **options),
    )
    assert two.num_frames == 60
    # the decoder sees what follows only near the end
    assert torch.allclose(one.joints()[:12], two.joints()[:12], atol=1e-4)


def test_times_are_steps_and_someone_always_leads():
    entries = parse_timeline("runs # 1 # 2 # legs\nbows # 2 # 3\nwaves # 0 # 3.05 # right hand")
    stands, runs, bows = spans_of(entries, 5.0)
    waves = {"right_arm": "waves"}
    assert stands == [Span(0, 5, "a person stands still", waves)] and runs == [Span(5, 10, "runs", waves)]
    assert bows == [Span(10, 15, "bows", waves)]


def test_long_lines_are_written_in_pieces(pipeline):
    assert pipeline.timeline("walks # 0 # 7\nwaves # 0 # 7 # left arm", candidates=1).num_frames == 140


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("", "is empty"),
        ("walks # 0", "line 1: expected text # start # end"),
        ("walks # 0 # 4\nwaves # one # 2", "line 2: 'one' is no time in seconds"),
        ("walks # 0 # 4\nwaves # nan # 2", "line 2: 'nan' is no time in seconds"),
        ("walks # 4 # 4", "line 1: 4 to 4 s is no time"),
        ("walks # -1 # 4", "line 1: -1 to 4 s is no time"),
        ("walks # 0 # 900", "line 1: 0 to 900 s is no time from 0 to 600 s"),
        (" # 0 # 4", "line 1: the text is empty"),
        ("walks # 0 # 4 # tail", "line 1: no body part 'tail'; the parts are root"),
        ("walks # 0 # 4\nruns # 3 # 5", "line 2: tells the whole body, as line 1 does at the same time"),
        ("waves # 0 # 4 # arms\nclaps # 3 # 5 # left arm", "line 2: tells the left arm, as line 1 does"),
        ("walks # 0 # 4\n\nruns # 0 # 5", "line 3: another timeline begins here"),
        ("\n".join(f"walks # {i / 10} # {(i + 1) / 10}" for i in range(1001)), "has 1,001 lines, at most 1,000"),
    ],
)
def test_lines_that_make_no_sense_are_one_line(lines, message):
    with pytest.raises(ValueError, match=message) as error:
        parse_timeline(lines, "day.txt")
    assert str(error.value).startswith("day.txt") and "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("entries", "options", "message"),
    [
        ([], {}, "a timeline is a list of TimelineEntry"),
        ([TimelineEntry("walks", 0, 2)] * 2, {}, "tell the whole body at the same time"),
        ("walks # 0 # 2", {"candidates": 0}, "candidates is 0"),
        ("walks # 0 # 2", {"seed": -1}, "seed is -1"),
        ("walks # 0 # 2", {"temperature": -1.0}, "temperature is -1"),
        ("walks " * 2000 + "# 0 # 2", {}, "shorten it"),
    ],
)
def test_requests_that_make_no_sense_are_one_line(pipeline, entries, options, message):
    with pytest.raises(ValueError, match=message) as error:
        pipeline.timeline(entries, **options)
    assert "\n" not in str(error.value)
