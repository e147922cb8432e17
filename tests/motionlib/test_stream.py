"""Shards, the stream over them and the typed view: nothing lost, nothing twice, go on anywhere, faithful features."""

import random
from itertools import islice

import datasets
import fsspec
import numpy as np
import pyarrow.parquet as pq
import pytest
import torch
from datasets import Features, List, Value
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.utils.data import DataLoader

from being_m0_hf.motion import CANONICAL_SKELETON, MODEL_FPS, MotionError, Skeleton
from being_m0_hf.motion.batched_features import batched_d135, mirror_frames
from being_m0_hf.motionlib import shards
from being_m0_hf.motionlib import stream as stream_module
from being_m0_hf.motionlib.schema import Clip, TimedCaption, clip_to_row
from being_m0_hf.motionlib.shards import ShardWriter, list_shards
from being_m0_hf.motionlib.stream import MotionStream, _delivered
from being_m0_hf.motionlib.view import VIEW_COLUMNS, MotionLibDataset, MotionView, collate, with_features

NUMBERS = Features({"id": Value("int32"), "tokens": List(Value("int16"))})
NUM_ROWS = 103  # no multiple of the row group, the shard, or the number of readers
GROUP_ROWS = 4
FEATURE_LOSS = 2e-4  # int16 quaternions, and float32 sums in another order


def write_numbers(folder, rows: int = NUM_ROWS, split: str = "train") -> None:
    with ShardWriter(folder, split, rows_per_group=GROUP_ROWS, groups_per_shard=5, features=NUMBERS) as writer:
        for index in range(rows):
            writer.append({"id": index, "tokens": [index]})


@pytest.fixture(scope="module")
def numbers(tmp_path_factory):
    folder = tmp_path_factory.mktemp("numbers")
    write_numbers(folder)
    return folder


def number_stream(folder, **options) -> MotionStream:
    return MotionStream(folder, **{"rank": 0, "world_size": 1, "window": 3, **options})


def ids(items) -> list[int]:
    return [int(row["id"]) for row in items]


def keep_rows(rows: list[dict]) -> list[dict]:
    return rows


def loader(stream: MotionStream, workers: int, batch_size: int = 5, drop_last: bool = False) -> DataLoader:
    return DataLoader(stream, batch_size, num_workers=workers, collate_fn=keep_rows, drop_last=drop_last, in_order=True)


@pytest.fixture(scope="module")
def records(make_motion) -> list[Clip]:
    """Clips of several lengths, rates and sizes of body."""
    large = Skeleton(make_motion().skeleton.offsets * 1.2)
    motions = [
        make_motion(40, 0, fps=20.0),
        make_motion(61, 1, fps=30.0, turn=3.0),
        make_motion(200, 2, fps=120.0, speed=2.0),
        make_motion(4, 3, fps=60.0),
        make_motion(90, 4, fps=29.97).replace(skeleton=large),
    ]
    return [
        Clip(
            id=f"clip/{index}",
            motion=motion,
            source="formula",
            body=("a person raises the left hand", "someone turns clockwise"),
            parts={"left_arm": ("the left arm goes up", "it rises"), "torso": ("it leans to the right",)},
            timed=(TimedCaption("the right foot steps", 0.0, 0.5, "rules"),),
            labels={"content": "raise-left-hand"},
        )
        for index, motion in enumerate(motions)
    ]


@pytest.fixture(scope="module")
def clips(records, tmp_path_factory):
    folder = tmp_path_factory.mktemp("clips")
    with ShardWriter(folder, "train", rows_per_group=2, groups_per_shard=2) as writer:
        for record in records:
            writer.append(clip_to_row(record))
    return folder


# shards


