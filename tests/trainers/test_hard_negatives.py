"""Hard negatives: what a model makes of training captions, and a ranker that learns to tell it from recordings."""

import json

import pytest
import torch
from tiny_models import EVALUATOR, tiny_encoder, tiny_model, tiny_processor

from being_m0_hf.models.being_m0 import BeingM0ForConditionalGeneration
from being_m0_hf.models.text_motion_evaluator import TextMotionEncoder
from being_m0_hf.pipelines.postprocess import postprocess
from being_m0_hf.trainers import hard_negatives as draw_hard_negatives
from being_m0_hf.trainers.evaluator import HardNegatives, PairSource
from being_m0_hf.trainers.evaluator import train as train_evaluator
from being_m0_hf.trainers.run.settings import SettingsError
from being_m0_hf.training_data.feature_cache import CacheWriter, MotionCache

pytestmark = pytest.mark.slow

SAMPLES, NEGATIVES = 6, 2


pytestmark = pytest.mark.usefixtures("fresh_accelerator")


@pytest.fixture
def settings(tmp_path, make_motion):
    """Settings of a draw from a cache of walks with a tiny random model."""
    for split in ("train", "val"):
        samples = CacheWriter(tmp_path / "cache", f"{split}_samples")
        for index in range(SAMPLES):
            # some longer than the model's 12 steps, some that end within a step
            features = make_motion(16 + 9 * index, seed=index, speed=1.0).to_d135()
            caption = {"text": f"a person walks {'forward' if index % 2 else 'back'}", "weight": 1.0}
            row = {"id": f"{split} {index}", "weight": 1.0, "action": "", "style": ""}
            samples.add(features, **row, captions=[caption], parts=[])
        samples.save()
    tiny_model().save_pretrained(tmp_path / "model"), tiny_processor().save_pretrained(tmp_path / "model")
    (tmp_path / "hard_negatives.yaml").write_text(
        f"model: {tmp_path / 'model'}\nsamples: 5\nval_samples: 4\nhard_negatives: {NEGATIVES}"
    )
    return ["--config", str(tmp_path / "hard_negatives.yaml"), f"cache_dir={tmp_path / 'cache'}"]


def test_each_drawn_sample_has_hard_negatives_of_its_own_length_and_caption(settings, tmp_path):
    draw_hard_negatives.main([*settings, f"output_dir={tmp_path / 'out'}"])
    tokenizer = BeingM0ForConditionalGeneration.from_pretrained(tmp_path / "model").motion_tokenizer
    whole = MotionCache(tmp_path / "cache", "train_samples")
    recorded = {row["id"]: whole[index] for index, row in enumerate(whole.rows)}
    for split, count in (("train", 5), ("val", 4)):
        samples = MotionCache(tmp_path / "out", f"{split}_samples")
        hard_negatives = HardNegatives(tmp_path / "out", split)
        assert len(samples) == count and len(hard_negatives.cache) == count * NEGATIVES
        for index, row in enumerate(samples.rows):
            assert [len(negative) for negative in hard_negatives([index])] == [len(samples[index])] * NEGATIVES
            assert not torch.equal(*hard_negatives([index]))
            own = {hard_negatives.cache.rows[number]["text"] for number in hard_negatives.of_sample[index]}
            assert own == {caption["text"] for caption in row["captions"]}
            if split == "train":
                codes = tokenizer.encode(recorded[row["id"]][None, :48], residual_levels=0).codes
                assert torch.equal(samples[index], postprocess(tokenizer.decode(codes).features[0]))


def test_several_caches_lend_training_samples_by_their_shares(settings, tmp_path, make_motion):
    more = CacheWriter(tmp_path / "more", "train_samples")
    row = {"id": "written", "weight": 1.0, "action": "", "style": "", "parts": []}
    more.add(make_motion(20, seed=9, speed=1.0).to_d135(), **row, captions=[{"text": "a person digs", "weight": 1.0}])
    more.save()
    draw_hard_negatives.main([*settings, f"output_dir={tmp_path / 'out'}", f"more_caches=[{tmp_path / 'more'}=0.9]"])
    assert "written" in {row["id"] for row in MotionCache(tmp_path / "out", "train_samples").rows}
    assert "written" not in {row["id"] for row in MotionCache(tmp_path / "out", "val_samples").rows}


def test_a_draw_goes_on_where_it_stopped(settings, tmp_path, monkeypatch):
    monkeypatch.setattr(draw_hard_negatives, "SAMPLES_A_PIECE", 2)
    draw_hard_negatives.main([*settings, f"output_dir={tmp_path / 'whole'}"])
    real, left = draw_hard_negatives.HardNegativeDraw.piece, [2]

    def killed(draw, start):
        if not left[0]:
            raise KeyboardInterrupt
        left[0] -= 1
        return real(draw, start)

    monkeypatch.setattr(draw_hard_negatives.HardNegativeDraw, "piece", killed)
    with pytest.raises(KeyboardInterrupt):
        draw_hard_negatives.main([*settings, f"output_dir={tmp_path / 'parts'}"])
    left[0] = 3  # one piece of training samples is left, and two of validation
    draw_hard_negatives.main([*settings, f"output_dir={tmp_path / 'parts'}"])
    assert left[0] == 0
    for name in ("train_samples", "train_hard_negatives", "val_samples", "val_hard_negatives"):
        whole, parts = (MotionCache(tmp_path / folder, name) for folder in ("whole", "parts"))
        assert whole.rows == parts.rows and torch.equal(whole.features, parts.features)
    assert not list((tmp_path / "parts").glob("*_0*.safetensors"))
    draw_hard_negatives.main([*settings, f"output_dir={tmp_path / 'parts'}"])  # nothing left to do
    ranker = tiny_encoder()  # which chooses nothing here
    for part in (ranker.model, ranker.tokenizer):
        part.save_pretrained(tmp_path / "model" / "ranker")
    draw_hard_negatives.main([*settings, f"output_dir={tmp_path / 'parts'}"])
    with pytest.raises(SettingsError, match="parts holds results of other settings"):
        draw_hard_negatives.main([*settings, f"output_dir={tmp_path / 'parts'}", "seed=1"])
    with pytest.raises(SystemExit):
        draw_hard_negatives.main([*settings, f"output_dir={tmp_path / 'none'}", "hard_negatives=0"])


