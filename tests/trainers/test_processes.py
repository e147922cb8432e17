"""Training by several processes: the same curve as by one, sharded or not, and a checkpoint for any number of them."""

import json
import os
import signal
from pathlib import Path

import pytest
from accelerate.commands.launch import _validate_launch_command, launch_command_parser
from accelerate.utils.launch import prepare_multi_gpu_env
from support.processes import run_in_processes
from tiny_models import tiny_motion_tokenizer

from being_m0_hf import BeingM0ForConditionalGeneration
from being_m0_hf.motion import PART_NAMES
from being_m0_hf.trainers import language_model
from being_m0_hf.trainers.run.settings import SettingsError
from being_m0_hf.training_data.feature_cache import CacheWriter

pytestmark = pytest.mark.usefixtures("fresh_accelerator")


def environment_of(file: str) -> dict[str, str]:
    """What `accelerate launch` sets for a file of training/configs/accelerate."""
    path = Path(__file__).parents[2] / "training" / "configs" / "accelerate" / file
    arguments = launch_command_parser().parse_args(["--config_file", str(path), "script.py"])
    arguments, _, _ = _validate_launch_command(arguments)
    environment = prepare_multi_gpu_env(arguments)
    return {name: value for name, value in environment.items() if name.startswith(("FSDP_", "ACCELERATE_USE_FSDP"))}


FSDP2 = environment_of("fsdp2.yaml")
SETTINGS = """
mixed_precision: "no"
text_vocab_size: 300
max_steps: 20
backbone: {hidden_size: 16, intermediate_size: 24, num_hidden_layers: 1, num_attention_heads: 2,
  max_position_embeddings: 256, tie_word_embeddings: %s}
text_only: 0.25
evaluate_samples: 4
learning_rate: 1.0e-2
warmup_steps: 1
log_every: 1
evaluate_every: 2
checkpoint_every: 2
log_with: none
"""


@pytest.fixture(scope="module")
def made(make_motion, tmp_path_factory) -> Path:
    """A folder with a cache, a motion tokenizer and settings, all tiny."""
    folder = tmp_path_factory.mktemp("made")
    parts = {name: f"the {name.replace('_', ' ')} moves" for name in PART_NAMES}
    for split, count in (("train", 8), ("val", 4)):
        samples = CacheWriter(folder / "cache", f"{split}_samples")
        for seed in range(count):
            samples.add(
                make_motion(24 + 4 * (seed % 3), seed).to_d135(), id=f"{split}_{seed}", kind="clip", category="walk",
                weight=1.0, captions=[{"text": f"a person walks {seed}", "kind": "template"}], parts=[parts],
            )  # fmt: skip
        samples.save()
    (folder / "cache" / "text_only.txt").write_text("someone runs\na person waves with the right hand\n")
    tiny_motion_tokenizer().save_pretrained(folder / "tokenizer")
    for name, tied in (("tied", "true"), ("untied", "false")):
        (folder / f"{name}.yaml").write_text(SETTINGS % tied)
    return folder


def train(made: Path, output: Path, kind: str, *settings: str) -> None:
    paths = [f"cache_dir={made / 'cache'}", f"motion_tokenizer={made / 'tokenizer'}", f"output_dir={output}"]
    language_model.main(["--config", str(made / f"{kind}.yaml"), *paths, f"codes_dir={output.parent}", *settings])


def curve(folder: Path, kind: str = "train") -> list[float]:
    rows = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
    return [row["loss" if kind == "train" else "motion_loss"] for row in rows if row["kind"] == kind]


@pytest.fixture(scope="module")
def alone(made, tmp_path_factory) -> dict[str, Path]:
    """Runs of one process with 8 rows a step."""
    from accelerate.state import AcceleratorState

    folders = {}
    for kind in ("tied", "untied"):
        AcceleratorState._reset_state(reset_partial_state=True)
        folders[kind] = tmp_path_factory.mktemp(kind) / "run"
        train(made, folders[kind], kind, "batch_size=8", "steps=4")
    return folders


@pytest.mark.parametrize(
    ("processes", "settings"),
    [(2, ("batch_size=4",)), (4, ("batch_size=2",)), (2, ("batch_size=2", "gradient_accumulation_steps=2"))],
    ids=["2 x 4", "4 x 2", "2 x 2, accumulated"],
)
def test_processes_together_learn_as_one_does(made, alone, tmp_path, processes, settings):
    run_in_processes(processes, train, made, tmp_path / "run", "tied", "steps=4", *settings)
    assert curve(tmp_path / "run") == pytest.approx(curve(alone["tied"]), abs=2e-5)
    assert curve(tmp_path / "run", "validation") == pytest.approx(curve(alone["tied"], "validation"), abs=2e-5)


