"""``being-m0 lift``: keypoint files in, motion files out, one line for what makes no sense."""

import json

import pytest
from filmed_people import coco_people, mmpose_file

from being_m0_hf.cli.main import main
from being_m0_hf.io import load_motion
from being_m0_hf.models import HumMussConfig, HumMussForPoseLifting


@pytest.fixture(scope="module")
def lifter(tmp_path_factory) -> str:
    folder = tmp_path_factory.mktemp("lifter")
    sizes = {"hidden_size": 8, "num_blocks": 1, "state_size": 4, "representation_size": 8}
    HumMussForPoseLifting(HumMussConfig.named("hummuss-mini", **sizes)).save_pretrained(folder)
    return str(folder)


@pytest.fixture
def command(lifter, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "two.json").write_text(json.dumps(mmpose_file(coco_people(20, number=2))))
    return lambda *words: main(["lift", *words, "--model", lifter])


@pytest.mark.parametrize("suffix", ["bvh", "glb", "npz", "json"])
def test_every_format_is_written(command, capsys, suffix):
    assert command("two.json", "-o", f"one.{suffix}") == 0
    out, err = capsys.readouterr()
    assert out.strip() == f"one.{suffix}"
    assert "coco17, 2 people; guessed: 30 frames a second (--fps), a picture of" in err
    if suffix == "npz":
        assert load_motion("one.npz").num_frames == 20


def test_everyone_gets_a_file(command, capsys):
    assert command("two.json", "--everyone", "--fps", "25", "--size", "1280x720", "-o", "all.bvh") == 0
    out, err = capsys.readouterr()
    assert out.split() == ["all-1.bvh", "all-2.bvh"] and "guessed" not in err
    assert command("two.json", "--person", "2", "--in-place", "--tilt", "-5", "-o", "second.npz") == 0
    assert load_motion("second.npz").fps == 30


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["none.json"], "none.json: cannot be read"),
        (["two.json", "--person", "9"], "has no person '9'; it has"),
        (["two.json", "--person", "1", "--everyone"], "give one of them"),
        (["two.json", "--layout", "body25"], "people have 17 keypoints, body25 has 25"),
        (["two.json", "-o", "x.avi"], ".avi"),
        (["two.json", "--focal", "99"], "focal is 99"),
        (["two.json", "--size", "big"], "'big' is no size"),
        (["two.json", "--tilt", "nan"], "tilt is nan"),
    ],
)
def test_mistakes_are_one_line(command, capsys, words, message):
    try:
        code = command(*words)
    except SystemExit as end:
        code = end.code
    err = capsys.readouterr().err.strip().splitlines()[-1]
    assert code == 2 and message in err
