"""One call for each task that begins with a motion: what is kept stays, seams meet, refusals are one line."""

import pickle

import pytest
import roma
import torch
from moving_body import KNOWN
from tiny_models import tiny_encoder, tiny_model, tiny_processor

from being_m0_hf.captioner import caption
from being_m0_hf.captioner.reading import judge
from being_m0_hf.motion import PART_NAMES, PARTS, Motion
from being_m0_hf.motion.rotations import angle_between
from being_m0_hf.pipelines.editing.describing import ActionSentences, says_what_was_measured
from being_m0_hf.pipelines.editing.editor import EditSettings
from being_m0_hf.pipelines.editing.seams import follow, put_in
from being_m0_hf.pipelines.text_to_motion import MotionPipeline, load_pipeline
from being_m0_hf.text.mirror import mirror_text
from being_m0_hf.understanding import known_actions

PROCESSOR = tiny_processor()
ALL_TASKS = ["text-to-motion", "motion-to-text", "fill"]


@pytest.fixture(scope="module")
def pipeline() -> MotionPipeline:
    model = tiny_model()
    model.config.tasks = ALL_TASKS
    return MotionPipeline(model, PROCESSOR, tiny_encoder())


@pytest.fixture(scope="module")
def clip(make_motion) -> Motion:
    return make_motion(38, seed=2, turn=0.4)


def assert_same(first: Motion, second: Motion, frames: slice) -> None:
    assert torch.allclose(first.rotations[frames], second.rotations[frames], atol=1e-6)
    assert torch.allclose(first.translation[frames], second.translation[frames], atol=1e-6)


def test_a_motion_goes_on_from_its_own_frames(pipeline, clip):
    longer = pipeline.continue_(clip, "a person waves", seconds=0.8, seed=1)
    assert longer.num_frames == clip.num_frames + 16 and longer.fps == clip.fps
    assert_same(longer, clip, slice(0, clip.num_frames))
    again = pipeline.continue_(clip, "a person waves", seconds=0.8, seed=1)
    assert torch.equal(longer.rotations, again.rotations)
    assert not torch.equal(longer.rotations, pipeline.continue_(clip, "a person waves", 0.8, seed=2).rotations)


@pytest.mark.parametrize("fps", [20.0, 30.0])
def test_one_motion_leads_into_another(pipeline, clip, make_motion, fps):
    own, other = clip.resample(fps), make_motion(30, seed=5, turn=-1.0)
    whole = pipeline._editor.lead_into(own, other, "waves", EditSettings(seed=1))
    assert whole.num_frames == own.num_frames + round(30 / 20 * fps) and whole.fps == fps
    assert_same(whole, own, slice(0, own.num_frames))
    way = round(0.6 * fps)
    rest, expected = whole.rotations[own.num_frames + way :, 1:], other.resample(fps).rotations[way:, 1:]
    assert angle_between(rest[: len(expected)], expected).max() < 1e-3


def test_what_follows_begins_where_the_motion_ends(clip, make_motion):
    whole, end = follow(clip, make_motion(30, seed=5, turn=-1.0)), clip.num_frames
    assert (whole.translation[end, [0, 2]] - clip.translation[-1, [0, 2]]).norm() < 1e-5
    forward = torch.tensor([0.0, 0.0, 1.0])
    faces = [roma.quat_action(each, forward)[[0, 2]] for each in (clip.rotations[-1, 0], whole.rotations[end, 0])]
    assert torch.nn.functional.cosine_similarity(*faces, dim=0) > 0.999


def test_what_comes_next_is_done_and_what_goes_on_goes_on():
    shipped = load_pipeline("being-m0-mini")
    walk = shipped("a person walks forward", seconds=3, seed=1, candidates=1)
    sits = shipped.continue_(walk, "the person sits down", seconds=3, seed=3, candidates=4)
    heights = sits.joints()[:, 0, 1]
    assert heights[-5:].mean() < 0.75 * heights[: walk.num_frames].mean()
    walks = shipped.continue_(walk, "a person walks on", seconds=2, seed=3, candidates=4)
    steps = walks.translation[walk.num_frames :, [0, 2]].diff(dim=0).norm(dim=-1) * 20
    assert steps.min() > 0.3  # metres a second: nobody stops to begin anew


