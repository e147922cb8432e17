"""Written actions that are shown as they are written."""

from dataclasses import replace

import pytest
import roma
import torch
from safetensors.torch import save_file
from tiny_models import tiny_encoder, tiny_model, tiny_processor

from being_m0_hf.models.being_m0.prompt_template import FILL, TEXT_TO_MOTION
from being_m0_hf.motion import JOINT_INDEX, Motion
from being_m0_hf.motion.body_parts import PARTS
from being_m0_hf.pipelines.takes.sides import busier_side, with_arms, with_both_arms
from being_m0_hf.pipelines.takes.take_lengths import at_length, without_rest
from being_m0_hf.pipelines.takes.written_takes import TAKES_FILE, Take, WrittenAction, WrittenTakes
from being_m0_hf.pipelines.text_to_motion import MotionPipeline, load_pipeline
from being_m0_hf.understanding import Verdict

LISTED = {
    "walk": {},
    "salute": {
        "wordings": ["a person salutes with the right hand", "(he|she) salutes", "salute"],
        "seconds": [1.0, 1.4],
    },
    "crawl": {"wordings": ["a person crawls", "crawl on the floor"], "seconds": [1.0, 1.4]},
    "wave": {
        "wordings": ["a person waves with the right hand", "(he|she) waves", "waving"],
        "arms": {"right_arm": "waves"},
    },
}


def take(steps: int, seed: int) -> Take:
    """A body that walks and turns, moving every joint as the seed says."""
    time = torch.arange(4 * steps)[:, None, None] / 20
    sizes = torch.randn(1, 22, 3, generator=torch.Generator().manual_seed(seed)) * 0.2
    rotations = roma.rotvec_to_unitquat(sizes * torch.sin(3 * time))
    own = tuple(range(steps))
    taken = Take.of(Motion(rotations, torch.cat((0.3 * time, 0 * time + 0.9, 0.8 * time), dim=-1)[:, 0]))
    return replace(taken, lengths={steps: own, steps + 4: (*own[:-1], *own[-5:])})


def raised_arm(steps: int) -> Take:
    """A body that raises its right arm and keeps it there for the last half."""
    time = torch.arange(4 * steps)[:, None] / (2 * steps)
    turns = torch.zeros(4 * steps, 22, 3)
    turns[:, JOINT_INDEX["left_shoulder"], 2] = -1.3
    turns[:, JOINT_INDEX["right_shoulder"], 2:] = 1.3 - 2 * time.clamp(max=1)
    return Take.of(Motion(roma.rotvec_to_unitquat(turns), torch.tensor([0.0, 0.9, 0.0]).repeat(4 * steps, 1)))


TAKES = WrittenTakes(
    {
        "salute": WrittenAction((take(5, 0), take(6, 1)), "right"),
        "crawl": WrittenAction((take(6, 2),)),
        "wave": WrittenAction((raised_arm(8),), "right"),
    }
)


@pytest.fixture(scope="module")
def pipeline():
    model = tiny_model(max_steps=20)
    model.config.tasks = [TEXT_TO_MOTION, FILL]
    return MotionPipeline(model, tiny_processor(20), tiny_encoder(), listed=LISTED, takes=TAKES)


def test_a_known_action_is_shown_as_it_is_written_and_marked(pipeline):
    motion = pipeline("she salutes", seconds=1.2)
    assert (motion.source, motion.seconds, motion.text) == ('written action "salute"', 1.2, "she salutes")
    found = pipeline.understand("she salutes", 1.2)
    assert found.source == motion.source and not found.is_clear
    assert 'ready-made written action "salute", not by the model' in found.line()


def test_a_take_is_the_performance_itself(pipeline):
    take = TAKES.actions["crawl"].takes[0]
    assert pipeline("a person crawls").rotations.equal(take.motion(range(6)).rotations)


def test_it_can_be_switched_off(pipeline):
    asked = {"seconds": 1.2, "seed": 3}
    model_alone = MotionPipeline(pipeline.model, pipeline.processor, pipeline.ranker, listed=LISTED)
    motion = pipeline("she salutes", written=False, **asked)
    assert motion.source is None and motion.rotations.equal(model_alone("she salutes", **asked).rotations)
    assert model_alone.understand("she salutes").is_clear


def test_the_left_is_the_mirror_image_of_the_right(pipeline):
    right, left = (pipeline(f"a person salutes with the {side} hand", seconds=1.2) for side in ("right", "left"))
    assert left.rotations.allclose(right.mirrored().rotations, atol=1e-5)
    assert left.text == "a person salutes with the left hand"