def test_shards_hold_all_rows_in_small_groups_and_need_none_of_our_code(clips, records):
    files = [pq.ParquetFile(path) for path in list_shards(clips, "train")]
    assert [file.metadata.num_row_groups for file in files] == [2, 1]
    assert [path.rsplit("/")[-1] for path in list_shards(clips, "train")] == [
        "train-00000-of-00002.parquet",
        "train-00001-of-00002.parquet",
    ]
    rows = datasets.load_dataset(str(clips), split="train", streaming=True)
    assert [row["id"] for row in rows] == [record.id for record in records]


def test_a_failed_build_leaves_the_old_one_and_a_new_one_replaces_it(tmp_path):
    write_numbers(tmp_path, 90)
    with pytest.raises(RuntimeError), ShardWriter(tmp_path, "train", features=NUMBERS) as writer:
        writer.append({"id": 1, "tokens": []})
        raise RuntimeError
    assert number_stream(tmp_path).num_rows == 90
    (tmp_path / "data" / "train-00007.partial").write_bytes(b"of a build that was killed")
    write_numbers(tmp_path, 30)
    assert number_stream(tmp_path).num_rows == 30
    assert {path.suffix for path in (tmp_path / "data").iterdir()} == {".parquet"}


def test_incomplete_sets_are_refused(tmp_path):
    write_numbers(tmp_path)
    with pytest.raises(FileNotFoundError, match="split 'val'"):
        list_shards(tmp_path, "val")
    with pytest.raises(FileNotFoundError, match="neither a folder nor a Hub id"):
        list_shards(tmp_path / "elsewhere", "train")
    with pytest.raises(ValueError, match="no column steps; it has id, tokens"):
        number_stream(tmp_path, columns=["id", "steps"])
    first, second, *_ = list_shards(tmp_path, "train")
    with open(second, "r+b") as file:
        file.truncate(100)
    with pytest.raises(ValueError, match="cannot be read"):
        number_stream(tmp_path)
    (tmp_path / "data" / first).unlink()
    with pytest.raises(ValueError, match="names say"):
        list_shards(tmp_path, "train")


def test_a_set_on_the_hub_reads_like_a_folder(numbers, monkeypatch):
    hub = fsspec.filesystem("memory")
    hub.put(str(numbers / "data"), "/datasets/someone/walks@v1/data", recursive=True)
    monkeypatch.setattr(shards, "HfFileSystem", lambda: hub)
    # the stand-in's paths begin with a slash, the Hub's do not
    monkeypatch.setattr(hub, "glob", lambda path: [name.lstrip("/") for name in type(hub).glob(hub, path)])
    addresses = list_shards("someone/walks@v1", "train")
    assert addresses[0].startswith("hf://datasets/someone/walks@v1/data/train-00000-of-")
    assert ids(number_stream("someone/walks@v1")) == ids(number_stream(numbers))


# order


@settings(max_examples=15)
@given(
    world=st.integers(1, 5),
    workers=st.integers(1, 4),
    window=st.integers(1, 30),
    seed=st.integers(0, 1000),
    epoch=st.integers(0, 50),
)
def test_every_row_is_read_once_whatever_the_readers(numbers, world, workers, window, seed, epoch):
    found = []
    for rank in range(world):
        stream = number_stream(numbers, rank=rank, world_size=world, window=window, seed=seed)
        stream.set_epoch(epoch)
        with pytest.MonkeyPatch.context() as patch:
            for worker in range(workers):
                patch.setattr("being_m0_hf.motionlib.stream._this_worker", lambda worker=worker: (worker, workers))
                found += ids(stream)
    assert sorted(found) == list(range(NUM_ROWS))


def test_order_follows_from_seed_and_epoch(numbers):
    stream = number_stream(numbers)
    first = ids(stream)
    assert ids(stream) == first == ids(number_stream(numbers))
    stream.set_epoch(1)
    second = ids(stream)
    assert second != first and sorted(second) == sorted(first)
    assert ids(number_stream(numbers, seed=1)) not in (first, second)
    assert ids(number_stream(numbers, shuffle=False)) == list(range(NUM_ROWS))
    repeated = iter(number_stream(numbers, repeat=True))
    assert ids(next(repeated) for _ in range(2 * NUM_ROWS)) == first + second