@pytest.mark.parametrize("fps", [20.0, 30.0, 120.0])
def test_frames_outside_stay_at_any_frame_rate(pipeline, clip, fps):
    own = clip.resample(fps)
    filled = pipeline.fill(own, 0.6, 1.2, "waves")
    assert filled.num_frames == own.num_frames and filled.fps == fps
    first, last = round(0.6 * fps), round(1.2 * fps)
    assert_same(filled, own, slice(0, first))
    assert torch.allclose(
        filled.rotations[last:, 1:], own.rotations[last:, 1:], atol=1e-6
    )  # but for the place on the floor
    moved = filled.translation[last:, 1] - own.translation[last:, 1]
    assert moved.abs().max() < 1e-6
    assert angle_between(filled.rotations, own.rotations)[first:last].max() > 0.01


@pytest.mark.parametrize(("start", "end"), [(0.0, 0.6), (1.2, 1.9), (0.0, 1.9)])
def test_the_start_and_the_end_can_be_made_anew(pipeline, clip, start, end):
    filled = pipeline.fill(clip, start, end)
    assert filled.num_frames == clip.num_frames
    if start:
        assert_same(filled, clip, slice(0, round(20 * start)))
    elif end < 1.9:
        assert_same(filled, clip, slice(round(20 * end), None))


def test_other_parts_stay_and_arms_do_not_move_the_root(pipeline, clip):
    filled = pipeline.fill(clip, 0.4, 1.4, parts={"left arm": "waves"}, seed=3)
    arm = next(part for part in PARTS if part.name == "left_arm").joints
    others = [joint for joint in range(22) if joint not in arm]
    assert torch.equal(filled.rotations[:, others], clip.rotations[:, others])
    assert torch.equal(filled.translation, clip.translation)
    assert angle_between(filled.rotations, clip.rotations)[:, list(arm)].max() > 0.01
    legs = pipeline.fill(clip, 0.4, 1.4, parts=["left leg"])
    arms = [joint for part in PARTS if part.name.endswith("arm") for joint in part.joints]
    assert torch.equal(legs.rotations[:, arms], clip.rotations[:, arms])


def test_seams_meet(clip, make_motion):
    """A piece that is off in pose and place begins and ends where the own motion is."""
    made = make_motion(38, seed=9, turn=0.4).moved(2.0, torch.tensor([5.0, -3.0]))
    filled = put_in(clip, made, 12, 28)
    steps = (filled.joints()[1:] - filled.joints()[:-1]).norm(dim=-1).max(dim=1).values
    free = (
        (made.joints()[1:] - made.joints()[:-1]).norm(dim=-1).max(),
        (clip.joints()[1:] - clip.joints()[:-1]).norm(dim=-1).max(),
    )
    apart = (made.moved(0.0, torch.zeros(2)).joints() - clip.joints()).norm(dim=-1).max()
    assert steps[11] < max(free) + 0.02 and steps[27] < max(free) + 0.02 < apart


def test_seams_go_on_at_the_own_speed(clip, make_motion):
    """A body that walks on after a seam neither stops nor jumps, though what was made walks half as fast."""
    still = clip.rotations[:1].expand(38, -1, -1)
    walk = torch.zeros(38, 3)
    walk[:, 1], walk[:, 2] = 0.95, 0.05 * torch.arange(38.0)
    own = clip.replace(rotations=still, translation=walk)
    slower = own.replace(translation=walk * torch.tensor([1.0, 1.0, 0.5]))
    steps = put_in(own, slower, 12, 28).translation[:, 2].diff()
    assert steps.diff().abs().max() < 0.0125 < 0.5 * 0.05  # no frame takes up half of the difference


def test_a_piece_that_ends_elsewhere_takes_the_rest_along(clip):
    away = clip.replace(translation=clip.translation + torch.linspace(0, 3, 38)[:, None] * torch.tensor([1.0, 0, 0]))
    filled = put_in(clip, away, 12, 28)
    shift = (filled.translation - clip.translation)[28:]
    assert shift.norm(dim=1).min() > 1.0 and torch.allclose(shift, shift[:1].expand_as(shift), atol=1e-4)
    near = clip.replace(translation=clip.translation + torch.linspace(0, 0.2, 38)[:, None] * torch.tensor([1.0, 0, 0]))
    assert_same(put_in(clip, near, 12, 28), clip, slice(28, None))


def test_what_it_says_of_a_motion_are_words(pipeline, clip):
    said = pipeline.describe(clip)
    assert isinstance(said, str) and said and "<" not in said
    assert pipeline.describe(clip) == said
    assert isinstance(pipeline.describe(clip, part="left arm"), str)


