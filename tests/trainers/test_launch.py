"""Launching: configurations that Accelerate reads, plans of memory, a single process where several were asked for."""

import sys
from pathlib import Path

import pytest
import torch
from accelerate.commands.config.config_args import load_config_from_file
from tiny_models import tiny_processor

from being_m0_hf.cli.main import main
from being_m0_hf.models import BeingM0Config, BeingM0ForConditionalGeneration, MotionTokenizerConfig
from being_m0_hf.trainers.language_model import LanguageModelSettings
from being_m0_hf.trainers.memory_plan import activation_bytes, plan_memory
from being_m0_hf.trainers.run import launch

CONFIGS = Path(__file__).parents[2] / "training" / "configs"
BACKBONES = {
    "gpt2-medium": {"n_embd": 128, "n_layer": 3, "n_head": 4},
    "llama2-7b": {"hidden_size": 128, "intermediate_size": 320, "num_hidden_layers": 3, "num_attention_heads": 4},
}


@pytest.mark.parametrize("path", sorted((CONFIGS / "accelerate").glob("*.yaml")), ids=lambda path: path.stem)
def test_accelerate_reads_our_configurations(path):
    config = load_config_from_file(str(path))
    assert config.mixed_precision == "bf16" and config.num_processes >= 1
    assert path.name in (path.parent / "README.md").read_text()


@pytest.mark.parametrize("path", sorted((CONFIGS / "paper").glob("*.yaml")), ids=lambda path: path.stem)
def test_the_papers_runs_have_their_batch_and_plan(path, capsys):
    words = ["train", "language-model", "--config", str(path), "--plan", "--processes", "8", "--sharded"]
    assert main(words) == 0
    printed = capsys.readouterr().out
    assert "1,024 samples" in printed and "GiB a GPU" in printed


def test_sharding_shares_the_weights_and_nothing_else():
    settings = LanguageModelSettings(preset="gpt2-medium", batch_size=2, mixed_precision="bf16")
    whole, shared = plan_memory(settings), plan_memory(settings, processes=8, sharded=True)
    assert whole.trained == shared.trained > 355e6
    assert shared.state == pytest.approx(whole.state / 8, rel=1e-6) and shared.activations == whole.activations
    assert whole.state > whole.trained * 16 and shared.batch == 16


@pytest.mark.parametrize("precision", ["bf16", "no"])
@pytest.mark.parametrize("preset", BACKBONES)
def test_activations_are_about_what_autograd_keeps(preset, precision):
    layout = tiny_processor(max_steps=20).layout
    config = BeingM0Config.preset(
        preset, text_vocab_size=512, max_steps=20, backbone=BACKBONES[preset],
        motion_tokenizer_config=MotionTokenizerConfig(codebook_bits=4, hidden_size=8),
    )  # fmt: skip
    model = BeingM0ForConditionalGeneration(config).train()
    model.backbone.set_attn_implementation("sdpa")
    ids = torch.randint(10, 500, (2, 20 * layout.num_parts + 40))
    weights, kept = {parameter.data_ptr() for parameter in model.parameters()}, {}

    def keep(tensor):
        if tensor.data_ptr() not in weights:
            kept[tensor.untyped_storage().data_ptr()] = tensor
        return tensor

    with (
        torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor),
        torch.autocast("cpu", torch.bfloat16, enabled=precision == "bf16"),
    ):
        model(input_ids=ids, labels=ids)
    found = sum(tensor.untyped_storage().nbytes() for tensor in kept.values())
    settings = LanguageModelSettings(batch_size=2, max_steps=20, mixed_precision=precision)
    assert activation_bytes(config, settings) == pytest.approx(found, rel=0.4)


def test_a_lost_process_is_explained(monkeypatch, capsys):
    class Alone:
        num_processes, device = 1, torch.device("cpu")

    command = ["python", "/usr/bin/accelerate", "launch", "--cpu", "--num_processes", "2", "training/train_lm.py"]
    monkeypatch.setattr(launch, "_parent_command", lambda: command)
    monkeypatch.setattr(sys, "argv", ["training/train_lm.py", "--config", "run.yaml"])
    launch.explain_single_process(Alone())
    line = capsys.readouterr().err
    assert "torchrun --nproc-per-node 2 training/train_lm.py --config run.yaml" in line and line.count("\n") == 1
    for other in (command[:4] + command[6:], ["bash"], []):
        monkeypatch.setattr(launch, "_parent_command", lambda other=other: other)
        launch.explain_single_process(Alone())
    assert capsys.readouterr().err == ""
