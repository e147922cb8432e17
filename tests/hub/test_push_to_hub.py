"""`push_to_hub` of the classes: what a folder gives is what arrives, and no empty card."""

import shutil

import pytest
import torch
from huggingface_hub import ModelCard
from tiny_models import tiny_encoder, tiny_model, tiny_motion_tokenizer, tiny_processor

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