def test_neighbours_on_disk_are_far_apart(numbers):
    places = {index: place for place, index in enumerate(ids(number_stream(numbers, window=6)))}
    apart = np.mean([abs(places[index + 1] - places[index]) for index in range(NUM_ROWS - 1)])
    assert apart > 0.15 * NUM_ROWS  # a perfect shuffle has a third, a row group's own order 1


@settings(max_examples=20)
@given(taken=st.integers(0, 2 * NUM_ROWS), window=st.integers(1, 9), repeat=st.booleans(), epoch=st.integers(0, 3))
def test_goes_on_at_any_row(numbers, taken, window, repeat, epoch):
    taken = taken if repeat else min(taken, NUM_ROWS)
    stream = number_stream(numbers, window=window, repeat=repeat, transform=with_draw)
    stream.set_epoch(epoch)
    rows = iter(stream)
    for _ in range(taken):
        next(rows)
    again = number_stream(numbers, window=window, repeat=repeat, transform=with_draw)
    again.load_state_dict(stream.state_dict())
    left = 20 if repeat else NUM_ROWS - taken
    expected, found = ([next(reader) for _ in range(left)] for reader in (rows, iter(again)))
    assert found == expected
    assert again.state_dict() == stream.state_dict()


def with_draw(rows: list[dict], draws: list[random.Random]) -> list[tuple]:
    return [(row["id"], draw.random()) for row, draw in zip(rows, draws, strict=True)]


@pytest.mark.parametrize(("workers", "batches", "drop_last", "repeat"), [(2, 9, False, False), (3, 20, True, True)])
def test_a_loader_with_workers_goes_on_behind_what_was_taken(numbers, workers, batches, drop_last, repeat):
    stream = number_stream(numbers, repeat=repeat)
    rows = iter(loader(stream, workers, drop_last=drop_last))
    taken = [next(rows) for _ in range(batches)]
    again = number_stream(numbers, repeat=repeat)
    again.resume_loader(0, sum(map(len, taken)), batch_size=5, drop_last=drop_last)
    resumed = iter(loader(again, workers, drop_last=drop_last))
    left = 7 if repeat else None
    expected, found = ([ids(batch) for batch in islice(batches, left)] for batches in (rows, resumed))
    assert found == expected and len(found) >= 7


@settings(max_examples=60)
@given(
    ends=st.lists(st.integers(0, 40), min_size=1, max_size=6),
    batch=st.integers(1, 7),
    drop=st.booleans(),
    data=st.data(),
)
def test_delivered_rows_are_those_of_a_loader(ends, batch, drop, data):
    turns, left = [], list(ends)
    while True:
        order = [worker for worker, rows in enumerate(left) if rows >= (batch if drop else 1)]
        if not order:
            break
        for worker in order:
            size = min(batch, left[worker])
            left[worker] -= size
            turns.append((worker, size))
    taken = turns[: data.draw(st.integers(0, len(turns)))]
    expected = [sum(size for worker, size in taken if worker == other) for other in range(len(ends))]
    turn = (taken[-1][0] + 1) % len(ends) if taken else 0
    assert _delivered(sum(size for _, size in taken), batch, drop, ends) == (expected, turn)


def test_workers_that_stay_see_the_next_epoch(numbers):
    stream = number_stream(numbers)
    batches = DataLoader(stream, 10, num_workers=2, collate_fn=keep_rows, persistent_workers=True)
    first = [row for batch in batches for row in ids(batch)]
    stream.set_epoch(1)
    second = [row for batch in batches for row in ids(batch)]
    assert first != second and sorted(first) == sorted(second) == list(range(NUM_ROWS))


