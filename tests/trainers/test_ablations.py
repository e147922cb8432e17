"""Ablations: what each setting takes away, adapters that end in a whole model, and the table of one command."""

import json
import math
import re
import signal
from pathlib import Path

import pytest
import torch
from accelerate.state import AcceleratorState
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from tiny_models import SENTENCES, tiny_encoder, tiny_motion_tokenizer
from training_helpers import Killed, killed_at_batch

from being_m0_hf.models import BeingM0ForConditionalGeneration, BeingM0Processor
from being_m0_hf.motion import PART_NAMES
from being_m0_hf.pipelines.text_to_motion import load_pipeline
from being_m0_hf.trainers.data_share import kept_samples, recordings_of
from being_m0_hf.trainers.language_model import train as train_lm
from being_m0_hf.trainers.language_model.settings import SHARES
from being_m0_hf.trainers.run.batches import Draw
from being_m0_hf.trainers.run.settings import SettingsError, read_settings
from being_m0_hf.training_data.feature_cache import CacheWriter, MotionCache
from being_m0_hf.training_data.token_cache import TokenCache
from training.studies import run_ablations
from training.studies.ablation_figures import PLAIN

pytestmark = pytest.mark.slow

ROWS = Path(__file__).parents[2] / "training" / "configs" / "ablations"
BASE = """# The one to compare with.
mixed_precision: "no"
text_vocab_size: 300
max_steps: 20
backbone: {hidden_size: 16, intermediate_size: 24, num_hidden_layers: 1, num_attention_heads: 2,
  max_position_embeddings: 256, attention_dropout: 0.2}
batch_size: 4
text_only: 0.0
evaluate_samples: 4
learning_rate: 1.0e-2
warmup_steps: 1
log_every: 1
evaluate_every: 2
checkpoint_every: 2
"""


pytestmark = pytest.mark.usefixtures("fresh_accelerator")


@pytest.fixture(scope="module")
def made(make_motion, tmp_path_factory) -> Path:
    """A folder with a cache, a motion tokenizer and an evaluator, all tiny, and rows of a table."""
    folder = tmp_path_factory.mktemp("made")
    parts = {name: f"the {name.replace('_', ' ')} moves" for name in PART_NAMES}
    for split, count in (("train", 8), ("val", 4)):
        samples = CacheWriter(folder / "cache", f"{split}_samples")
        for seed in range(count):
            caption = {"text": SENTENCES[seed % 3], "kind": "template", "weight": 1.0}
            samples.add(
                make_motion(24 + 4 * (seed % 3), seed).to_d135(), id=f"cmu/{split}_{seed // 2}@{seed}-60", kind="clip",
                category="walk", weight=1.0, captions=[caption], parts=[parts],
            )  # fmt: skip
        samples.save()
    (folder / "cache" / "text_only.txt").write_text("someone runs\na person waves with the right hand\n")
    tiny_motion_tokenizer().save_pretrained(folder / "tokenizer")
    encoder = tiny_encoder()
    encoder.model.save_pretrained(folder / "evaluator")
    encoder.tokenizer.save_pretrained(folder / "evaluator")
    rows = folder / "rows"
    rows.mkdir()
    (rows / "base.yaml").write_text(BASE)
    (rows / "masked.yaml").write_text("# The description is not learned.\nmask_description: true\n")
    (rows / "words.yaml").write_text("# Captions alone.\ntext_only: 1.0\n")
    (rows / "lora.yaml").write_text("# Adapters.\nstart_from: words\nlora_rank: 2\n")
    return folder


def train(made: Path, output: Path, *overrides: str) -> Path:
    """Train one tiny model in ``output``."""
    AcceleratorState._reset_state(reset_partial_state=True)
    paths = [f"cache_dir={made / 'cache'}", f"motion_tokenizer={made / 'tokenizer'}", f"output_dir={output}"]
    train_lm.main(["--config", str(made / "rows" / "base.yaml"), *paths, "steps=3", *overrides])
    return output


@pytest.fixture(scope="module")
def words_model(made, tmp_path_factory) -> Path:
    """A model that has read captions alone."""
    return train(made, tmp_path_factory.mktemp("words") / "run", "text_only=1.0")


def log_of(folder: Path) -> list[dict]:
    return [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]


def weights_of(folder: Path) -> dict[str, torch.Tensor]:
    return BeingM0ForConditionalGeneration.from_pretrained(folder).state_dict()


# what the settings take away


