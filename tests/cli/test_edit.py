"""``being-m0 describe`` and ``being-m0 edit``: files in, words and files out, one line for what makes no sense."""

import pytest
import torch
from tiny_models import tiny_model, tiny_processor

from being_m0_hf.cli.main import main
from being_m0_hf.io import load_motion, save_motion


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory) -> str:
    folder = tmp_path_factory.mktemp("checkpoint")
    model = tiny_model(max_steps=20)
    model.config.tasks = ["text-to-motion", "motion-to-text", "fill"]
    model.save_pretrained(folder)
    tiny_processor(max_steps=20).save_pretrained(folder)
    return str(folder)


@pytest.fixture
def command(checkpoint, make_motion, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    save_motion(make_motion(40, seed=1), "walk.npz")
    return lambda *words: main([*words, "--model", checkpoint])


def test_describe_prints_a_sentence(command, capsys):
    assert command("describe", "walk.npz") == 0
    out = capsys.readouterr().out
    assert out.strip() and out.count("\n") == 1
    assert command("describe", "walk.npz", "--part", "left arm") == 0


@pytest.mark.parametrize(
    ("words", "frames"),
    [
        (["--from", "0.6", "--to", "1.2", "--text", "waves"], 40),
        (["--part", "left arm=waves"], 40),
        (["--part", "left arm", "--from", "1"], 40),
        (["--continue", "0.6", "--text", "waves"], 52),
    ],
)
def test_edit_writes_a_motion(command, capsys, words, frames):
    assert command("edit", "walk.npz", *words, "-o", "new.npz") == 0
    assert capsys.readouterr().out.strip() == "new.npz"
    own, new = load_motion("walk.npz"), load_motion("new.npz")
    assert new.num_frames == frames
    assert torch.allclose(new.rotations[:12], own.rotations[:12], atol=1e-5) or "--part" in words


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "say what to change"),
        (["--continue", "1", "--from", "1"], "give it without --from"),
        (["--from", "1", "--to", "9"], "no time of this motion"),
        (["--part", "tail"], "no body part 'tail'"),
        (["--part", "left arm=waves", "--part", "torso"], "--part torso has no text"),
        (["--from", "1", "-o", "new.xyz"], ".xyz"),
    ],
)
def test_what_makes_no_sense_is_one_line(command, capsys, words, message):
    assert command("edit", "walk.npz", *words) == 2
    error = capsys.readouterr().err.splitlines()[-1]
    assert message in error


def test_a_checkpoint_that_has_not_learned_it_says_so(make_motion, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    save_motion(make_motion(40, seed=1), "walk.npz")
    tiny_model().save_pretrained("plain")
    tiny_processor().save_pretrained("plain")
    assert main(["describe", "walk.npz", "--model", "plain"]) == 2
    assert "has not learned motion-to-text, only text-to-motion" in capsys.readouterr().err