def test_what_the_measures_contradict_is_not_said(pipeline, clip):
    """What a model that knows nothing writes is seldom true; what is measured is said instead, and marked."""
    told = pipeline.describe_all(clip)
    assert list(told) == ["body", *pipeline.processor.part_names]
    assert all(judge(said, clip, part) for part, said in told.items() if part != "body")
    assert "measures" in {said.source for said in told.values()}
    assert all(each.holds for part, said in told.items() for each in judge(said, clip, part.replace("body", "")))
    assert pipeline.describe(clip, "left arm") == told["left_arm"]
    alone = pipeline.describe_all(clip, checked=False)
    assert {said.source for said in alone.values()} == {"model"}
    assert pickle.loads(pickle.dumps(told["left_arm"])).source == told["left_arm"].source
    assert pipeline.describe(clip, "left arm", checked=False) == alone["left_arm"]


def test_a_side_that_is_not_measured_is_not_said(clip):
    told = caption(clip)
    assert says_what_was_measured("a person dances", "body", told)
    assert not says_what_was_measured("a person hitchhikes with the right thumb out", "body", told)


def test_who_squats_has_no_straight_legs():
    for name, holds in (("stand", True), ("squat", False)):
        told = caption(KNOWN[name])
        for side in ("left", "right"):
            assert says_what_was_measured(f"the {side} leg is straight and still", f"{side}_leg", told) is holds


def test_half_a_sentence_and_two_in_one_are_not_said(clip):
    told = caption(clip)
    measured = told.parts["torso"][0].rstrip(".")
    assert says_what_was_measured(measured, "torso", told)
    assert not says_what_was_measured(f"{measured} and then cranan", "torso", told)
    assert not says_what_was_measured("a person dances with an open-out person", "body", told)


def test_the_known_action_that_fits_best_is_said(pipeline, clip):
    """Where the ranker finds the plain sentence of an action nearest; its sides are two sentences."""
    actions = known_actions({"walk": {}, "wave_left_hand": {}, "wave_right_hand": {}})
    sentences = ActionSentences(actions, pipeline.ranker)
    assert "left" in sentences.texts[1] and mirror_text(sentences.texts[1]) in sentences.texts
    own = sentences.embeddings[1]
    assert sentences.nearest(own)[0] == (sentences.texts[1], pytest.approx(1.0, abs=1e-5))


def test_one_action_after_the_other(pipeline):
    motion = pipeline.sequence(["a person walks", "waves", "turns"], seconds=[0.8, 0.4, 0.6])
    assert motion.num_frames == 36 and motion.text == "a person walks, then waves, then turns"


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda pipe, clip: pipe.fill(clip, 1.0, 1.0), "no time of this motion, which lasts 1.90 s"),
        (lambda pipe, clip: pipe.fill(clip, 1.0, 9.0), "no time of this motion"),
        (lambda pipe, clip: pipe.fill(clip, 0.2, 1.0, parts=["tail"]), "no body part 'tail'"),
        (lambda pipe, clip: pipe.continue_(clip, "walks", 0.0), "seconds is 0, expected 0.2"),
        (lambda pipe, clip: pipe.continue_(clip, "walks", 0.4, candidates=0), "candidates is 0"),
        (lambda pipe, clip: pipe.describe(clip, part="tail"), "no body part 'tail'"),
        (lambda pipe, clip: pipe.sequence("walks"), "a list of texts"),
        (lambda pipe, clip: pipe.sequence(["walks"], [1.0, 2.0]), "1 texts and 2 seconds"),
    ],
)
def test_requests_that_make_no_sense_are_one_line(pipeline, clip, ask, message):
    with pytest.raises(ValueError, match=message) as error:
        ask(pipeline, clip)
    assert "\n" not in str(error.value)


def test_a_checkpoint_that_has_not_learned_it_says_so(clip):
    plain = MotionPipeline(tiny_model(), PROCESSOR)
    for ask in (plain.describe, lambda motion: plain.fill(motion, 0.2, 1.0), plain.continue_):
        with pytest.raises(ValueError, match="this checkpoint has not learned"):
            ask(clip)
    assert set(PART_NAMES) == set(PROCESSOR.part_names)


def test_a_length_that_the_text_says_is_obeyed(pipeline):
    assert pipeline("a person walks for two seconds", candidates=1).num_frames == 40
    assert pipeline("a person walks for two seconds", seconds=1.0, candidates=1).num_frames == 20
    assert pipeline("a person walks for an hour and for 99 seconds", candidates=1).num_frames == 48  # the most there is