@pytest.mark.parametrize("word", ["hard_negatives=0", "samples=0", "temperature=-1", "temperature=.nan"])
def test_impossible_draws_are_refused(word, settings, tmp_path):
    with pytest.raises(SystemExit):
        draw_hard_negatives.main([*settings, f"output_dir={tmp_path / 'none'}", word])
    assert not (tmp_path / "none").exists()


def test_an_empty_cache_is_one_line_before_anything_else(settings, tmp_path):
    CacheWriter(tmp_path / "cache", "val_samples").save()
    with pytest.raises(SettingsError, match="holds no val samples; make it with prepare_data.py"):
        draw_hard_negatives.main([*settings, f"output_dir={tmp_path / 'none'}"])
    assert not (tmp_path / "none").exists()


def test_a_hard_negative_near_its_text_costs(make_motion):
    encoder = tiny_encoder()
    texts = encoder.tokenizer(["walks forward", "waves", "turns around"], padding=True, return_tensors="pt")
    features = torch.stack([make_motion(24, seed=seed).to_d135() for seed in range(3)])
    batch = {"features": features, "num_frames": torch.full((3,), 24), **texts}
    plain = encoder.model(**batch)
    hard_negatives = {"hard_negative_features": features, "hard_negative_frames": batch["num_frames"]}
    with_negatives = encoder.model(**batch, **hard_negatives)
    # each text's own motion is there twice, and all others as well: the right answer is half as likely
    assert (with_negatives.text_to_motion_loss - plain.text_to_motion_loss).item() == pytest.approx(0.6931, abs=1e-4)
    assert torch.equal(with_negatives.motion_to_text_loss, plain.motion_to_text_loss)


def test_a_ranker_learns_to_tell_recordings_from_their_hard_negatives(settings, tmp_path):
    draw_hard_negatives.main([*settings, f"output_dir={tmp_path / 'out'}"])
    source = PairSource(
        MotionCache(tmp_path / "out", "train_samples"),
        tiny_encoder().tokenizer,
        4,
        hard_negatives=HardNegatives(tmp_path / "out", "train"),
    )
    batch = source.batch([0, 2, 4], torch.Generator().manual_seed(0))
    assert len(batch["features"]) == 3 and len(batch["hard_negative_features"]) == 3 * NEGATIVES
    ranker = tmp_path / "ranker"
    ranker.mkdir()
    (ranker / "settings.yaml").write_text("\n".join(f"{key}: {value}" for key, value in EVALUATOR.items()))
    words = [f"cache_dir={tmp_path / 'out'}", f"output_dir={ranker}", "hard_negatives=true", "batch_size=5", "steps=40"]
    words += ["learning_rate=0.02", "warmup_steps=1", "mixed_precision=no", "log_every=1", "text_vocab_size=300"]
    train_evaluator.main(["--config", str(ranker / "settings.yaml"), *words])
    log = [json.loads(line) for line in (ranker / "log.jsonl").read_text().splitlines()]
    losses = [row["text_to_motion_loss"] for row in log if row["kind"] == "train"]
    assert sum(losses[-5:]) < 0.7 * sum(losses[:5])
    assert "beats hard negatives" in log[-1]
    trained = TextMotionEncoder.from_pretrained(ranker)
    untrained = TextMotionEncoder(tiny_encoder().model, trained.tokenizer)
    assert lead(trained, source) > lead(untrained, source) + 0.1


def lead(encoder: TextMotionEncoder, source: PairSource) -> float:
    """By how much recordings are nearer to their texts than their hard negatives, on average."""
    leads = []
    for index, row in enumerate(source.cache.rows):
        own, *hard_negatives = encoder.similarity(
            [row["captions"][0]["text"]], [source.cache[index], *source.hard_negatives([index])]
        )[0]
        leads.append(float(own - sum(hard_negatives) / NEGATIVES))
    return sum(leads) / len(leads)


@pytest.mark.parametrize(("place", "share"), [(0, 1.0), (1, 0.0)])
def test_validation_counts_recordings_that_are_nearest(place, share, settings, tmp_path, monkeypatch):
    draw_hard_negatives.main([*settings, f"output_dir={tmp_path / 'out'}"])
    encoder = tiny_encoder()
    validation = train_evaluator.Validation(
        MotionCache(tmp_path / "out", "val_samples"), encoder.tokenizer, 4, HardNegatives(tmp_path / "out", "val")
    )
    nearness = torch.eye(1 + NEGATIVES)[place : place + 1]
    monkeypatch.setattr(TextMotionEncoder, "similarity", lambda *_: nearness)
    assert validation(encoder.model)["beats hard negatives"] == share


def test_a_cache_without_hard_negatives_is_one_line_before_anything_else(settings, tmp_path):
    (tmp_path / "ranker.yaml").write_text(f"cache_dir: {tmp_path / 'cache'}\nhard_negatives: true")
    with pytest.raises(
        SettingsError, match="^cache_dir .*cache holds no hard negatives; run training/draw_hard_negatives.py"
    ):
        train_evaluator.main(["--config", str(tmp_path / "ranker.yaml"), f"output_dir={tmp_path / 'ranker'}"])
    assert not (tmp_path / "ranker").exists()
