"""Building by datatrove: each chunk once, on two local workers, and only what is left when started again."""

import builtins
from functools import partial
from pathlib import Path

import pytest

from being_m0_hf.io import save_motion
from being_m0_hf.motionlib.build.build import BuildOptions, plan_build, run_chunk
from being_m0_hf.motionlib.build.distributed import build_on_datatrove
from being_m0_hf.motionlib.build.finish import finish_build
from being_m0_hf.motionlib.clips import read_clips
from being_m0_hf.motionlib.sources.source import SourceOptions

pytestmark = pytest.mark.slow

NUM_CHUNKS = 7


def write_chunk(chunk: int, folder: str, broken: int = -1) -> None:
    """A build that leaves one file a chunk; a second run of the same chunk fails."""
    if chunk == broken:
        raise RuntimeError(f"chunk {chunk} is broken")
    with open(Path(folder) / f"{chunk}.txt", "x") as file:
        file.write(str(chunk))


def built(folder: Path) -> list[int]:
    return sorted(int(path.stem) for path in folder.glob("*.txt"))


def test_two_workers_build_every_chunk_once(tmp_path):
    pytest.importorskip("datatrove")
    process = partial(write_chunk, folder=str(tmp_path))
    for _ in range(2):  # the second time, all tasks are done and no file is written again
        build_on_datatrove(process, NUM_CHUNKS, tasks=3, logging_dir=tmp_path / "logs", workers=2)
        assert built(tmp_path) == list(range(NUM_CHUNKS))


def test_two_workers_build_a_data_set(make_motion, tmp_path):
    pytest.importorskip("datatrove")
    (tmp_path / "in").mkdir()
    for number in range(4):
        save_motion(make_motion(30, seed=number), tmp_path / "in" / f"{number}.npz")
    (tmp_path / "in" / "cut.bvh").write_text("HIERARCHY")
    options, out = BuildOptions(SourceOptions(str(tmp_path / "in")), wordings=0, curate=False), tmp_path / "out"
    plan = plan_build(options, out)
    build_on_datatrove(partial(run_chunk, out), plan.num_chunks, tasks=2, logging_dir=tmp_path / "logs", workers=2)
    report = finish_build(out, plan)
    assert {record.id for record in read_clips(out)} == {f"in/{number}.npz" for number in range(4)}
    assert [rejection.id for rejection in report.rejected] == ["cut.bvh"]


def test_a_failed_task_is_done_when_started_again(tmp_path):
    pytest.importorskip("datatrove")
    options = {"num_chunks": 2, "tasks": 2, "logging_dir": tmp_path / "logs", "workers": 1}
    with pytest.raises(RuntimeError, match="chunk 1 is broken"):
        build_on_datatrove(partial(write_chunk, folder=str(tmp_path), broken=1), **options)
    assert built(tmp_path) == [0]
    build_on_datatrove(partial(write_chunk, folder=str(tmp_path)), **options)
    assert built(tmp_path) == [0, 1]


def test_what_cannot_run_is_refused_in_one_line(tmp_path, monkeypatch):
    with pytest.raises(ValueError, match="5 tasks for 3 chunks"):
        build_on_datatrove(write_chunk, 3, tasks=5, logging_dir=tmp_path)
    with pytest.raises(ValueError, match="cannot travel"):
        build_on_datatrove(lambda chunk: None, 3, tasks=1, logging_dir=tmp_path)
    real_import = builtins.__import__

    def without_datatrove(name, *arguments):
        if name.startswith("datatrove"):
            raise ImportError(name)
        return real_import(name, *arguments)

    monkeypatch.setattr(builtins, "__import__", without_datatrove)
    with pytest.raises(ImportError, match=r"pip install being-m0-hf\[scale\]"):
        build_on_datatrove(write_chunk, 3, tasks=1, logging_dir=tmp_path)
