"""Rejection sampling and lighter samples: what a model is taught again, and what it is taught less."""

import json
from dataclasses import replace

import pytest
from tiny_models import tiny_encoder, tiny_model, tiny_processor

from being_m0_hf.choreography.library import OWN_SCORES, load
from being_m0_hf.pipelines.text_to_motion import MotionPipeline
from being_m0_hf.trainers.own_motions import OwnSettings, draw_score, join_pieces, own_samples
from being_m0_hf.training_data.feature_cache import CacheWriter, MotionCache
from training.weigh_written import SHARE_LEFT, weigh

SALUTE = load(OWN_SCORES / "gestures" / "salute.yaml")
#: Every motion has the first, none the second.
ALWAYS, NEVER = ({"point": "right_tips", "near": "brow", "within": metres, "seconds": 0.2} for metres in (9.0, 0.0))


@pytest.fixture(scope="module")
def pipeline():
    return MotionPipeline(tiny_model(max_steps=20), tiny_processor(20), tiny_encoder())


def asking(tmp_path, fact: dict):
    """The salute with another fact."""
    text = (OWN_SCORES / "gestures" / "salute.yaml").read_text()
    path = tmp_path / "salute.yaml"
    path.write_text(text[: text.index("expect:")] + f"expect: [{json.dumps(fact)}]\n")
    return load(path)


def test_motions_that_have_the_facts_are_kept_with_sentences_of_training(pipeline, tmp_path, monkeypatch):
    monkeypatch.setattr("being_m0_hf.trainers.own_motions.floating", lambda features: 0.0)  # random bodies float
    score = asking(tmp_path, ALWAYS)
    samples = own_samples(pipeline, score, OwnSettings(sentences=2, candidates=3, keep=4))
    assert len(samples) == 4 and len({sample.id for sample in samples}) == 4
    assert all(sample.label.action == "salute" and len(sample.texts) > 10 for sample in samples)
    assert own_samples(pipeline, asking(tmp_path, NEVER), OwnSettings(1, 2, 4)) == []
    draw_score(pipeline, score, OwnSettings(1, 2, 1), tmp_path / "out")
    draw_score(replace(pipeline, ranker=None), score, OwnSettings(1, 2, 1), tmp_path / "out")  # is there: not drawn
    assert join_pieces(["salute"], tmp_path / "out").startswith("1 motions of 1 of 1 scores")
    (row,) = MotionCache(tmp_path / "out", "train_samples").rows
    assert row["category"] == "salute" and abs(sum(caption["weight"] for caption in row["captions"]) - 1) < 1e-3


def test_without_a_ranker_it_says_what_is_missing(pipeline):
    with pytest.raises(ValueError, match="no ranker"):
        own_samples(replace(pipeline, ranker=None), SALUTE, OwnSettings())


def test_nothing_to_draw_is_told():
    with pytest.raises(ValueError, match="candidates is 0, expected at least 1"):
        OwnSettings(candidates=0)


def test_samples_that_lose_their_facts_as_tokens_become_lighter_once(pipeline, tmp_path, make_motion):
    writer = CacheWriter(tmp_path, "train_samples")
    for name, action in (("kept", "salute"), ("other", "walk")):
        writer.add(make_motion(40, seed=1).to_d135(), id=name, action=action, mirrored=False, weight=1.0)
    writer.save()
    tokenizer = pipeline.model.motion_tokenizer
    assert (
        weigh(tmp_path, {"salute": asking(tmp_path, ALWAYS)}, tokenizer) == "1 of 1 samples keep their facts as tokens"
    )
    rows = MotionCache(tmp_path, "train_samples").rows
    assert [row.get("kept_facts") for row in rows] == [True, None]
    for kept in (True, True, False):  # a third loses them: it is lighter, however often that is said
        rows.append(rows[0] | {"id": "lost", "kept_facts": kept})
    writer = CacheWriter(tmp_path, "train_samples")
    for row in rows:
        writer.add(make_motion(40, seed=1).to_d135(), **{key: value for key, value in row.items() if key != "frames"})
    writer.save()
    for _ in range(2):
        weigh(tmp_path, {"salute": asking(tmp_path, ALWAYS)}, tokenizer)
        weights = [row["weight"] for row in MotionCache(tmp_path, "train_samples").rows]
        assert weights == [1.0, 1.0, 1.0, 1.0, SHARE_LEFT]
