"""Adapters of the language model, as PEFT and transformers load, mix and merge them."""

import json

import pytest
import torch
from peft import AutoPeftModel, PeftModel
from tiny_models import tiny_model

from being_m0_hf.models import BeingM0ForConditionalGeneration
from being_m0_hf.pipelines.adapters import add_adapters
from being_m0_hf.trainers.lora import with_adapters, with_lora, without_lora

IDS = torch.arange(2, 26)[None]
KINDS = [("llama", True), ("llama", False), ("gpt2", True), ("gpt2", False)]


def logits(model) -> torch.Tensor:
    with torch.no_grad():
        return model.eval()(input_ids=IDS).logits


@pytest.fixture
def offline(monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)


@pytest.fixture
def make_base(tmp_path):
    """A tiny model in a folder, and a way to have it afresh."""

    def base(backbone="llama", tied=True):
        tiny_model(backbone, tied).save_pretrained(tmp_path / "base")
        return lambda: BeingM0ForConditionalGeneration.from_pretrained(tmp_path / "base")

    return base


def trained(model, steps: int = 3):
    optimizer = torch.optim.AdamW([each for each in model.parameters() if each.requires_grad], lr=0.03)
    for _ in range(steps):
        model(input_ids=IDS, labels=IDS).loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    return model


@pytest.mark.filterwarnings("ignore")  # PEFT speaks of GPT-2's transposed layers and of tied embeddings
@pytest.mark.parametrize(("backbone", "tied"), KINDS)
def test_an_adapter_alone_is_all_that_was_learned(backbone, tied, make_base, tmp_path, offline):
    load = make_base(backbone, tied)
    model = trained(with_lora(load(), rank=2))
    learned = logits(model)
    assert (learned - logits(load())).abs().max() > 0.1
    model.save_pretrained(tmp_path / "adapter")
    torch.testing.assert_close(logits(PeftModel.from_pretrained(load(), tmp_path / "adapter")), learned)
    in_place = load()
    in_place.load_adapter(str(tmp_path / "adapter"))
    torch.testing.assert_close(logits(in_place), learned)

    whole = without_lora(model)
    torch.testing.assert_close(logits(whole), learned, atol=1e-4, rtol=1e-4)
    whole.save_pretrained(tmp_path / "whole")
    again = BeingM0ForConditionalGeneration.from_pretrained(tmp_path / "whole")
    torch.testing.assert_close(logits(again), learned, atol=1e-4, rtol=1e-4)


def test_tied_tables_stay_tied(make_base):
    whole = without_lora(trained(with_lora(make_base(tied=True)(), rank=2)))
    assert whole.get_input_embeddings().weight is whole.get_output_embeddings().weight


def test_adapters_add_up_by_weight(make_base, tmp_path):
    load = make_base()
    merged = {}
    for name, seed in (("one", 1), ("two", 2)):
        torch.manual_seed(seed)
        adapter = with_adapters(load(), rank=2, init_lora_weights=False)
        adapter.save_pretrained(tmp_path / name, save_embedding_layers=False)
        merged[name] = adapter.merge_and_unload().state_dict()
    weights = {"one": 0.7, "two": -0.25}
    base = load()
    expected = {
        name: value + sum(weight * (merged[each][name] - value) for each, weight in weights.items())
        for name, value in base.state_dict().items()
    }
    mixed = load()
    add_adapters(mixed, {str(tmp_path / name): weight for name, weight in weights.items()})
    base.load_state_dict(expected)
    torch.testing.assert_close(logits(mixed), logits(base), atol=1e-5, rtol=1e-4)


def test_an_adapter_names_the_shipped_model_not_its_place(tmp_path, offline):
    load = BeingM0ForConditionalGeneration.from_pretrained
    adapter = with_adapters(load("being-m0-mini"), rank=1, init_lora_weights=False)
    adapter.save_pretrained(tmp_path, save_embedding_layers=False)
    assert json.loads((tmp_path / "adapter_config.json").read_text())["base_model_name_or_path"] == "being-m0-mini"
    found = AutoPeftModel.from_pretrained(tmp_path, import_allowlist=["being_m0_hf"])
    torch.testing.assert_close(logits(found), logits(adapter))
