"""`being-m0 push`: what leaves a folder, and that it arrives."""

import pytest
from tiny_models import tiny_encoder, tiny_model, tiny_processor

from being_m0_hf import load_pipeline
from being_m0_hf.cli.main import main

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def model_folder(tmp_path_factory):
    """A model as training leaves it: with what must stay at home beside it."""
    folder = tmp_path_factory.mktemp("runs") / "my-model"
    tiny_model().save_pretrained(folder)
    tiny_processor().save_pretrained(folder)
    encoder = tiny_encoder()
    for part in (encoder.model, encoder.tokenizer):
        part.save_pretrained(folder / "ranker")
    (folder / "log.jsonl").write_text('{"step": 1}\n')
    (folder / "train_codes.safetensors").write_bytes(b"codes of recordings")
    (folder / "notes.py").write_text("secret = 1\n")
    (folder / "checkpoint").mkdir()
    (folder / "checkpoint" / "model.safetensors").write_bytes(b"weights in between")
    (folder / "checkpoint" / "optimizer.bin").write_bytes(b"optimizer")
    (folder / ".env").write_text("HF_TOKEN=hf_secret")
    return folder


def test_a_dry_run_lists_and_sends_nothing(hub, model_folder, capsys):
    assert main(["push", str(model_folder), "ann/my-model", "--dry-run"]) == 0
    said = capsys.readouterr().out
    assert "model.safetensors" in said and "ranker/config.json" in said and "modeling_being_m0.py" in said
    assert "kB" in said and "stays here: .env, checkpoint/, log.jsonl, notes.py, train_codes.safetensors" in said
    assert not hub.requests


def test_a_model_arrives_whole_and_alone(hub, model_folder, capsys):
    assert main(["push", str(model_folder), "ann/my-model"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == f"{hub.url}/ann/my-model"
    arrived = hub.files("ann/my-model")
    for path in ("model.safetensors", "processor_config.json", "generation_config.json", "ranker/model.safetensors"):
        assert arrived[path] == (model_folder / path).read_bytes()
    assert {"README.md", "modeling_being_m0.py"} <= arrived.keys()
    gone = ("notes.py", ".env", "log.jsonl")
    assert not [path for path in arrived if "checkpoint/" in path or "codes" in path or path in gone]
    assert not (model_folder / "README.md").exists()


def test_it_gives_the_same_motion_from_the_hub_and_offline(hub, model_folder, monkeypatch, capsys):
    assert main(["push", str(model_folder), "ann/my-model"]) == 0
    before = load_pipeline(model_folder)("a person walks", seconds=1, seed=3)
    fetched = load_pipeline("ann/my-model")
    assert fetched.ranker is not None
    assert (fetched("a person walks", seconds=1, seed=3).rotations == before.rotations).all()
    hub.fail("GET", "/", 0, times=1000)
    hub.fail("HEAD", "/", 0, times=1000)
    again = load_pipeline("ann/my-model")
    assert (again("a person walks", seconds=1, seed=3).rotations == before.rotations).all()


def test_what_ships_goes_by_its_name(hub, capsys):
    assert main(["push", "being-m0-mini", "ann/mini", "--dry-run"]) == 0
    said = capsys.readouterr().out
    assert "ranker/model.safetensors" in said and "modeling_being_m0.py" in said and "24.0 MB" in said
    assert main(["push", "being-m0-evaluator", "ann/evaluator"]) == 0
    card = hub.files("ann/evaluator")["README.md"].decode()
    assert 'from_pretrained("ann/evaluator")' in card and "--evaluator ann/evaluator" in card
    assert "being-m0 evaluate being-m0-mini" in card


def test_weights_in_several_files_and_those_of_an_earlier_push(hub, tmp_path):
    folder = tmp_path / "model"
    tiny_model().save_pretrained(folder, max_shard_size="60KB")
    tiny_processor().save_pretrained(folder)
    assert len(list(folder.glob("model-*-of-*.safetensors"))) > 1
    assert main(["push", str(folder), "ann/model"]) == 0
    assert "model.safetensors.index.json" in hub.files("ann/model")
    before = load_pipeline("ann/model")("a person walks", seconds=1).rotations
    for path in folder.glob("model*"):
        path.unlink()
    tiny_model().save_pretrained(folder)
    assert main(["push", str(folder), "ann/model"]) == 0
    assert [path for path in hub.files("ann/model") if path.startswith("model") and ".safetensors" in path] == [
        "model.safetensors"
    ]
    assert (load_pipeline("ann/model")("a person walks", seconds=1).rotations == before).all()