def test_a_recording_is_known_in_all_its_cuts():
    assert recordings_of("cmu/02_05@10-104+x1.14+mirror") == {"cmu/02_05"}
    assert recordings_of("bandai/dataset-1_bow_old_001@114-136+held147") == {"bandai/dataset-1_bow_old_001"}
    assert recordings_of("cmu/13_28@1-9 & bandai/dataset-2_run_active_059@0-45+mirror") == {
        "cmu/13_28",
        "bandai/dataset-2_run_active_059",
    }
    assert recordings_of("cmu/13_28+mirror") == {"cmu/13_28"}


@given(count=st.integers(2, 30), share=st.floats(0.05, 1.0), seed=st.integers(0, 1000))
def test_a_share_keeps_recordings_whole_and_grows_by_adding(count, share, seed):
    samples = [f"cmu/{index}@{cut}" for index in range(count) for cut in ("0-9", "5-14+x0.88", "0-9+mirror")]
    samples += [f"cmu/{index}@0-9 & cmu/{(index + 1) % count}@0-9" for index in range(count)]
    kept = kept_samples(samples, share, seed)
    cuts = kept[: 3 * count].unflatten(0, (count, 3))
    assert (cuts.any(1) == cuts.all(1)).all()
    chosen = cuts.all(1)
    assert chosen.sum() == max(1, round(share * count))
    assert torch.equal(kept[3 * count :], chosen & chosen.roll(-1))
    assert not (kept & ~kept_samples(samples, min(1.0, 1.5 * share), seed)).any()
    assert kept_samples(samples, 1.0, seed).all()


def test_seeds_choose_other_recordings():
    samples = [f"cmu/{index}@0-9" for index in range(40)]
    assert not torch.equal(kept_samples(samples, 0.5, 0), kept_samples(samples, 0.5, 1))


@pytest.mark.parametrize("share", [0.0, -0.1, 7.0, math.nan])
def test_an_impossible_share_of_the_data_is_refused(share):
    with pytest.raises(SettingsError, match=f"^data_share is {share:g}, expected above 0 and at most 1$"):
        train_lm.LanguageModelSettings(data_share=share)


@pytest.mark.parametrize("share", [-1.0, 1.1, math.nan])
@pytest.mark.parametrize("name", SHARES)
def test_an_impossible_share_is_refused(name, share):
    with pytest.raises(SettingsError, match=f"^{name} is {share:g}, expected a share, 0 to 1$"):
        train_lm.LanguageModelSettings(**{name: share})
    assert train_lm.LanguageModelSettings(**{name: 1.0})


def test_a_share_that_leaves_nothing_is_refused():
    with pytest.raises(SettingsError, match="no sample of 1"):
        kept_samples(["cmu/1@0-9 & cmu/2@0-9"], 0.5, 0)


def test_only_the_share_is_drawn(made, tmp_path, monkeypatch):
    drawn = set()
    sample = train_lm.SampleSource.sample

    def watched(source, index, generator):
        if len(source.rows) == 8:  # the training samples
            drawn.add(source.rows[index]["id"].partition("@")[0])
        return sample(source, index, generator)

    monkeypatch.setattr(train_lm.SampleSource, "sample", watched)
    train(made, tmp_path / "half", "data_share=0.5", "batch_size=8")
    assert len(drawn) == 2  # of 4 recordings


def source_of(made: Path, model: Path, **changes) -> train_lm.SampleSource:
    cache = MotionCache(made / "cache", "train_samples")
    tokens = TokenCache(cache, model / "train_codes.safetensors", tiny_motion_tokenizer())
    settings = train_lm.LanguageModelSettings(text_only=0.0, max_steps=20, **changes)
    return train_lm.SampleSource(cache, tokens, BeingM0Processor.from_pretrained(model), settings)


@pytest.mark.parametrize("masked", [True, False])
def test_a_masked_description_is_read_and_not_learned(made, words_model, masked):
    source = source_of(made, words_model, mask_description=masked, no_text=0.0)
    sample = source.sample(0, torch.Generator().manual_seed(0))
    start = int((sample["input_ids"] == source.processor.layout.motion_start_id).nonzero()[0])
    assert start > 3
    assert bool((sample["labels"][: start + 1] == -100).all()) is masked
    assert torch.equal(sample["labels"][start + 1 :], sample["input_ids"][start + 1 :])


def test_the_text_loss_is_measured_where_it_is_not_learned(made, tmp_path):
    rows = log_of(train(made, tmp_path / "masked", "mask_description=true", "steps=30"))
    trained, measured = ([row["text_loss"] for row in rows if row["kind"] == kind] for kind in ("train", "validation"))
    assert trained[-1] < 3 < 4.5 < measured[-1]  # of the marker behind a motion, and of words that nobody teaches


