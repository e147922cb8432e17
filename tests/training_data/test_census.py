"""Census: what captions name, beside the seconds that show it."""

import gzip
import json

import pytest
import torch

from being_m0_hf.cli.main import main
from being_m0_hf.training_data.census import census
from being_m0_hf.training_data.feature_cache import CacheWriter


@pytest.fixture
def files(tmp_path):
    with gzip.open(tmp_path / "captions.jsonl.gz", "wt") as lines:
        for texts in (["a person waves", "he walks forward"], ["a man walks", "a woman juggles"]):
            lines.write(json.dumps({"captions": [{"text": text} for text in texts]}) + "\n")
    writer = CacheWriter(tmp_path / "cache", "train_samples")
    for kind, mirrored, text in (
        ("clip", False, "a person walks"), ("clip", True, "a person walks"), ("speed", False, "a person walks"),
        ("written", False, "a person juggles"),
    ):  # fmt: skip
        captions = [{"text": text, "weight": 0.97}, {"text": "a person waves", "weight": 0.03}]
        writer.add(torch.zeros(200, 135), id="x", kind=kind, mirrored=mirrored, captions=captions)
    writer.save()
    return tmp_path


def test_actions_are_counted_and_seconds_only_once(files):
    rows = census(["a person waves", "he walks forward", "a man walks"], [files / "cache"])
    assert [(row.action, row.asked, row.recorded, row.written) for row in rows] == [
        ("walk", 2, 10.0, 0.0),
        ("wave", 1, 0.0, 0.0),
    ]


def test_the_command_writes_a_table(files, capsys):
    captions, out = str(files / "captions.jsonl.gz"), files / "census.md"
    assert main(["data", "census", captions, "--data", str(files / "cache"), "-o", str(out)]) == 0
    text = out.read_text()
    assert "| walk | 2 | 10 | 0 |" in text and "| juggle | 1 | 0 | 10 |" in text and "| wave | 1 | 0 | 0 |" in text
    assert "4 captions name 3 actions 4 times. Of these mentions 75%" in text
    capsys.readouterr()
    assert main(["data", "census", captions, "--data", str(files)]) == 2
    assert "train_samples.jsonl is missing" in capsys.readouterr().err