def test_a_take_of_no_side_is_shown_on_the_side_that_is_said_where_one_limb_does_more():
    listed = {"ring": {"wordings": ["a person rings a bell", "ring the bell"]}}
    takes = WrittenTakes({"ring": WrittenAction((raised_arm(8),))})
    pipeline = MotionPipeline(tiny_model(max_steps=20), tiny_processor(20), tiny_encoder(), listed=listed, takes=takes)
    right, left = (pipeline(f"ring the bell with the {side} hand") for side in ("right", "left"))
    assert (busier_side(right), busier_side(left), right.doubt, left.doubt) == ("right", "left", None, None)
    assert "on the left" in pipeline("ring the bell with the left foot").doubt  # neither foot does anything


def test_to_the_side_is_where_it_goes():
    path = torch.zeros(40, 3)
    path[:, 0] = torch.linspace(0, 1, 40)  # facing +z, its left is +x
    motion = Motion(torch.tensor([0.0, 0, 0, 1]).repeat(40, 22, 1), path)
    assert busier_side(motion, "a cartwheel to the right") == "left"
    assert busier_side(motion.mirrored(), "rolls to his left") == "right"
    assert busier_side(motion.crop(0, 5), "a cartwheel to the right") == ""  # hardly anywhere


def test_between_two_actions_is_little_rest():
    motion = raised_arm(8).motion(range(8))  # the last half is rest
    assert without_rest(motion, at_start=False, at_end=True).num_frames <= 26
    assert without_rest(motion, at_start=True, at_end=False).num_frames == 32
    assert without_rest(motion.crop(20, 32), at_start=True, at_end=True).num_frames == 12  # all of it is rest


def test_one_arm_is_asked_for_with_both():
    motion = TAKES.actions["wave"].takes[0].motion(range(8))
    both = with_both_arms(motion, "right")
    assert both.rotations.allclose(both.mirrored().rotations, atol=1e-5) and busier_side(both) == ""
    assert both.rotations[:, PARTS[3].joints].equal(motion.rotations[:, PARTS[3].joints])


def test_arms_of_one_action_while_the_body_does_another(pipeline):
    for text in ("a person crawls while waving", "waving while a person crawls"):
        motion = pipeline(text, seconds=1.6)
        assert motion.source == 'written action "crawl", written action "wave"' and motion.doubt is None
        crawls, waves = pipeline("a person crawls", seconds=1.6), pipeline("waving", seconds=1.6)
        for part in PARTS:
            of = waves if part.name == "right_arm" else crawls
            assert motion.rotations[:, part.joints].allclose(of.rotations[:, part.joints], atol=1e-5), part.name
        assert pipeline.understand(text).source == motion.source


def test_arms_come_back_where_the_other_motion_is_over():
    body, other = (each.motion(range(each.steps)) for each in (TAKES.actions["crawl"].takes[0], raised_arm(4)))
    whole = with_arms(body, other, ["right_arm"])
    joints = PARTS[3].joints
    assert whole.rotations[:8, joints].allclose(other.rotations[:8, joints], atol=1e-5)
    assert whole.rotations[16:].equal(body.rotations[16:])


def test_two_bodies_cannot_be_done_at_once_and_come_in_turn(pipeline):
    motion = pipeline("a person crawls while she salutes")
    assert motion.source == 'written action "crawl", written action "salute"' and motion.seconds > 1.4
    assert motion.doubt == "one comes after the other, not both at once"
    assert "not by the model; but one comes after the other" in (
        replace(pipeline.understand("a person crawls while she salutes"), doubt=motion.doubt).line()
    )


@pytest.mark.parametrize(
    "text, seconds, lacks",
    [
        ("she salutes three times", None, "nobody counted whether it is done 3 times"),
        ("a person salutes with both hands", None, "with the right side alone"),
        ("a person salutes", 0.4, "only its first 0.4 s are shown"),
    ],
)
def test_what_a_take_lacks_is_said(pipeline, text, seconds, lacks):
    motion = pipeline(text, seconds=seconds)
    assert motion.source == 'written action "salute"' and lacks in motion.doubt
    assert seconds in (None, motion.seconds)


def test_a_take_that_ends_at_rest_waits_as_long_as_asked(pipeline):
    motion = pipeline("waving", seconds=4.0)
    assert motion.seconds == 4.0 and motion.doubt is None
    hand = motion.joints()[:, JOINT_INDEX["right_wrist"], 1]
    assert hand[:8].amax() < hand[32:].amin()