@pytest.mark.parametrize(
    "override, message",
    [
        ("mask_description=true text_only=0.5", "text_only is 0.5"),
        ("lora_rank=-1", "lora_rank is -1"),
        ("composed=5", "composed is 5, expected a share, 0 to 1"),
        ("data_share=0", "data_share is 0"),
    ],
)
def test_settings_that_do_not_fit_are_one_line(made, tmp_path, capsys, override, message):
    with pytest.raises(SystemExit) as raised:
        train(made, tmp_path / "run", *override.split())
    error = capsys.readouterr().err
    assert raised.value.code == 2 and message in error and len(error.strip().splitlines()) == 1


def test_captions_alone_teach_words_and_no_motion(made, words_model):
    rows = log_of(words_model)
    assert all(math.isnan(row["motion_loss"]) for row in rows if row["kind"] == "train")
    validation = [row for row in rows if row["kind"] == "validation"]
    assert validation[0]["motion_loss"] > 0
    processor = BeingM0Processor.from_pretrained(words_model)
    source = source_of(made, words_model)
    settings = train_lm.LanguageModelSettings(text_only=1.0, batch_size=3, max_steps=20)
    batch = train_lm.BatchMaker(source, ["someone runs"], settings)(Draw(0))
    assert batch["input_ids"].shape == (3, 60) and not (batch["input_ids"] >= processor.layout.code_offset).any()


def test_codes_can_be_shared(made, tmp_path):
    train(made, tmp_path / "one", f"codes_dir={tmp_path / 'codes'}")
    written = (tmp_path / "codes" / "train_codes.safetensors").stat().st_mtime_ns
    train(made, tmp_path / "two", f"codes_dir={tmp_path / 'codes'}")
    assert (tmp_path / "codes" / "train_codes.safetensors").stat().st_mtime_ns == written
    assert not list((tmp_path / "one").glob("*_codes.safetensors"))


def test_control_c_in_the_last_step_saves_the_model_and_starts_nothing_else(made, tmp_path, monkeypatch):
    def pressed(model, source):
        signal.raise_signal(signal.SIGINT)
        return {}

    monkeypatch.setattr(train_lm, "validation_losses", pressed)
    with pytest.raises(SystemExit) as raised:
        train(made, tmp_path / "run", "evaluate_every=9")
    assert raised.value.code == 130
    assert weights_of(tmp_path / "run")


# adapters


def test_adapters_end_in_a_whole_model_that_differs_by_low_rank(made, words_model, tmp_path):
    start = weights_of(words_model)
    tuned = weights_of(train(made, tmp_path / "lora", f"start_from={words_model}", "lora_rank=2"))
    assert tuned.keys() == start.keys()
    for name, before in start.items():
        change = tuned[name] - before
        if "embed_tokens" in name or "lm_head" in name:
            assert change.any(), name
        elif "proj" in name:
            assert change.any() and torch.linalg.matrix_rank(change, rtol=1e-3) <= 2, name
        else:
            assert not change.any(), name
    motion = load_pipeline(tmp_path / "lora")("a person walks forward", seconds=2)
    assert motion.num_frames == 40


def test_without_adapters_everything_is_trained(made, words_model, tmp_path):
    start = weights_of(words_model)
    tuned = weights_of(train(made, tmp_path / "full", f"start_from={words_model}"))
    same = [name for name in start if name.startswith("backbone") and torch.equal(start[name], tuned[name])]
    assert not same


def test_a_killed_run_with_adapters_goes_on_exactly(made, words_model, tmp_path, monkeypatch):
    options = (f"start_from={words_model}", "lora_rank=2")
    whole = train(made, tmp_path / "whole", *options)
    with killed_at_batch(3, monkeypatch):
        train(made, tmp_path / "killed", *options)
    ours, theirs = weights_of(train(made, tmp_path / "killed", *options)), weights_of(whole)
    assert all(torch.equal(tensor, theirs[name]) for name, tensor in ours.items())
    train(made, tmp_path / "killed", *options)  # finished, it stays what it is
    assert all(torch.equal(tensor, theirs[name]) for name, tensor in weights_of(tmp_path / "killed").items())


# the table


