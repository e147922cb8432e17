"""Lifters that are trained side by side: rows of a table, the same batches, as many steps for all."""

import json

import pytest
import torch
from moving_body import moving_body

from being_m0_hf.models import HumMussForPoseLifting
from being_m0_hf.models.hummuss import configuration_hummuss
from being_m0_hf.trainers.lifting.settings import LifterSettings
from being_m0_hf.trainers.lifting.shared_step import SharedStep
from being_m0_hf.trainers.lifting.side_by_side import SideBySide
from being_m0_hf.trainers.lifting.train import build_model
from being_m0_hf.training_data.lifting import track_of, write_tracks
from training.studies import compare_lifters

CPU = torch.device("cpu")


@pytest.fixture
def tracks(tmp_path, monkeypatch):
    small = {"hidden_size": 8, "num_blocks": 1, "state_size": 4, "representation_size": 8}
    monkeypatch.setitem(configuration_hummuss.SIZES, "hummuss-mini", small)
    path = tmp_path / "tracks.safetensors"
    names = ("cmu/01_01", "cmu/05_01", "cmu/07_01", "bandai/walk")
    write_tracks(path, [track_of(moving_body(60, seed=seed), name) for seed, name in enumerate(names)])
    return str(path)


def settings_of(tracks, **changes):
    values = {
        "tracks": tracks, "windows": [9], "batch_size": 27, "steps": 4, "reels": 0, "log_every": 1,
        "evaluate_clips": 1, "mixed_precision": "no",
    }  # fmt: skip
    return LifterSettings(**values | changes)


def batch_of(seed):
    generator = torch.Generator().manual_seed(seed)
    keypoints, labels = (torch.randn(3, 9, 17, 3, generator=generator) for _ in range(2))
    return {"keypoints": keypoints, "labels": labels, "frame_rate": torch.full((3,), 20.0)}


def test_a_shared_step_is_the_step_of_each(tracks):
    """A model learns the same alone and beside another one."""
    settings = [settings_of(tracks, seed=0), settings_of(tracks, seed=1, rival=True)]
    alone, beside, other = (build_model(settings[index]) for index in (0, 0, 1))
    first, both = SharedStep([alone], settings[:1]), SharedStep([beside, other], settings)
    for seed in range(2):
        for step, rates in ((first, [1e-2]), (both, [1e-2, 1e-3])):
            step.set_learning_rates(rates)
            step(batch_of(seed))
    assert float(first.losses[0]) == pytest.approx(float(both.losses[0]))
    for one, two in zip(alone.parameters(), beside.parameters(), strict=True):
        torch.testing.assert_close(one, two)
    bounded = [group for group in first.optimizers[0].param_groups if "highest_rate" in group]
    assert [group["lr"] for group in bounded] == [1e-3]


def test_rows_are_trained_on_the_same_batches_and_saved(tracks, tmp_path):
    runs = {
        "base-0": settings_of(tracks),
        "causal-0": settings_of(tracks, causal=True),
        "frames_27-0": settings_of(tracks, windows=[18]),
    }
    side = SideBySide(runs, tmp_path / "table", CPU)
    assert [names for names, _, _ in side.groups] == [["base-0", "causal-0"], ["frames_27-0"]]
    side.train()
    rows = [json.loads(line) for line in (tmp_path / "table" / "log.jsonl").read_text().splitlines()]
    assert side.step == 4 and set(rows[-1]["validation"]) == set(runs) == set(rows[0]["losses"])
    for name, settings in runs.items():
        model = HumMussForPoseLifting.from_pretrained(tmp_path / "table" / name)
        assert model.config.causal == settings.causal
        torch.testing.assert_close(model.head.weight, side.models[name].head.weight)


def test_a_model_that_is_lost_gets_its_good_weights_back(tracks, tmp_path):
    side = SideBySide({"base-0": settings_of(tracks, evaluate_clips=1)}, tmp_path / "table", CPU)
    model, (_, _, step) = side.models["base-0"], side.groups[0]
    side._steps(4)
    side._look(0.0)
    good = model.head.weight.detach().clone()
    with torch.no_grad():
        model.head.weight.fill_(float("nan"))
    side._look(1.0)
    torch.testing.assert_close(model.head.weight.detach(), good)
    assert all(not state["exp_avg"].any() for state in step.optimizers[0].state.values())
    assert "lost" in (tmp_path / "table" / "log.jsonl").read_text()


def test_the_command_trains_what_is_not_finished(tracks, tmp_path, capsys):
    folder = tmp_path / "rows"
    folder.mkdir()
    base = (
        "size: hummuss-mini\nwindows: [9]\nbatch_size: 27\nreels: 0\nsteps: 2\nvelocity_weight: 2\nevaluate_clips: 1\n"
    )
    (folder / "base.yaml").write_text(base)
    (folder / "paths_learned.yaml").write_text("path_aggregation: learned\n")
    (folder / "rival.yaml").write_text("rival: true\n")
    words = ["--config", "training/configs/lifters/all.yaml", "rows=[base, paths_learned, rival]", "device=cpu"]
    words += [f"tracks={tracks}", f"rows_dir={folder}", f"output_dir={tmp_path / 'study'}", "steps=1"]
    compare_lifters.main(words)
    config = json.loads((tmp_path / "study" / "paths_learned-0" / "config.json").read_text())
    assert config["path_aggregation"] == "learned" and config["velocity_weight"] == 2.0
    assert (
        json.loads((tmp_path / "study" / "rival-0" / "config.json").read_text())["model_type"] == "transformer_lifter"
    )
    capsys.readouterr()
    compare_lifters.main(words)
    assert "all rows are finished" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["rows=[nothing]"], "nothing.yaml"),
        (["rows=[base]", "device=cuda"], "device is cuda"),
        (["seconds=-1"], "seconds"),
    ],
)
def test_mistakes_are_one_line(tracks, tmp_path, capsys, words, said):
    if torch.cuda.is_available() and "device=cuda" in words:
        pytest.skip("there is one here")
    common = ["--config", "training/configs/lifters/all.yaml", f"tracks={tracks}", f"output_dir={tmp_path / 'study'}"]
    with pytest.raises(SystemExit) as stopped:
        compare_lifters.main([*common, *words])
    error = capsys.readouterr().err.strip()
    assert stopped.value.code == 2 and said in error and len(error.splitlines()) == 1


def test_every_row_of_the_folder_is_one(tracks):
    """Each file names settings that are, and says in its first line what it is."""
    study = compare_lifters.CompareSettings(tracks=tracks)
    files = sorted(compare_lifters.Path(study.rows_dir).glob("*.yaml"))
    assert len(files) == 14
    for file in files:
        assert file.read_text().startswith("# ")
        if file.stem != "all":
            assert compare_lifters.run_settings(study, file.stem, 1).seed == 1