#: Of which one at least is near to an action of the list, whatever the encoder was taught last.
NEAR_TEXTS = (
    "crawl about among the flower beds", "crawling over a wet floor at night", "a crawl below the tables",
    "crawls past the sleeping dogs", "the baby crawls away from the stairs", "crawl out of the burning house",
    "crawling through a dark tunnel with a torch", "crawl around under the trees in the garden",
)  # fmt: skip


def test_what_comes_near_is_shown_and_said_to_be_no_more(pipeline):
    found = next(
        found
        for text in NEAR_TEXTS
        if not (found := pipeline.understand(text)).is_known and found.verdict is Verdict.NEAREST
    )
    assert pipeline(found.text).source == found.source == 'written action "crawl"'
    assert found.line().startswith("not known") and "ready-made written action" in found.line()


def test_seeds_choose_among_takes_and_tempo_follows_the_words(pipeline):
    lengths = {pipeline("salute", seed=seed).num_frames for seed in range(6)}
    assert lengths == {20, 24}
    assert pipeline("a person crawls slowly").num_frames > pipeline("a person crawls").num_frames == 24
    assert pipeline("a person crawls", seconds=2.0).num_frames == 40
    assert pipeline("a person crawls in slow motion").num_frames == 48
    assert pipeline("a person crawls for 2 seconds").num_frames == 40


@pytest.mark.parametrize(
    "text, options",
    [
        ("a person walks", {}),
        ("she does not salute", {}),
        ("a person salutes", {"parts": {"left_arm": "waves"}}),
        ("a person salutes", {"seconds": 4.0}),  # longer than its takes, which do not end at rest
        ("a person paints a wall", {}),
    ],
)
def test_everything_else_is_left_to_the_model(pipeline, text, options):
    assert pipeline(text, candidates=1, **{"seconds": 1.0} | options).source is None


def test_steps_of_a_sentence_are_shown_too_and_said(pipeline):
    motion = pipeline("a person walks, then salutes", seconds=2.4)
    assert motion.seconds == 2.4 and motion.source == 'written action "salute"'
    assert pipeline.understand("a person walks, then salutes", 2.4).source == motion.source
    assert pipeline("a person walks, then salutes", seconds=2.4, written=False).source is None


def test_a_batch_gives_each_text_what_it_would_get_alone(pipeline):
    together = pipeline(["she salutes", "a person walks", "crawl"], seconds=1.2, seed=[1, 2, 3])
    assert [motion.source is not None for motion in together] == [True, False, True]
    for text, seed, motion in zip(("she salutes", "a person walks", "crawl"), (1, 2, 3), together, strict=True):
        assert motion.rotations.equal(pipeline(text, seconds=1.2, seed=seed).rotations)


def test_takes_are_saved_with_the_checkpoint_and_left_out_where_the_model_is_measured(pipeline, tmp_path):
    pipeline.save_pretrained(tmp_path)
    loaded = load_pipeline(tmp_path)
    assert loaded.takes.actions["salute"].takes[1].lengths == TAKES.actions["salute"].takes[1].lengths
    assert loaded("crawl", seconds=2.0).rotations.equal(pipeline("crawl", seconds=2.0).rotations)
    assert not load_pipeline(tmp_path, written=False).takes
    (tmp_path / TAKES_FILE).write_bytes(b"nothing of the kind")
    with pytest.raises(ValueError, match="is damaged"):
        load_pipeline(tmp_path)
    tokens = {"crawl.0": torch.zeros(6, 5, 4, dtype=torch.uint16), "crawl.0.lengths": torch.zeros(0, dtype=torch.uint8)}
    save_file(tokens, tmp_path / TAKES_FILE, {"actions": '{"crawl": {"takes": 1, "side": ""}}'})
    with pytest.raises(ValueError, match="takes are tokens"):
        load_pipeline(tmp_path)
    save_file(
        tokens | {"crawl.0": tokens["crawl.0.lengths"]},
        tmp_path / TAKES_FILE,
        {"actions": '{"crawl": {"takes": 1, "side": ""}}'},
    )
    with pytest.raises(ValueError, match="no length"):
        load_pipeline(tmp_path)


def test_a_motion_is_played_slower_and_faster(pipeline):
    motion = pipeline("crawl")
    for frames in (18, 24, 31):
        played = at_length(motion, frames)
        assert (played.num_frames, played.fps) == (frames, 20.0)
        assert played.translation[-1].allclose(motion.translation[-1], atol=0.02)
