"""``being-m0 generate --timeline``: a file of lines in, a motion file out; what makes no sense is one line."""

import pytest
from tiny_models import tiny_model, tiny_processor

from being_m0_hf.cli.main import main
from being_m0_hf.io import load_motion


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory) -> str:
    folder = tmp_path_factory.mktemp("checkpoint")
    tiny_model().save_pretrained(folder)
    tiny_processor().save_pretrained(folder)
    return str(folder)


@pytest.fixture
def command(checkpoint, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "day.txt").write_text("walks # 0 # 1.4\nwaves # 0.4 # 1 # left arm\n")
    (tmp_path / "odd.txt").write_text("walks # 0 # 1.4\nwaves # 0.4\n")
    (tmp_path / "latin.txt").write_bytes(b"caf\xe9 # 0 # 1\n")
    return lambda *words: main(["generate", *words, "--model", checkpoint])


def test_a_timeline_becomes_a_motion_file(command, capsys):
    assert command("--timeline", "day.txt", "-o", "day.npz") == 0
    assert capsys.readouterr().out.strip() == "day.npz"
    assert load_motion("day.npz").num_frames == 28


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--timeline", "odd.txt"], "odd.txt, line 2: expected text # start # end"),
        (["--timeline", "latin.txt"], "latin.txt is no UTF-8 text at byte 4"),
        (["--timeline", "none.txt"], "there is no file none.txt"),
        (["walks", "--timeline", "day.txt"], "PROMPT makes no sense beside --timeline; write it into day.txt"),
        (["--timeline", "day.txt", "--seconds", "3"], "--seconds makes no sense beside --timeline"),
        (["--timeline", "day.txt", "--part", "left arm=waves"], "--part makes no sense beside --timeline"),
        (["--timeline", "day.txt", "--samples", "2"], "--samples makes no sense beside --timeline"),
    ],
)
def test_what_makes_no_sense_is_one_line(command, capsys, words, message):
    assert command(*words) == 2
    told = capsys.readouterr().err
    assert message in told and told.count("\n") == 1