@pytest.mark.parametrize("kind", ["tied", "untied"])
def test_a_sharded_model_learns_as_a_whole_one(made, alone, tmp_path, kind):
    run_in_processes(2, train, made, tmp_path / "run", kind, "steps=4", "batch_size=4", **FSDP2)
    assert curve(tmp_path / "run") == pytest.approx(curve(alone[kind]), abs=2e-5)
    assert curve(tmp_path / "run", "validation") == pytest.approx(curve(alone[kind], "validation"), abs=2e-5)
    ours, theirs = (BeingM0ForConditionalGeneration.from_pretrained(path) for path in (tmp_path / "run", alone[kind]))
    for name, weight in theirs.state_dict().items():
        assert (ours.state_dict()[name] - weight).abs().max() < 1e-4, name


@pytest.mark.parametrize(("first", "then"), [(1, 2), (2, 1)])
def test_another_number_of_processes_goes_on(made, alone, tmp_path, first, then):
    for processes, steps in ((first, 2), (then, 4)):
        settings = (f"batch_size={8 // processes}", f"steps={steps}", "schedule=constant", "accept_changes=true")
        run_in_processes(processes, train, made, tmp_path / "run", "tied", *settings)
    run_in_processes(1, train, made, tmp_path / "whole", "tied", "batch_size=8", "steps=4", "schedule=constant")
    assert curve(tmp_path / "run") == pytest.approx(curve(tmp_path / "whole"), abs=2e-5)


def test_shards_are_read_by_another_number_of_processes(made, alone, tmp_path):
    run_in_processes(
        2, train, made, tmp_path / "run", "untied", "steps=2", "batch_size=4", "schedule=constant", **FSDP2
    )
    assert len(list((tmp_path / "run" / "checkpoint" / "pytorch_model_fsdp_0").glob("*.distcp"))) == 2
    run_in_processes(
        4,
        train,
        made,
        tmp_path / "run",
        "untied",
        "steps=4",
        "batch_size=2",
        "schedule=constant",
        "accept_changes=true",
        **FSDP2,
    )
    run_in_processes(1, train, made, tmp_path / "whole", "untied", "steps=4", "batch_size=8", "schedule=constant")
    assert curve(tmp_path / "run") == pytest.approx(curve(tmp_path / "whole"), abs=2e-5)


def press_control_c_in_one(made: Path, output: Path) -> None:
    draw, drawn = language_model.BatchMaker.__call__, []

    def pressing(maker, place):
        drawn.append(place)
        if len(drawn) == 2 and os.environ["RANK"] == "1":
            os.kill(os.getpid(), signal.SIGINT)
        return draw(maker, place)

    language_model.BatchMaker.__call__ = pressing
    with pytest.raises(SystemExit) as raised:
        train(made, output, "tied", "batch_size=4", "steps=4")
    assert raised.value.code == 130


def test_control_c_in_one_process_stops_all_and_they_go_on(made, alone, tmp_path):
    run_in_processes(2, press_control_c_in_one, made, tmp_path / "run")
    assert len(curve(tmp_path / "run")) == 2
    run_in_processes(2, train, made, tmp_path / "run", "tied", "batch_size=4", "steps=4")
    assert curve(tmp_path / "run") == pytest.approx(curve(alone["tied"]), abs=2e-5)


def test_batches_from_workers_are_the_same(made, alone, tmp_path):
    train(made, tmp_path / "run", "tied", "batch_size=8", "steps=4", "loader_workers=2")
    assert curve(tmp_path / "run") == curve(alone["tied"])


def test_several_checkpoints_are_kept(made, tmp_path):
    train(made, tmp_path / "run", "tied", "batch_size=2", "steps=4", "checkpoint_every=1", "keep_checkpoints=3")
    assert {path.name for path in (tmp_path / "run").glob("checkpoint*") if path.is_dir()} == {
        "checkpoint",
        "checkpoint-3",
        "checkpoint-2",
    }


def test_packed_rows_learn_as_padded_ones(made, alone, tmp_path):
    train(made, tmp_path / "run", "tied", "batch_size=8", "steps=4", "pack_to=256", "gradient_checkpointing=true")
    assert curve(tmp_path / "run") == pytest.approx(curve(alone["tied"]), abs=2e-5)


def test_what_a_backbone_cannot_do_is_one_line(made, tmp_path, capsys):
    with pytest.raises(SettingsError, match="attention flash_attention_2") as raised:
        train(made, tmp_path / "run", "tied", "batch_size=2", "steps=1", "attention=flash_attention_2")
    assert "\n" not in str(raised.value)
