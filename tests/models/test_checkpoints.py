"""Checkpoints: found by name through every door, refused in one line when something is wrong with them."""

import json
import shutil

import pytest
import torch
import transformers
from safetensors.torch import load_file, save_file
from tiny_models import tiny_encoder, tiny_model, tiny_processor

from being_m0_hf import load_pipeline
from being_m0_hf.models import (
    BeingM0Config,
    BeingM0ForConditionalGeneration,
    BeingM0Processor,
    HumMussConfig,
    HumMussForPoseLifting,
    MotionTokenizerConfig,
    MotionTokenizerModel,
    TextMotionEvaluatorConfig,
    TextMotionEvaluatorModel,
)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A tiny checkpoint with everything in it, a ranker too."""
    folder = tmp_path_factory.mktemp("whole")
    tiny_model().save_pretrained(folder)
    tiny_processor().save_pretrained(folder)
    tiny_encoder().save_pretrained(folder / "ranker")
    return folder


@pytest.fixture
def checkpoint(whole, tmp_path):
    return shutil.copytree(whole, tmp_path / "checkpoint")


# --- names that ship


@pytest.fixture
def no_network(monkeypatch):
    import socket

    def refuse(*arguments, **options):
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.mark.parametrize(
    ("door", "name", "kind"),
    [
        (transformers.AutoConfig, "being-m0-mini", BeingM0Config),
        (transformers.AutoProcessor, "being-m0-mini", BeingM0Processor),
        (transformers.AutoModel, "being-m0-mini", BeingM0ForConditionalGeneration),
        (transformers.AutoModelForCausalLM, "being-m0-mini", BeingM0ForConditionalGeneration),
        (transformers.AutoTokenizer, "being-m0-mini", transformers.PreTrainedTokenizerFast),
        (transformers.PreTrainedTokenizerFast, "being-m0-mini", transformers.PreTrainedTokenizerFast),
        (transformers.AutoConfig, "being-m0-evaluator", TextMotionEvaluatorConfig),
        (transformers.AutoModel, "being-m0-evaluator", TextMotionEvaluatorModel),
        (transformers.AutoTokenizer, "being-m0-evaluator", transformers.PreTrainedTokenizerFast),
        (BeingM0Config, "being-m0-mini", BeingM0Config),
        (BeingM0Processor, "being-m0-mini", BeingM0Processor),
        (MotionTokenizerConfig, "being-m0-mini", MotionTokenizerConfig),
        (MotionTokenizerModel, "being-m0-mini", MotionTokenizerModel),
        (TextMotionEvaluatorConfig, "being-m0-evaluator", TextMotionEvaluatorConfig),
        (transformers.AutoConfig, "hummuss-mini", HumMussConfig),
        (transformers.AutoModel, "hummuss-mini-causal", HumMussForPoseLifting),
        (HumMussForPoseLifting, "hummuss-mini", HumMussForPoseLifting),
    ],
)
@pytest.mark.parametrize("options", [{}, {"trust_remote_code": True}], ids=["", "trusting"])
def test_every_door_knows_the_shipped_names(door, name, kind, options, no_network):
    assert isinstance(door.from_pretrained(name, **options), kind)


def test_motion_tokenizer_out_of_a_language_model_is_the_same(whole):
    alone = MotionTokenizerModel.from_pretrained(whole)
    inside = BeingM0ForConditionalGeneration.from_pretrained(whole).motion_tokenizer
    for left, right in zip(alone.state_dict().values(), inside.state_dict().values(), strict=True):
        assert torch.equal(left, right)


# --- weights


def renamed(weights):
    return {f"other.{name}": tensor for name, tensor in weights.items()}


def without_a_layer(weights):
    return {name: tensor for name, tensor in weights.items() if ".layers.1." not in name}


def without_the_tokenizer(weights):
    return {name: tensor for name, tensor in weights.items() if not name.startswith("motion_tokenizer")}


def with_one_more(weights):
    return weights | {"backbone.model.layers.2.mlp.up_proj.weight": torch.zeros(48, 32)}


def of_another_size(weights):
    return weights | {"backbone.model.norm.weight": torch.zeros(33)}


DOORS = [load_pipeline, BeingM0ForConditionalGeneration.from_pretrained, transformers.AutoModel.from_pretrained]


@pytest.mark.parametrize("damage", [renamed, without_a_layer, without_the_tokenizer, with_one_more, of_another_size])
@pytest.mark.parametrize("door", DOORS, ids=["pipeline", "class", "auto"])
def test_weights_that_do_not_fit_are_refused(checkpoint, damage, door):
    file = checkpoint / "model.safetensors"
    save_file(damage(load_file(file)), file, metadata={"format": "pt"})
    with pytest.raises((ValueError, RuntimeError), match=r"missing|left over|another size|mismatch"):
        door(checkpoint)


def test_message_names_the_folder_and_the_weights(checkpoint):
    file = checkpoint / "model.safetensors"
    save_file(without_a_layer(load_file(file)), file, metadata={"format": "pt"})
    with pytest.raises(ValueError, match=r"checkpoint.*layers\.1\..*and \d+ more missing") as caught:
        load_pipeline(checkpoint)
    assert "\n" not in str(caught.value)


def test_other_number_of_layers_is_refused(checkpoint):
    config = json.loads((checkpoint / "config.json").read_text())
    for layers in (1, 3):
        config["backbone_config"]["num_hidden_layers"] = layers
        config["backbone_config"].pop("layer_types", None)
        (checkpoint / "config.json").write_text(json.dumps(config))
        with pytest.raises(ValueError, match="missing|left over"):
            load_pipeline(checkpoint)


def test_ranker_with_other_weights_is_refused(checkpoint):
    shutil.copy(checkpoint / "model.safetensors", checkpoint / "ranker" / "model.safetensors")
    with pytest.raises(ValueError, match=r"ranker.*missing"):
        load_pipeline(checkpoint)
    with pytest.raises(ValueError, match="missing"):
        TextMotionEvaluatorModel.from_pretrained(checkpoint / "ranker")


@pytest.mark.parametrize("name", ["pytorch_model.bin", "model.pt"])
def test_pickled_weights_are_refused_unopened(checkpoint, name):
    (checkpoint / "model.safetensors").rename(checkpoint / name)
    for door in DOORS:
        with pytest.raises(ValueError, match=f"{name} is a pickle") as caught:
            door(checkpoint)
        assert "\n" not in str(caught.value)


# --- damaged settings


CONFIG_DAMAGE = {
    "not json": lambda text: text[: len(text) // 2],
    "empty": lambda text: "",
    "a list": lambda text: "[1, 2]",
    "null": lambda text: "null",
    "binary": lambda text: "\x00\x01\x02",
    "no backbone": lambda text: changed(text, backbone_config=None),
    "backbone a list": lambda text: changed(text, backbone_config=[1]),
    "unknown backbone": lambda text: changed(text, backbone_config={"model_type": "nonsense"}),
    "words below zero": lambda text: changed(text, text_vocab_size=-5),
    "words a string": lambda text: changed(text, text_vocab_size="many"),
    "words huge": lambda text: changed(text, text_vocab_size=10**12),
    "steps zero": lambda text: changed(text, max_steps=0),
    "steps a float": lambda text: changed(text, max_steps=1.5),
    "steps huge": lambda text: changed(text, max_steps=10**12),
    "steps other": lambda text: changed(text, max_steps=13),
    "heads zero": lambda text: changed_backbone(text, num_attention_heads=0),
    "heads odd": lambda text: changed_backbone(text, num_attention_heads=5),
    "width zero": lambda text: changed_backbone(text, hidden_size=0),
    "width a string": lambda text: changed_backbone(text, hidden_size="wide"),
    "layers below zero": lambda text: changed_backbone(text, num_hidden_layers=-1),
    "activation unknown": lambda text: changed_backbone(text, hidden_act="nonsense"),
    "bits huge": lambda text: changed_tokenizer(text, codebook_bits=60),
    "quantizer unknown": lambda text: changed_tokenizer(text, quantizer="nonsense"),
    "parts gone": lambda text: changed_tokenizer(text, part_names=[], part_columns=[]),
    "tokenizer a number": lambda text: changed(text, motion_tokenizer_config=7),
    "dtype unknown": lambda text: changed(text, dtype="nonsense"),
}


def changed(text, **fields):
    return json.dumps(json.loads(text) | fields)


def changed_backbone(text, **fields):
    return changed(text, backbone_config=json.loads(text)["backbone_config"] | fields)


def changed_tokenizer(text, **fields):
    return changed(text, motion_tokenizer_config=json.loads(text)["motion_tokenizer_config"] | fields)


@pytest.mark.parametrize("damage", CONFIG_DAMAGE)
def test_damaged_configuration_is_one_line(checkpoint, damage):
    file = checkpoint / "config.json"
    file.write_text(CONFIG_DAMAGE[damage](file.read_text()))
    refused_in_one_line(checkpoint)


FILE_DAMAGE = {"cut": lambda data: data[: len(data) // 2], "empty": lambda data: b"", "zeros": lambda data: bytes(99),
               "a list": lambda data: b"[]", "a dictionary": lambda data: b"{}"}  # fmt: skip


@pytest.mark.parametrize("damage", FILE_DAMAGE)
@pytest.mark.parametrize(
    "name",
    ["tokenizer.json", "processor_config.json", "model.safetensors", "ranker/tokenizer.json", "ranker/config.json"],
)
def test_damaged_file_is_one_line(checkpoint, name, damage):
    file = checkpoint / name
    file.write_bytes(FILE_DAMAGE[damage](file.read_bytes()))
    refused_in_one_line(checkpoint)


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "processor_config.json", "model.safetensors"])
def test_missing_file_is_one_line(checkpoint, name):
    (checkpoint / name).unlink()
    refused_in_one_line(checkpoint)


def refused_in_one_line(checkpoint):
    with pytest.raises((ValueError, FileNotFoundError)) as caught:
        load_pipeline(checkpoint)
    message = str(caught.value)
    assert str(checkpoint) in message
    assert "\n" not in message and len(message) < 600
