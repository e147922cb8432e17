"""The scripts of examples/ run: with a model of random weights, a made-up recording, a data set of two clips."""

import pytest
from foreign_files import foreign_bvh
from scripts import ROOT, run_script
from tiny_models import tiny_model, tiny_processor

from being_m0_hf.io import load_motion
from being_m0_hf.motionlib.schema import Clip, clip_to_row
from being_m0_hf.motionlib.shards import ShardWriter


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> str:
    folder = tmp_path_factory.mktemp("model")
    tiny_model(max_steps=20).save_pretrained(folder)
    tiny_processor(max_steps=20).save_pretrained(folder)
    return str(folder)


@pytest.fixture(autouse=True)
def empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_no_example_is_forgotten():
    tested = {name.removeprefix("test_") for name in globals() if name.startswith("test_")}
    assert {path.stem for path in (ROOT / "examples").glob("*.py")} <= tested


def test_generate(model, tmp_path):
    assert run_script("examples/generate.py", model) == 0
    assert (tmp_path / "wave.glb").read_bytes()[:4] == b"glTF"
    assert {path.name for path in tmp_path.iterdir()} == {"wave.glb", "run.glb", "wave.png", "run.png"}


def test_part_texts(model, capsys):
    assert run_script("examples/part_texts.py", model) == 0
    moved = {line.split()[0]: float(line.split()[2]) for line in capsys.readouterr().out.splitlines()}
    assert moved["right_wrist"] == moved["left_ankle"] == 0.0  # random weights may not even hear the left arm's text


def test_own_recording(tmp_path, make_motion, capsys):
    (tmp_path / "walk.bvh").write_text(foreign_bvh(make_motion(60)))
    assert run_script("examples/own_recording.py", "walk.bvh") == 0
    assert load_motion(tmp_path / "recording.npz").num_frames == 60
    assert len(capsys.readouterr().out.splitlines()) == 3


def test_stream_data_set(tmp_path, make_motion, capsys):
    with ShardWriter(tmp_path / "my-motions", "train") as writer:
        for seed in range(2):
            writer.append(clip_to_row(Clip(str(seed), make_motion(40, seed), "recordings", body=("a person moves",))))
    assert run_script("examples/stream_data_set.py", "my-motions") == 0
    assert "'features': (2, 40, 135)" in capsys.readouterr().out
