"""Packing a checkpoint: small, whole, the same motions, and never with a tokenizer whose codes mean something else."""

import json
import shutil

import pytest
import torch
from safetensors import safe_open
from scripts import run_script
from tiny_models import tiny_encoder, tiny_model, tiny_motion_tokenizer, tiny_processor

from being_m0_hf import load_pipeline
from being_m0_hf.models import BeingM0ForConditionalGeneration, MotionTokenizerModel
from being_m0_hf.pipelines.takes.written_takes import TAKES_FILE, WrittenTakes
from being_m0_hf.trainers import pack_checkpoint as packing
from being_m0_hf.trainers.pack_checkpoint import pack_checkpoint


@pytest.fixture(scope="module")
def parts(tmp_path_factory):
    """A training folder, a tokenizer with another decoder, one with another encoder, and a ranker."""
    folder = tmp_path_factory.mktemp("parts")
    tiny_model().save_pretrained(folder / "lm")
    tiny_processor().save_pretrained(folder / "lm")
    (folder / "lm" / "checkpoint").mkdir()
    (folder / "lm" / "checkpoint" / "optimizer.safetensors").write_bytes(b"x")
    (folder / "lm" / "train_codes.safetensors").write_bytes(b"recordings")
    (folder / "lm" / "actions.json").write_text('{"actions": {}}', encoding="utf-8")
    WrittenTakes().save(folder / "lm")
    same = tiny_motion_tokenizer()
    with torch.no_grad():
        for weight in same.decoder.parameters():
            weight.add_(0.01)
    same.save_pretrained(folder / "decoder")
    tiny_motion_tokenizer(seed=5).save_pretrained(folder / "encoder")
    tiny_encoder().save_pretrained(folder / "ranker")
    return folder


def test_a_packed_checkpoint_is_whole_and_small(parts, tmp_path):
    out = tmp_path / "out" / "mini"
    pack_checkpoint(parts / "lm", out, str(parts / "decoder"), parts / "ranker")
    names = {file.relative_to(out).as_posix() for file in out.rglob("*") if file.is_file()}
    assert names >= {"config.json", "model.safetensors", "tokenizer.json", "processor_config.json", "actions.json"}
    assert "ranker/model.safetensors" in names
    assert not any(name.endswith(".py") or "checkpoint" in name or "codes" in name for name in names)
    assert (out / TAKES_FILE).read_bytes() == (parts / "lm" / TAKES_FILE).read_bytes()
    assert [path.name for path in out.parent.iterdir()] == ["mini"]

    with safe_open(out / "model.safetensors", "pt") as file:
        kinds = {name.partition(".")[0]: file.get_slice(name).get_dtype() for name in file.keys()}
        tied = [name for name in file.keys() if "lm_head" in name]
    assert kinds == {"backbone": "F16", "motion_tokenizer": "F32"} and not tied

    packed, before = (BeingM0ForConditionalGeneration.from_pretrained(each) for each in (out, parts / "lm"))
    assert {weight.dtype for weight in packed.parameters()} == {torch.float32}
    config = (out / "config.json").read_text()
    assert json.loads(config)["dtype"] == "float32" and str(parts) not in config
    for name, weight in before.backbone.state_dict().items():
        assert torch.equal(packed.backbone.state_dict()[name], weight.half().float()), name
    new = MotionTokenizerModel.from_pretrained(parts / "decoder").state_dict()
    assert all(torch.equal(weight, new[name]) for name, weight in packed.motion_tokenizer.state_dict().items())

    pipeline = load_pipeline(out)
    assert pipeline.ranker is not None
    assert pipeline("a person walks", seconds=1, seed=1).num_frames == 20


def test_what_is_not_replaced_is_kept(parts, tmp_path):
    lm = shutil.copytree(parts / "lm", tmp_path / "lm")
    shutil.copytree(parts / "ranker", lm / "ranker")
    pack_checkpoint(lm, tmp_path / "out")
    assert (tmp_path / "out" / TAKES_FILE).read_bytes() == (parts / "lm" / TAKES_FILE).read_bytes()
    ours, kept = lm / "ranker" / "model.safetensors", tmp_path / "out" / "ranker" / "model.safetensors"
    assert kept.read_bytes() == ours.read_bytes()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["lm", "--tokenizer", "encoder"], "has another encoder than the language model was trained with"),
        (["lm", "--tokenizer", "nothing"], "nothing"),
        (["lm", "--ranker", "decoder"], "is no ranker"),
        (["ranker"], "is no language model"),
    ],
)
def test_what_does_not_fit_is_one_line_and_nothing_is_written(parts, tmp_path, capsys, words, message):
    folders = [word if word.startswith("--") else str(parts / word) for word in words]
    assert run_script("training/pack_checkpoint.py", *folders, "--out", str(tmp_path / "out")) == 2
    error = capsys.readouterr().err
    assert message in error.splitlines()[-1] and "Traceback" not in error
    assert list(tmp_path.iterdir()) == []


def test_a_folder_with_something_in_it_stays_as_it_is(parts, tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(ValueError, match="is not empty"):
        pack_checkpoint(parts / "lm", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_weights_too_large_for_16_bits_are_refused(parts):
    model = BeingM0ForConditionalGeneration.from_pretrained(parts / "lm")
    with torch.no_grad():
        next(model.backbone.parameters())[0, 0] = 1e5
    with pytest.raises(ValueError, match="too large for 16 bits"):
        packing.half_backbone(model)