@given(values=st.lists(st.floats(-10, 10), min_size=2, max_size=6))
def test_the_interval_is_students(values):
    mean, half = (float(number) for number in run_ablations.interval(values).split(" ± "))
    if (error := stats.sem(values)) > 0:
        low, high = stats.t.interval(0.95, len(values) - 1, loc=stats.tmean(values), scale=error)
        assert (mean, half) == pytest.approx(((low + high) / 2, (high - low) / 2), abs=6e-4)
    else:
        assert half == 0


def test_one_value_has_no_interval():
    assert run_ablations.interval([0.25]) == "0.250"


def ablate(made: Path, output: Path, *overrides: str) -> Path:
    """Run the command on the tiny rows; the folder it writes."""
    AcceleratorState._reset_state(reset_partial_state=True)
    config = made / "rows" / "all.yaml"
    config.write_text(
        f"cache_dir: {made / 'cache'}\nmotion_tokenizer: {made / 'tokenizer'}\nevaluator: {made / 'evaluator'}\n"
        f"rows_dir: {made / 'rows'}\nrows: [base, lora]\nseeds: [0, 1]\nsteps: 2\nsamples: 3\nrepeats: 1\n"
        "kinds: [raise_both_hands]\n"
    )
    run_ablations.main(["--config", str(config), f"output_dir={output}", *overrides])
    return output


def results_of(folder: Path) -> list[dict]:
    return [json.loads(line) for line in (folder / "results.jsonl").read_text().splitlines()]


def test_one_command_writes_the_table_and_goes_on_where_it_was_killed(made, tmp_path, monkeypatch, capsys):
    train_one, trained = run_ablations.train_language_model, []

    def killed(settings):
        trained.append(Path(settings.output_dir).name)
        train_one(settings)
        if len(trained) == 3:  # while the model is written
            (Path(settings.output_dir) / "model.safetensors").write_bytes(b"half a file")
            raise Killed

    monkeypatch.setattr(run_ablations, "train_language_model", killed)
    with pytest.raises(Killed):
        ablate(made, tmp_path)
    before = results_of(tmp_path)
    ablate(made, tmp_path)
    # nothing twice but what was killed, and first what another row starts with
    assert trained == ["base-0", "base-1", "words-0", "words-0", "lora-0", "words-1", "lora-1"]
    rows = results_of(tmp_path)
    assert rows[: len(before)] == before
    assert [(row["row"], row.get("seed")) for row in rows] == [
        ("recorded motion", None), ("base", 0), ("base", 1), ("lora", 0), ("lora", 1)
    ]  # fmt: skip
    for row in rows[1:]:
        assert row["motion_loss"] > 0 and row["text_loss"] > 0 and row["steps"] == 2
        assert 0 <= row["R@1"] <= row["R@3"] <= 1 and 0 <= row["followed"] <= 1
    assert rows[1]["motion_loss"] != rows[2]["motion_loss"]
    table = (tmp_path / "table.md").read_text()
    assert capsys.readouterr().out.endswith(table)
    line = next(line for line in table.splitlines() if line.startswith("| base"))
    assert run_ablations.interval([rows[1]["motion_loss"], rows[2]["motion_loss"]]) in line
    assert "0, 1" in line and "The one to compare with." in line
    assert f"python training/studies/run_ablations.py --config {made / 'rows' / 'all.yaml'}" in table


def test_every_row_is_asked_for_the_same_losses(made, tmp_path):
    """A row with other training text is measured on the same text."""
    (made / "rows" / "untold.yaml").write_text("# Never any text.\nno_text: 1.0\nlearning_rate: 0.0\n")
    (made / "rows" / "still.yaml").write_text("# Learns nothing.\nlearning_rate: 0.0\n")
    folder = ablate(made, tmp_path, "rows=[untold, still]", "seeds=[0]", "evaluator=''", "kinds=[]")
    untold, still = results_of(folder)
    assert untold["motion_loss"] == still["motion_loss"] and untold["text_loss"] == still["text_loss"]
    assert untold.keys() == {"row", "seed", "steps", "motion_loss", "text_loss"}


@pytest.mark.parametrize(
    "overrides, message",
    [
        (["rows=[none]"], "none.yaml"),
        (["kinds=[fly]"], "fly"),
        (["seeds=[]"], "seeds"),
        (["evaluator=nowhere"], "nowhere"),
    ],
)
def test_mistakes_are_told_before_any_training(made, tmp_path, monkeypatch, capsys, overrides, message):
    monkeypatch.setattr(run_ablations, "train_language_model", lambda settings: pytest.fail("trained"))
    with pytest.raises((SystemExit, OSError, SettingsError)) as raised:
        ablate(made, tmp_path, *overrides)
    assert message in f"{raised.value} {capsys.readouterr().err}"


