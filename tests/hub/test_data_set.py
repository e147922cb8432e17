"""A data set on the Hub: built from files, pushed, streamed; nothing of the machine in it."""

import shutil

import pyarrow.parquet as pq
import pytest

from being_m0_hf import MotionStream
from being_m0_hf.cli.main import main
from being_m0_hf.hub import plan_push
from being_m0_hf.io import save_motion
from being_m0_hf.utils.machine_traces import machine_trace

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def data_set(tmp_path_factory, make_motion):
    """Two takes, and a file that cannot be read."""
    root = tmp_path_factory.mktemp("annette-recordings")
    (root / "takes").mkdir()
    for name, seed in (("walk", 1), ("wave", 2)):
        save_motion(make_motion(60, seed=seed), root / "takes" / f"{name}.bvh")
    (root / "takes" / "broken.bvh").write_text("HIERARCHY\nROOT")
    folder = root / "my-moves"
    words = [str(root / "takes"), "-o", str(folder), "--wordings", "1", "--processes", "1", "--licence", "CC0 1.0"]
    assert main(["data", "build", *words]) == 0
    return folder


def test_it_arrives_and_streams(hub, data_set, tmp_path, capsys):
    folder = shutil.copytree(data_set, tmp_path / "my-moves")
    (folder / "data" / "codes.safetensors").write_bytes(b"codes")
    (folder / "work").mkdir()
    assert main(["data", "push", str(folder), "ann/moves", "--private"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == f"{hub.url}/datasets/ann/moves"
    arrived = hub.files("ann/moves", "dataset")
    assert {"README.md", "stats.json", "report.json"} < arrived.keys()
    assert all(path.endswith(".parquet") for path in arrived if path.startswith("data/"))
    assert b'load_dataset("ann/moves"' in arrived["README.md"] and b"license: cc0-1.0" in arrived["README.md"]
    assert 'load_dataset("my-moves"' in (folder / "README.md").read_text()
    split = next(path for path in arrived if path.startswith("data/")).split("/")[1].split("-")[0]
    assert len(list(MotionStream("ann/moves", split=split))) == len(list(MotionStream(str(folder), split=split)))


def test_shards_of_an_earlier_push_go(hub, data_set):
    assert main(["push", str(data_set), "ann/moves"]) == 0
    repository = hub.repository("ann/moves", "dataset")
    files = dict(repository.files())
    stale, kept = "data/train-00001-of-00002.parquet", "data/notes.txt"
    files |= {stale: files["stats.json"], kept: files["stats.json"]}
    repository.commit("main", files, "by hand")
    assert main(["push", str(data_set), "ann/moves"]) == 0
    assert stale not in hub.files("ann/moves", "dataset") and kept in hub.files("ann/moves", "dataset")


def test_nothing_of_the_machine_is_in_it(hub, data_set):
    for file in plan_push(data_set, "ann/moves").files:
        if file.path.endswith(".parquet"):
            text = str(pq.read_table(file.content).drop_columns(["rotations", "translation"]).to_pylist())
        else:
            text = file.read().decode()
        assert machine_trace(text, data_set) is None, file.path
        assert "annette" not in text


def test_only_data_sets_by_data_push(hub, data_set, tmp_path, capsys):
    (tmp_path / "app.py").write_text("")
    (tmp_path / "README.md").write_text("---\nsdk: gradio\n---\n# page\n")
    assert main(["data", "push", str(tmp_path), "ann/page"]) == 2
    assert "is no data set; being-m0 push publishes a Space" in capsys.readouterr().err
    assert main(["push", str(data_set), "ann/moves", "--report", str(tmp_path)]) == 2
    assert "are for models and adapters" in capsys.readouterr().err
