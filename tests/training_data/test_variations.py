"""Takes of single clips, and the words that are kept for measuring."""

import random
from dataclasses import replace

import pytest
import torch

from being_m0_hf.motion import JOINT_INDEX
from being_m0_hf.text import action_words
from being_m0_hf.text import sentence_templates as templates
from being_m0_hf.text.english import VerbForm, realise
from being_m0_hf.training_data import variations
from being_m0_hf.training_data.action_labels import Labelled, more_actions
from being_m0_hf.training_data.samples import TrainingSample, with_texts
from being_m0_hf.training_data.wordings import held_out_wordings


def sample(motion, action="nod", **changes):
    made = TrainingSample(f"more/{action}@0-60", "more", "train", "clip", motion, Labelled(action))
    return replace(made, **changes)


def test_every_action_of_single_clips_has_words():
    for action in set(more_actions().values()):
        assert len(action_words.templates(action)) >= 1
        assert len(templates.sentences(action, 10, random.Random(0))) == 10


def test_held_out_sentences_never_train():
    for action, words in action_words.action_words().items():
        kept = {realise(text, VerbForm.BASE, "your", random.Random(0)).lower() for text in words.held_out}
        if not kept:
            continue
        for text in templates.sentences(action, 200, random.Random(0)):
            assert text.lower().rstrip(".") not in kept, (action, text)


def test_a_single_clip_becomes_many_takes(make_motion):
    clip = sample(make_motion(60))
    takes = list(variations.varied([clip], random.Random(0)))
    assert len(takes) == variations.TAKES - 1
    assert len({take.id for take in takes}) == len(takes) and all(take.label == clip.label for take in takes)
    seconds = [take.motion.seconds for take in takes]
    assert min(seconds) >= 0.95 and max(seconds) - min(seconds) > 0.3
    assert not list(variations.varied([replace(clip, source="cmu")], random.Random(0)))


def test_the_active_window_holds_what_happens(make_motion):
    still = make_motion(100)
    frame = torch.zeros(100, dtype=torch.long)
    rotations, translation = still.rotations[frame].clone(), still.translation[frame]
    turn = torch.zeros(100, 3)
    turn[40:60, 2] = torch.linspace(0, 1.2, 20)
    turn[60:, 2] = 1.2
    rotations[:, JOINT_INDEX["left_shoulder"]] = torch.nn.functional.normalize(
        torch.cat((torch.sin(turn / 2), torch.cos(turn[:, 2:] / 2)), dim=-1), dim=-1
    )
    first, last = variations.active_window(still.replace(rotations=rotations, translation=translation), 0.2, 0.2)
    assert 34 <= first <= 38 and 62 <= last <= 66
    assert variations.active_window(still.replace(rotations=rotations[frame], translation=translation), 0, 0) == (
        0,
        100,
    )


@pytest.mark.parametrize("factor", [0.85, 1.15])
def test_amplitude_moves_arms_only(make_motion, factor):
    motion = make_motion(60)
    made = variations.with_amplitude(motion, factor)
    arms = [JOINT_INDEX[f"{side}_{joint}"] for side in ("left", "right") for joint in ("shoulder", "elbow", "wrist")]
    others = [joint for joint in range(22) if joint not in arms]
    assert torch.allclose(made.rotations[:, others], motion.rotations[:, others], atol=1e-6)
    assert not torch.allclose(made.rotations[:, arms], motion.rotations[:, arms], atol=1e-3)
    assert torch.equal(made.translation, motion.translation)
    assert torch.allclose(variations.with_amplitude(motion, 1.0).joints(), motion.joints(), atol=1e-4)


def test_validation_wordings_are_true_of_training_motions(make_motion):
    clip = with_texts(sample(make_motion(60)), random.Random(0))
    (kept,) = held_out_wordings([clip, sample(make_motion(60), "walk")])
    assert {caption.text for caption in kept.texts} == set(action_words.held_out("nod"))
    assert not {caption.text for caption in kept.texts} & {caption.text for caption in clip.texts}
    assert kept.kind == "wording" and torch.equal(kept.motion.rotations, clip.motion.rotations)