@pytest.mark.parametrize(
    "rows, message",
    [
        ({"new": "start_from: wrods"}, "new.yaml: start_from is 'wrods', neither a row in .* nor the folder of a"),
        ({"new": "start_from: other", "other": "start_from: wrods"}, "other.yaml: start_from is 'wrods'"),
        (
            {"new": "start_from: other", "other": "start_from: new"},
            "start_from is 'new', but that starts from this row",
        ),
        ({"new": "start_from: other", "other": "corruption: 7"}, "corruption is 7"),
        ({"new": "mixed_precision: bf16"}, "mixed_precision is 'no' in base-1, 'bf16' in new-1"),
        ({"new": "start_from: other", "other": "mixed_precision: bf16"}, "'bf16' in other-1"),
    ],
)
def test_a_mistake_in_the_last_row_can_be_put_right(made, tmp_path, monkeypatch, capsys, rows, message):
    folder = tmp_path / "rows"
    folder.mkdir()
    (folder / "base.yaml").write_text(BASE)
    for name, text in rows.items():
        (folder / f"{name}.yaml").write_text(f"# One more.\n{text}\n")
    trained = []
    monkeypatch.setattr(run_ablations, "train_language_model", trained.append)
    monkeypatch.setattr(run_ablations.Measure, "__call__", lambda measure, run: {})
    options = (f"rows_dir={folder}", "rows=[base, new]", "evaluator=''")
    with pytest.raises((SystemExit, SettingsError)) as raised:
        ablate(made, tmp_path / "table", *options)
    assert re.search(message, f"{raised.value} {capsys.readouterr().err}") and not trained
    (folder / "new.yaml").write_text("# One more.\nno_text: 0.5\n")
    ablate(made, tmp_path / "table", *options)
    assert [Path(run.output_dir).name for run in trained] == ["base-0", "base-1", "new-0", "new-1"]


def test_a_row_starts_with_a_folder_too(made, words_model, tmp_path, monkeypatch):
    (made / "rows" / "later.yaml").write_text(f"# Later.\nstart_from: {words_model}\n")
    trained = []
    monkeypatch.setattr(run_ablations, "train_language_model", trained.append)
    monkeypatch.setattr(run_ablations.Measure, "__call__", lambda measure, run: {})
    ablate(made, tmp_path, "rows=[later]", "seeds=[0]", "evaluator=''")
    assert [run.start_from for run in trained] == [str(words_model)]


def test_results_of_other_settings_are_not_mixed_in(made, tmp_path):
    options = ("rows=[masked]", "seeds=[0]", "evaluator=''", "kinds=[]")
    ablate(made, tmp_path, *options)
    with pytest.raises(SettingsError, match="other settings"):
        ablate(made, tmp_path, *options, "steps=3")
    (made / "rows" / "masked.yaml").write_text("# Changed since.\nmask_description: true\nno_text: 0.5\n")
    with pytest.raises(SettingsError, match="masked-0.*other settings"):
        ablate(made, tmp_path, *options)


def test_control_c_between_runs_says_how_to_go_on(made, tmp_path, monkeypatch, capsys):
    def interrupted(settings):
        raise KeyboardInterrupt

    monkeypatch.setattr(run_ablations, "train_language_model", interrupted)
    with pytest.raises(SystemExit) as raised:
        ablate(made, tmp_path)
    assert raised.value.code == 130 and "goes on from there" in capsys.readouterr().err


def test_shipped_rows_change_one_thing_and_name_the_papers_figure(tmp_path):
    table = read_settings(run_ablations.AblationSettings, "", ["--config", str(ROWS / "all.yaml")])
    table.output_dir, table.rows_dir = str(tmp_path), str(ROWS)
    study = run_ablations.AblationStudy(table)
    assert study.measure.encoder is not None  # the evaluator that is named ships with the package
    base = vars(study.run_settings("base", 0))
    assert {path.stem for path in ROWS.glob("*.yaml")} == {*table.rows, "all", "text_pretraining"}
    for name in table.rows:
        assert "R@1" in run_ablations.first_comment(study.file(name)), name
        changed = {key for key, value in vars(study.run_settings(name, 0)).items() if value != base[key]}
        changed -= {"output_dir"}
        assert len(changed) == (0 if name == "base" else 2 if name == "lora" else 1), (name, changed)
    assert PLAIN.keys() <= base.keys() and len(table.seeds) >= 3