def test_skipped_rows_are_not_read(numbers, monkeypatch):
    read, real = [], stream_module._read_rows
    monkeypatch.setattr(stream_module, "_read_rows", lambda group, columns: read.append(group) or real(group, columns))
    stream = number_stream(numbers)
    state = stream.state_dict() | {"rows": NUM_ROWS - 1}
    stream.load_state_dict(state)
    assert len(ids(stream)) == 1
    assert len(read) <= stream.window


def test_states_and_readers_that_do_not_fit_are_refused(numbers):
    state = number_stream(numbers, seed=3).state_dict()
    with pytest.raises(ValueError, match="saved with seed 3, this stream has 0"):
        number_stream(numbers).load_state_dict(state)
    with pytest.raises(ValueError, match="rank is 2"):
        number_stream(numbers, rank=2, world_size=2)
    with pytest.raises(ValueError, match="readers for 26 row groups"):
        next(iter(number_stream(numbers, rank=0, world_size=27, repeat=True)))
    stream = number_stream(numbers)
    stream.resume_loader(0, NUM_ROWS + 5, batch_size=5)
    with pytest.raises(ValueError, match="epoch ends 5 samples before"):
        next(iter(stream))


def test_only_the_chosen_columns_are_read(clips):
    row = next(iter(number_stream(clips, columns=["id", "body"])))
    assert set(row) == {"id", "body"}


# view


@pytest.mark.parametrize("mirror", [False, True])
def test_features_are_those_of_the_motion(records, mirror):
    rows = [clip_to_row(record) for record in records]
    for record, example in zip(records, with_features(rows, [mirror] * len(rows)), strict=True):
        motion = record.motion.on_skeleton(CANONICAL_SKELETON)
        motion = motion.mirrored() if mirror else motion
        expected = motion.resample(MODEL_FPS).to_d135()
        assert example["features"].dtype == torch.float32
        torch.testing.assert_close(example["features"], expected, atol=FEATURE_LOSS, rtol=0)


@settings(max_examples=20)
@given(
    st.lists(
        st.tuples(st.integers(4, 90), st.sampled_from([10.0, 20.0, 24.0, 29.97, 30.0, 60.0, 120.0])),
        min_size=1,
        max_size=5,
    )
)
def test_batched_features_are_those_of_each_clip(make_motion, clips):
    motions = [make_motion(frames, seed, fps=fps) for seed, (frames, fps) in enumerate(clips)]
    features, lengths = batched_d135(
        torch.cat([motion.rotations for motion in motions]),
        torch.cat([motion.translation for motion in motions]),
        torch.tensor([motion.num_frames for motion in motions]),
        torch.tensor([motion.fps for motion in motions]),
    )
    for motion, found in zip(motions, features.split(lengths.tolist()), strict=True):
        torch.testing.assert_close(found, motion.resample(MODEL_FPS).to_d135(), atol=1e-5, rtol=0)


def test_batched_frames_that_do_not_fit_are_refused(make_motion):
    motion = make_motion(10)
    with pytest.raises(ValueError, match="lengths add up to 9, for 10 frames"):
        batched_d135(motion.rotations, motion.translation, torch.tensor([9]), torch.tensor([20.0]))
    with pytest.raises(ValueError, match="at least 4 frames"):
        batched_d135(motion.rotations, motion.translation, torch.tensor([8, 2]), torch.tensor([20.0, 20.0]))


def test_mirrored_frames_are_those_of_the_motion(make_motion):
    motion = make_motion(20)
    rotations, translation = mirror_frames(motion.rotations, motion.translation)
    assert torch.allclose(rotations, motion.mirrored().rotations, atol=1e-6)
    assert torch.equal(translation, motion.mirrored().translation)


def test_mirrored_examples_have_mirrored_texts(records):
    (example,) = with_features([clip_to_row(records[0])], [True])
    assert example["body"] == ["a person raises the right hand", "someone turns counterclockwise"]
    assert {name: texts for name, texts in example["parts"].items() if texts} == {
        "right_arm": ["the right arm goes up", "it rises"],
        "torso": ["it leans to the left"],
    }
    assert example["timed"][0]["text"] == "the left foot steps" and example["timed"][0]["end"] == 0.5
    assert example["labels"] == [{"name": "content", "value": "raise-right-hand"}]
    assert example["mirrored"]


