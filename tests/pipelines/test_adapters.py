"""Which adapters are meant, and what is said where one cannot be had."""

import json

import pytest
from tiny_models import tiny_encoder, tiny_model, tiny_processor

from being_m0_hf import load_pipeline
from being_m0_hf.pipelines.adapters import named_adapters
from being_m0_hf.pipelines.candidates import CANDIDATES, CandidateSampler
from being_m0_hf.pipelines.requests import MotionRequest


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("my-style", {"my-style": 1.0}),
        (["my-style:0.7", "you/other"], {"my-style": 0.7, "you/other": 1.0}),
        ({"my-style": -0.5}, {"my-style": -0.5}),
        ([r"C:\my-style", "a:b"], {r"C:\my-style": 1.0, "a:b": 1.0}),
        ((), {}),
    ],
)
def test_adapters_have_weights(given, meant):
    assert named_adapters(given) == meant


def test_an_adapter_given_twice_is_refused():
    with pytest.raises(ValueError, match="given twice"):
        named_adapters(["my-style", "my-style:0.5"])


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"base_model_name_or_path": "gone"}, "an adapter for gone, which is not here"),
        ({}, "does not say which model it is for"),
        (None, "not JSON"),
    ],
)
def test_an_adapter_without_its_base_is_one_line(config, message, tmp_path):
    (tmp_path / "adapter_config.json").write_text("{" if config is None else json.dumps(config))
    with pytest.raises((ValueError, FileNotFoundError), match=message):
        load_pipeline(tmp_path)


def test_a_folder_without_an_adapter_is_one_line(tmp_path):
    with pytest.raises((ValueError, FileNotFoundError), match="no adapter in"):
        load_pipeline("being-m0-mini", adapters=[tmp_path])


def test_only_sentences_of_a_style_are_drawn_once():
    processor = tiny_processor()
    sampler = CandidateSampler(tiny_model(), processor, tiny_encoder(), styles=("Giant style",))
    styled, plain = (MotionRequest(text, {}, steps=5, seed=0) for text in ("he walks, giant style", "he walks"))
    assert sampler.count(None, None, styled) == 1
    assert sampler.count(None, None, plain) == CANDIDATES
    assert sampler.count(3, None, styled) == 3
