"""Damaged data sets: whatever was changed or lost is noticed, by the check and by whoever reads it."""

import json
import random
import shutil
from pathlib import Path

import numpy as np
import pytest

from being_m0_hf.cli.main import main
from being_m0_hf.io import save_motion
from being_m0_hf.motionlib.check import check_dataset
from being_m0_hf.motionlib.clips import find_clip, read_rows
from being_m0_hf.motionlib.stream import MotionStream

FLIPS = 60


@pytest.fixture(scope="module")
def built(make_motion, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("built")
    for seed in range(9):
        (folder / "in" / f"subject{seed % 3}").mkdir(parents=True, exist_ok=True)
        save_motion(make_motion(40, seed=seed), folder / "in" / f"subject{seed % 3}" / f"{seed}.npz")
    words = ["--processes", "1", "--wordings", "2", "--keep-all"]
    assert main(["data", "build", str(folder / "in"), "-o", str(folder / "set"), *words]) == 0
    return folder / "set"


@pytest.fixture
def dataset(built, tmp_path) -> Path:
    return Path(shutil.copytree(built, tmp_path / "set"))


def shard_of(dataset: Path, split: str = "train") -> Path:
    return dataset / "data" / f"{split}-00000-of-00001.parquet"


def streamed(dataset: Path, split: str = "train") -> list[dict]:
    stream = MotionStream(dataset, split, rank=0, world_size=1)
    return [{name: np.asarray(value).tolist() for name, value in row.items()} for row in stream]


def flipped(data: bytes, place: int, bit: int) -> bytes:
    return data[:place] + bytes([data[place] ^ (1 << bit)]) + data[place + 1 :]


def outcome(read, *arguments) -> object:
    """What is read, or "refused" where it is refused in one line."""
    try:
        return read(*arguments)
    except ValueError as error:
        assert "\n" not in str(error) and ".parquet" in str(error)
        return "refused"


def test_a_flipped_bit_is_noticed_or_changes_nothing(dataset):
    shard, chance = shard_of(dataset), random.Random(0)
    whole, rows = shard.read_bytes(), streamed(dataset)
    for _ in range(FLIPS):
        shard.write_bytes(flipped(whole, chance.randrange(len(whole)), chance.randrange(8)))
        assert outcome(streamed, dataset) in ("refused", rows)
        assert outcome(lambda: list(read_rows(dataset, ("train",)))) == "refused"
        assert check_dataset(dataset).problems
    shard.write_bytes(whole)
    assert streamed(dataset) == rows and not check_dataset(dataset).problems


def test_pages_notice_it_without_our_own_checksums(dataset):
    """As on the Hub, or in somebody else's set: what pages hold is covered, most of what says where they are is not."""
    shard, chance = shard_of(dataset), random.Random(0)
    (dataset / "stats.json").unlink()
    whole, rows = shard.read_bytes(), streamed(dataset)
    changed = 0
    for _ in range(FLIPS):
        shard.write_bytes(flipped(whole, chance.randrange(len(whole)), chance.randrange(8)))
        changed += outcome(streamed, dataset) not in ("refused", rows)
    assert changed <= 2


@pytest.mark.parametrize("share", [0.0, 0.3, 0.99])
def test_a_cut_shard_is_one_line(dataset, share, capsys):
    shard = shard_of(dataset)
    whole = shard.read_bytes()
    shard.write_bytes(whole[: int(share * len(whole))])
    assert outcome(streamed, dataset) == "refused"
    assert outcome(find_clip, dataset, "in/subject0/0.npz") == "refused"
    with pytest.raises(SystemExit):
        main(["data", "check", str(dataset)])
    assert "a shard is damaged" in capsys.readouterr().out


@pytest.mark.parametrize("split", ["train", "val", "test"])
def test_a_lost_shard_is_noticed(dataset, split):
    shard_of(dataset, split).unlink()
    said = "\n".join(check_dataset(dataset).lines())
    assert f"is missing: {split}-00000-of-00001.parquet" in said and f"there are 0: split {split}" in said


def test_a_shard_of_another_build_is_noticed(dataset):
    shutil.copy(shard_of(dataset, "val"), shard_of(dataset, "test"))
    said = "\n".join(check_dataset(dataset).lines())
    assert "test-00000-of-00001.parquet" in said
    with pytest.raises(ValueError, match="were written"):
        streamed(dataset, "test")


def test_rows_in_the_wrong_split_are_noticed(dataset):
    (dataset / "stats.json").unlink()
    shutil.copy(shard_of(dataset, "val"), shard_of(dataset, "test"))
    said = "\n".join(check_dataset(dataset).lines())
    assert "lies in a shard of test, but says val" in said and "stats.json" in said


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"clips": 3}', '{"clips": {"train": 1}, "shards": {"a": 1}}'])
def test_damaged_statistics_are_one_line(dataset, content, capsys):
    (dataset / "stats.json").write_text(content)
    with pytest.raises(SystemExit):
        main(["data", "check", str(dataset)])
    assert "stats.json" in capsys.readouterr().out
    assert main(["data", "stats", str(dataset)]) == 2
    error = capsys.readouterr().err
    assert "stats.json" in error and len(error.splitlines()) == 1


def test_statistics_of_before_are_read(dataset):
    """As they were before checksums were in them."""
    stats = json.loads((dataset / "stats.json").read_text())
    del stats["shards"]
    (dataset / "stats.json").write_text(json.dumps(stats))
    assert not check_dataset(dataset).problems and streamed(dataset)