def test_a_broken_row_is_named(records):
    rows = [clip_to_row(record) for record in records[:3]]
    rows[1]["translation"] = rows[1]["translation"] * float("nan")
    with pytest.raises(MotionError, match="clip clip/1: frame 0 holds NaN"):
        with_features(rows, [False] * 3)
    rows[1] = clip_to_row(records[1]) | {"rotations": np.zeros(90, dtype=np.int16)}
    with pytest.raises(MotionError, match="clip clip/1"):
        with_features(rows, [False] * 3)


def test_stream_and_map_give_the_same_examples(clips, records):
    mapped = MotionLibDataset(clips)
    streamed = MotionStream(clips, columns=VIEW_COLUMNS, transform=MotionView(), shuffle=False, rank=0, world_size=1)
    assert len(mapped) == len(records)
    for first, second, record in zip(mapped, streamed, records, strict=True):
        assert first["id"] == second["id"] == record.id
        torch.testing.assert_close(first["features"], second["features"], atol=1e-5, rtol=0)
        assert first["body"] == second["body"] == list(record.body)


def test_augmentation_repeats_with_the_epoch(clips):
    mapped = MotionLibDataset(clips, view=MotionView(mirror=0.5))
    drawn = []
    for epoch in (0, 0, *range(1, 9)):
        mapped.set_epoch(epoch)
        drawn.append(tuple(example["mirrored"] for example in mapped.__getitems__(range(len(mapped)))))
    assert drawn[0] == drawn[1]
    assert len(set(drawn)) > 2
    mapped.set_epoch(0)
    assert drawn[0][2] == mapped[2]["mirrored"]
    with pytest.raises(ValueError, match="mirror is 1.5"):
        MotionView(mirror=1.5)


def test_batches_are_padded(clips):
    mapped = MotionLibDataset(clips)
    batch = next(iter(DataLoader(mapped, 5, collate_fn=collate)))
    rows = [mapped[index] for index in range(5)]
    assert batch["id"] == [row["id"] for row in rows] and batch["body"] == [row["body"] for row in rows]
    assert batch["lengths"].tolist() == [len(row["features"]) for row in rows] == batch["mask"].sum(dim=1).tolist()
    whole = torch.cat([row["features"] for row in rows])
    torch.testing.assert_close(batch["features"][batch["mask"]], whole, atol=1e-5, rtol=0)
    assert not batch["features"][~batch["mask"]].any()
    with pytest.raises(ValueError, match="no rows"):
        collate([])


# several data sets


@pytest.fixture(scope="module")
def three_sets(tmp_path_factory) -> list:
    """Sets of 100, 40 and 12 rows, whose ids tell them apart."""
    folders = []
    for number, rows in enumerate((100, 40, 12)):
        folders.append(tmp_path_factory.mktemp(f"set{number}"))
        with ShardWriter(folders[-1], "train", rows_per_group=GROUP_ROWS, features=NUMBERS) as writer:
            for index in range(rows):
                writer.append({"id": 1000 * number + index, "tokens": [index]})
    return folders


