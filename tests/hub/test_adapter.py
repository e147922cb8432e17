"""An adapter on the Hub: it brings its model by name, never by a path."""

import json

import pytest
import torch
from huggingface_hub import ModelCard
from tiny_models import tiny_encoder, tiny_model, tiny_processor

from being_m0_hf import MotionPipeline, load_pipeline
from being_m0_hf.cli.main import main
from being_m0_hf.trainers.lora import with_adapters

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def style(tmp_path_factory):
    """An adapter that was trained on the model in the folder "base" beside it."""
    root = tmp_path_factory.mktemp("mine")
    MotionPipeline(tiny_model(), tiny_processor(), tiny_encoder()).save_pretrained(root / "base")
    adapted = with_adapters(load_pipeline(root / "base").model, 2)
    generator = torch.Generator().manual_seed(0)
    for name, weight in adapted.named_parameters():
        if "lora_B" in name:
            weight.data = 0.5 * torch.randn(weight.shape, generator=generator)
    adapted.peft_config["default"].base_model_name_or_path = "base"
    adapted.save_pretrained(root / "style", save_embedding_layers=False)
    (root / "style" / "README.md").write_text(
        "---\nlicense: unknown\nbase_model: base\n---\n# style\n\nAn adapter on `base`.\n\n"
        '```python\nload_pipeline("style")\n```\n'
    )
    (root / "style" / "work").mkdir()
    (root / "style" / "work" / "train_codes.safetensors").write_bytes(b"codes")
    return root / "style"


def test_it_loads_by_name_with_its_model_and_ranker(hub, style, capsys):
    assert main(["push", str(style.parent / "base"), "ann/base"]) == 0
    assert main(["push", str(style), "ann/style", "--base", "ann/base"]) == 0
    assert "stays here: work/" in capsys.readouterr().out
    arrived = hub.files("ann/style")
    assert set(arrived) == {"README.md", "adapter_config.json", "adapter_model.safetensors"}
    assert json.loads(arrived["adapter_config.json"])["base_model_name_or_path"] == "ann/base"
    card = ModelCard(arrived["README.md"].decode())
    assert card.data.base_model == "ann/base" and 'load_pipeline("ann/style")' in card.text
    assert "An adapter on `ann/base`." in card.text
    here, there = load_pipeline(style), load_pipeline("ann/style")
    motions = [pipeline("a person walks", seconds=1, seed=2).rotations for pipeline in (here, there)]
    assert there.ranker is not None and torch.equal(*motions)
    assert not torch.equal(motions[0], load_pipeline("ann/base")("a person walks", seconds=1, seed=2).rotations)


@pytest.mark.parametrize("base", ["base", "/home/ann/base", "../base", "", None])
def test_a_base_that_nobody_else_has(hub, style, tmp_path, capsys, base):
    folder = tmp_path / "style"
    folder.mkdir()
    for name in ("adapter_model.safetensors", "README.md"):
        (folder / name).write_bytes((style / name).read_bytes())
    (folder / "adapter_config.json").write_text(json.dumps({"base_model_name_or_path": base}))
    assert main(["push", str(folder), "ann/style"]) == 2
    assert "give its name with --base owner/name" in capsys.readouterr().err
    assert not hub.requests


def test_a_shipped_base_is_a_name(hub, style, tmp_path, capsys):
    folder = tmp_path / "style"
    folder.mkdir()
    (folder / "adapter_model.safetensors").write_bytes((style / "adapter_model.safetensors").read_bytes())
    (folder / "adapter_config.json").write_text('{"base_model_name_or_path": "being-m0-mini"}')
    assert main(["push", str(folder), "ann/style", "--dry-run"]) == 0
    assert main(["push", str(style.parent / "base"), "ann/base", "--base", "ann/other"]) == 2
    assert "--base is for adapters" in capsys.readouterr().err
