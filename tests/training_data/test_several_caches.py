"""Several training caches as one: shares, order, and what is refused."""

import pytest
import torch

from being_m0_hf.training_data.feature_cache import CacheWriter, MotionCache, balanced, open_caches


@pytest.fixture
def folders(tmp_path):
    """Two caches: three clips of which one is drawn twice as often, and two clips."""
    for name, weights in (("first", (1.0, 2.0, 1.0)), ("second", (1.0, 1.0))):
        writer = CacheWriter(tmp_path / name, "train_samples")
        for index, weight in enumerate(weights):
            writer.add(torch.full((5 + index, 135), float(index)), id=f"{name}/{index}", weight=weight)
        writer.save()
    return tmp_path


def test_a_row_comes_from_a_cache_as_often_as_its_share_says(folders):
    cache = open_caches(folders / "first", [f"{folders / 'second'}=0.3"], "train_samples")
    weights = {row["id"]: row["weight"] for row in cache.rows}
    assert sum(weights.values()) == pytest.approx(len(cache))
    second = sum(weight for name, weight in weights.items() if name.startswith("second"))
    assert second / sum(weights.values()) == pytest.approx(0.3)
    assert weights["first/1"] == pytest.approx(2 * weights["first/0"])


def test_sequences_of_all_caches_are_there_unchanged(folders):
    cache = open_caches(folders / "first", [f"{folders / 'second'}=0.3"], "train_samples")
    alone = [MotionCache(folders / name, "train_samples") for name in ("first", "second")]
    expected = [each[index] for each in alone for index in range(len(each))]
    assert len(cache) == 5
    for index, features in enumerate(expected):
        assert torch.equal(cache[index], features)


def test_one_cache_alone_stays_as_it_is(folders):
    assert open_caches(folders / "first", [], "train_samples").rows[1]["weight"] == 2.0


@pytest.mark.parametrize(
    "more, message",
    [
        (["second"], "expected folder=share"),
        (["second=much"], "expected folder=share"),
        (["second=1.5"], "between 0 and 1"),
        (["second=0.6", "second=0.4"], "leave 0 for"),
    ],
)
def test_shares_that_make_no_sense_are_one_line(folders, more, message):
    with pytest.raises(ValueError, match=message) as raised:
        open_caches(folders / "first", more, "train_samples")
    assert "\n" not in str(raised.value)


def test_a_missing_cache_is_named(folders):
    with pytest.raises(FileNotFoundError, match="third"):
        open_caches(folders / "first", [f"{folders / 'third'}=0.3"], "train_samples")


def drawn(rows):
    """Share of each category."""
    shares: dict[str, float] = {}
    for row in rows:
        shares[row["category"]] = shares.get(row["category"], 0.0) + row["weight"] / len(rows)
    return shares


def test_rare_categories_are_drawn_more_often():
    rows = [{"category": "walk", "weight": 1.0} for _ in range(8)] + [{"category": "punch", "weight": 1.0}] * 2
    assert drawn(balanced(rows, 0.0)) == pytest.approx({"walk": 0.8, "punch": 0.2})
    assert drawn(balanced(rows, 1.0)) == pytest.approx({"walk": 0.5, "punch": 0.5})
    assert drawn(balanced(rows, 0.5)) == pytest.approx({"walk": 2 / 3, "punch": 1 / 3})
    assert drawn(balanced(rows, 0.0, ["punch"])) == pytest.approx({"walk": 8 / 12, "punch": 4 / 12})


def test_balance_keeps_the_shares_of_the_caches(tmp_path):
    for name, categories in (("first", ("walk", "walk", "wave")), ("second", ("jump",))):
        writer = CacheWriter(tmp_path / name, "train_samples")
        for index, category in enumerate(categories):
            writer.add(torch.zeros(5, 135), id=f"{name}/{index}", category=category, weight=1.0)
        writer.save()
    cache = open_caches(tmp_path / "first", [f"{tmp_path / 'second'}=0.25"], "train_samples", balance=1.0)
    assert drawn(cache.rows) == pytest.approx({"walk": 0.375, "wave": 0.375, "jump": 0.25})
