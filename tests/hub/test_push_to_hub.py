"""`push_to_hub` of the classes: what a folder gives is what arrives, and no empty card."""

import json
import shutil

import pytest
import torch
from huggingface_hub import ModelCard
from tiny_models import tiny_encoder, tiny_model, tiny_motion_tokenizer, tiny_processor
from transformers import LlamaConfig, LlamaForCausalLM

from being_m0_hf import BeingM0ForConditionalGeneration, BeingM0Processor, MotionPipeline, load_pipeline
from being_m0_hf.models import MotionTokenizerModel
from being_m0_hf.models.text_motion_evaluator import TextMotionEncoder

pytestmark = pytest.mark.slow

CARD = "---\nlicense: cc-by-nc-4.0\n---\n# tiny\n\nMy words.\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models") / "tiny"
    MotionPipeline(tiny_model(), tiny_processor(), tiny_encoder()).save_pretrained(folder)
    (folder / "README.md").write_text(CARD)
    (folder / "LICENSE").write_text("mine")
    return folder


def motion_of(name):
    return load_pipeline(name)("a person walks", seconds=1, seed=5).rotations


def test_a_model_takes_its_processor_and_its_ranker_along(hub, folder):
    BeingM0ForConditionalGeneration.from_pretrained(folder).push_to_hub("ann/tiny", private=True)
    arrived = hub.files("ann/tiny")
    assert {"ranker/model.safetensors", "processor_config.json", "modeling_being_m0.py"} <= arrived.keys()
    assert hub.repository("ann/tiny").private
    assert torch.equal(motion_of("ann/tiny"), motion_of(folder))
    card = ModelCard(arrived["README.md"].decode())
    assert card.data.license == "cc-by-nc-4.0" and 'load_pipeline("ann/tiny")' in card.text
    assert "More Information Needed" not in card.text and "My words." not in card.text


def test_a_changed_processor_is_not_overwritten_by_the_models_old_one(hub, folder):
    processor = BeingM0Processor.from_pretrained(folder)
    processor.tokenizer.model_max_length = 77
    processor.push_to_hub("ann/tiny")
    card = hub.files("ann/tiny")["README.md"].decode()
    assert "processor" in card and "cc-by-nc-4.0" in card
    before = hub.files("ann/tiny")["tokenizer_config.json"]
    BeingM0ForConditionalGeneration.from_pretrained(folder).push_to_hub("ann/tiny")
    assert hub.files("ann/tiny")["tokenizer_config.json"] == before
    assert "load_pipeline" in hub.files("ann/tiny")["README.md"].decode()
    load_pipeline("ann/tiny")


def test_a_card_that_is_there_stays(hub, folder):
    load_pipeline(folder).push_to_hub("ann/tiny")
    own = hub.repository("ann/tiny")
    words = b"---\nlicense: mit\n---\n# I wrote this on the Hub\n"
    files = dict(own.files())
    files["README.md"] = type(files["config.json"])(words)
    own.commit("main", files, "card")
    load_pipeline(folder).push_to_hub("ann/tiny")
    assert hub.files("ann/tiny")["README.md"] == words


def test_a_new_model_has_a_card_that_says_what_is_unknown(hub):
    tiny_model().push_to_hub("tiny")
    card = ModelCard(hub.files("ann/tiny")["README.md"].decode())
    assert card.data.license == "unknown" and "stated" in card.text


def test_save_pretrained_pushes_as_well(hub, tmp_path):
    tiny_motion_tokenizer().save_pretrained(tmp_path / "codes", push_to_hub=True, repo_id="studio/codes")
    assert "MotionTokenizerModel" in hub.files("studio/codes")["README.md"].decode()
    loaded = MotionTokenizerModel.from_pretrained("studio/codes")
    assert torch.equal(loaded.feature_std, tiny_motion_tokenizer().feature_std)


def test_an_evaluator_is_its_model_and_its_tokenizer(hub, folder, tmp_path):
    shutil.copytree(folder / "ranker", tmp_path / "evaluator")
    encoder = TextMotionEncoder.from_pretrained(tmp_path / "evaluator")
    encoder.push_to_hub("ann/whole")
    encoder.model.push_to_hub("ann/model-only")
    for name in ("ann/whole", "ann/model-only"):
        assert torch.equal(TextMotionEncoder.from_pretrained(name).texts(["walk"]), encoder.texts(["walk"]))
        assert "TextMotionEncoder" in hub.files(name)["README.md"].decode()


def test_where_a_backbone_lay_is_not_saved(hub, tmp_path, monkeypatch):
    """It was in config.json for good, however often the model was saved again."""
    config = LlamaConfig(
        vocab_size=300, hidden_size=32, intermediate_size=48, num_hidden_layers=1, num_attention_heads=2
    )
    LlamaForCausalLM(config).save_pretrained(tmp_path / "text")
    tiny_motion_tokenizer().save_pretrained(tmp_path / "codes")
    codes = MotionTokenizerModel.from_pretrained(tmp_path / "codes")
    for name in (tmp_path / "text", "text"):
        monkeypatch.chdir(tmp_path)
        model = BeingM0ForConditionalGeneration.from_text_model(name, codes, text_vocab_size=280)
        model.save_pretrained(tmp_path / "own")
        config = json.loads((tmp_path / "own" / "config.json").read_text())
        assert config["backbone_config"].get("_name_or_path", "") == ""
        assert str(tmp_path) not in str(config)
    # a checkpoint of before is clean once it is saved again
    config["backbone_config"]["_name_or_path"] = str(tmp_path / "text")
    (tmp_path / "own" / "config.json").write_text(json.dumps(config))
    BeingM0ForConditionalGeneration.from_pretrained(tmp_path / "own").push_to_hub("ann/own")
    assert str(tmp_path).encode() not in hub.files("ann/own")["config.json"]


def test_a_text_that_tells_of_the_machine_is_not_pushed(hub, folder):
    model = BeingM0ForConditionalGeneration.from_pretrained(folder)
    model.generation_config.assistant = "/home/ann/assistant"
    with pytest.raises(ValueError, match="generation_config.json must not leave this machine"):
        model.push_to_hub("ann/tiny")
    assert ("model", "ann/tiny") not in hub.store.repositories
