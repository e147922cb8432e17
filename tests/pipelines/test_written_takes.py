"""Written actions that are shown as they are written."""

from dataclasses import replace

import pytest
import roma
import torch
from safetensors.torch import save_file
from tiny_models import tiny_encoder, tiny_model, tiny_processor

from being_m0_hf.models.being_m0.prompt_template import FILL, TEXT_TO_MOTION
from being_m0_hf.motion import Motion
from being_m0_hf.pipelines.text_to_motion import MotionPipeline, load_pipeline
from being_m0_hf.pipelines.written_takes import TAKES_FILE, ChosenTake, Take, WrittenAction, WrittenTakes, at_length

LISTED = {
    "walk": {},
    "salute": {
        "wordings": ["a person salutes with the right hand", "(he|she) salutes", "salute"],
        "seconds": [1.0, 1.4],
    },
    "crawl": {"wordings": ["a person crawls", "crawl on the floor"], "seconds": [1.0, 1.4]},
}


def take(steps: int, seed: int) -> Take:
    """A body that walks and turns, moving every joint as the seed says."""
    time = torch.arange(4 * steps)[:, None, None] / 20
    sizes = torch.randn(1, 22, 3, generator=torch.Generator().manual_seed(seed)) * 0.2
    rotations = roma.rotvec_to_unitquat(sizes * torch.sin(3 * time))
    own = tuple(range(steps))
    taken = Take.of(Motion(rotations, torch.cat((0.3 * time, 0 * time + 0.9, 0.8 * time), dim=-1)[:, 0]))
    return replace(taken, lengths={steps: own, steps + 4: (*own[:-1], *own[-5:])})


TAKES = WrittenTakes(
    {
        "salute": WrittenAction((take(5, 0), take(6, 1)), "right"),
        "crawl": WrittenAction((take(6, 2),)),
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
    take = TAKES.actions["salute"].takes[0]
    sources = [ChosenTake("wave_right_hand", mirrored, take, 6, 24).source for mirrored in (False, True)]
    assert sources == ['written action "wave right hand"', 'written action "wave left hand"']  # as it is seen


def test_seeds_choose_among_takes_and_tempo_follows_the_words(pipeline):
    lengths = {pipeline("salute", seed=seed).num_frames for seed in range(6)}
    assert lengths == {20, 24}
    assert pipeline("a person crawls slowly").num_frames > pipeline("a person crawls").num_frames == 24
    assert pipeline("a person crawls", seconds=2.0).num_frames == 40


@pytest.mark.parametrize(
    "text, options",
    [
        ("a person walks", {}),
        ("she salutes three times", {}),
        ("she does not salute", {}),
        ("a person crawls with the left arm", {}),
        ("a person salutes", {"parts": {"left_arm": "waves"}}),
        ("a person salutes", {"seconds": 4.0}),
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