def test_several_sets_are_read_once_and_mixed(three_sets):
    stream = number_stream(three_sets, window=5)
    found = ids(stream)
    assert stream.num_rows == len(found) == 152 and len(set(found)) == 152
    sets = [number // 1000 for number in found]
    assert all(set(sets[start : start + 50]) >= {0, 1} for start in (0, 50, 100))
    assert ids(number_stream([three_sets[0]])) == ids(number_stream(three_sets[0]))


@pytest.mark.parametrize("weights", [(1, 1, 1), (8, 1, 1), (0.1, 0.1, 0.8)])
def test_weights_are_shares_of_the_rows(three_sets, weights):
    stream = number_stream(three_sets, weights=weights, window=4)
    epochs = []
    for epoch in range(6):
        stream.set_epoch(epoch)
        epochs.append(ids(stream))
    for found in epochs:
        counts = np.bincount([number // 1000 for number in found], minlength=3)
        expected = 152 * np.array(weights) / sum(weights)
        assert np.abs(counts - expected).max() <= GROUP_ROWS
    assert len({tuple(found) for found in epochs}) == 6
    # all rows of a set that gives few come sooner or later, and a set that gives many repeats all it has
    assert {number for found in epochs for number in found} >= {*range(2000, 2012)}
    stream.set_epoch(0)
    assert ids(stream) == epochs[0] == ids(number_stream(three_sets, weights=weights, window=4))


@settings(max_examples=10)
@given(taken=st.integers(0, 300), workers=st.integers(1, 3))
def test_mixed_sets_go_on_at_any_row_whatever_the_readers(three_sets, taken, workers):
    options = dict(weights=(1, 2, 3), window=2, repeat=True)
    with pytest.MonkeyPatch.context() as patch:
        for worker in range(workers):
            patch.setattr("being_m0_hf.motionlib.stream._this_worker", lambda worker=worker: (worker, workers))
            rows = iter(number_stream(three_sets, **options))
            expected = ids(islice(rows, taken + 20))[taken:]
            again = number_stream(three_sets, **options)
            again.load_state_dict({**again.state_dict(), "rows": taken})
            assert ids(islice(again, 20)) == expected


def test_weights_that_do_not_fit_are_refused(three_sets):
    for weights in ((1, 1), (1, 0, 1), (1, -1, 1), (1, float("nan"), 1), (1, float("inf"), 1)):
        with pytest.raises(ValueError, match="weights"):
            number_stream(three_sets, weights=weights)
    with pytest.raises(ValueError, match="at least one"):
        number_stream([])
    state = number_stream(three_sets, weights=(1, 1, 1)).state_dict()
    with pytest.raises(ValueError, match="weights"):
        number_stream(three_sets, weights=(1, 1, 2)).load_state_dict(state)
    with pytest.raises(ValueError, match="groups"):
        number_stream(three_sets[:2]).load_state_dict(state)


# a view in the hands of the library datasets


@pytest.mark.parametrize("batched", [False, True])
def test_a_view_maps_a_dataset(clips, tmp_path, batched):
    loaded = datasets.load_dataset(str(clips), split="train", cache_dir=str(tmp_path))
    view = MotionView(mirror=0.5)
    mapped = loaded.map(view, batched=batched, batch_size=2)
    expected = view(list(loaded))
    assert {row["mirrored"] for row in expected} == {False, True}
    assert len(mapped) == len(expected) and mapped.column_names == [*loaded.column_names, "features", "mirrored"]
    assert {name: mapped.features[name] for name in loaded.column_names} == loaded.features
    for row, other in zip(mapped, expected, strict=True):
        np.testing.assert_allclose(row["features"], other["features"], atol=1e-5)
        for name in ("id", "body", "parts", "timed", "labels", "mirrored"):
            assert row[name] == other[name], name
    shown = loaded.with_transform(view)
    np.testing.assert_allclose(shown[1]["features"], expected[1]["features"], atol=1e-5)
    streamed = next(iter(loaded.to_iterable_dataset().map(view, batched=batched, batch_size=2)))
    np.testing.assert_allclose(streamed["features"], expected[0]["features"], atol=1e-5)


def test_a_view_names_the_columns_that_it_misses(clips, tmp_path):
    loaded = datasets.load_dataset(str(clips), split="train", cache_dir=str(tmp_path))
    with pytest.raises(ValueError, match="the rows have no rest_offsets, timed; a view needs id, source"):
        loaded.remove_columns(["rest_offsets", "timed"]).map(MotionView())
