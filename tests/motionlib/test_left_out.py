"""What a build leaves out, and what it must not: each file fails alone, and nothing is lost without a word."""

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from being_m0_hf.cli.main import main
from being_m0_hf.io import save_motion
from being_m0_hf.motion import MotionError
from being_m0_hf.motionlib.build import build, workers
from being_m0_hf.motionlib.build.finish import finish_build
from being_m0_hf.motionlib.clips import read_clips
from being_m0_hf.motionlib.sources.layouts import open_source
from being_m0_hf.motionlib.sources.source import SourceOptions, read_captions


@pytest.fixture
def folder(make_motion, tmp_path) -> Path:
    """Two sound recordings."""
    (tmp_path / "in").mkdir()
    for seed, name in enumerate(("a", "z")):
        save_motion(make_motion(40, seed=seed), tmp_path / "in" / f"{name}.npz")
    return tmp_path / "in"


def run_build(folder: Path, *options: str) -> int:
    open_source.cache_clear()
    words = ["--processes", "1", "--wordings", "0", "--keep-all", *options]
    return main(["data", "build", str(folder), "-o", str(folder.parent / "out"), *words])


def left_out(folder: Path) -> dict[str, str]:
    report = json.loads((folder.parent / "out" / "report.json").read_text())
    return {row["id"]: row["reason"] for row in report["rejected"]}


def kept(folder: Path) -> set[str]:
    return {clip.origin for clip in read_clips(folder.parent / "out")}


# each file fails alone


def test_a_text_that_is_no_unicode_stops_its_file_only(folder):
    """JSON may say half a character; Arrow has no room for one."""
    entries = {
        name: {"feat_p": f"{name}.npz", "seq_ann": {"labels": [{"raw_label": text}]}}
        for name, text in (("a", "a walk"), ("z", "half \ud800"))
    }
    entries["nothing"] = {"feat_p": None}
    (folder / "train.json").write_text(json.dumps(entries))
    assert run_build(folder) == 0
    assert kept(folder) == {"a.npz"}
    assert left_out(folder) == {
        "nothing": "names no motion (feat_p is empty)",
        "z": "a text holds '\\ud800', which is no character",
    }


def test_a_name_that_is_no_unicode_stops_its_file_only(folder, capsys):
    os.rename(folder / "a.npz", os.fsencode(folder) + b"/caf\xe9.npz")
    assert run_build(folder) == 0
    assert kept(folder) == {"z.npz"} and list(left_out(folder).values()) == ["its name is not UTF-8; rename it"]
    assert r"(caf\udce9.npz)" in capsys.readouterr().out


def test_a_lack_of_memory_stops_its_file_only(folder, monkeypatch):
    def read(source, unit):
        if unit == "a.npz":
            raise MemoryError
        return original(source, unit)

    original = type(open_source(SourceOptions(str(folder)))).read
    monkeypatch.setattr("being_m0_hf.motionlib.sources.motion_files.MotionFilesSource.read", read)
    assert run_build(folder) == 0
    assert left_out(folder) == {"a.npz": "needs more memory than there is"}


# all that is left out has a name


def test_what_cannot_be_read_is_named(folder, capsys, monkeypatch):
    os.mkfifo(folder / "pipe.bvh")
    (folder / "nowhere.bvh").symlink_to("nothing.bvh")
    (folder / "link.npz").symlink_to("a.npz")  # read, and found to be a copy
    (folder / "other").symlink_to(folder.parent)
    (folder / "takes.zip").write_bytes(b"PK")
    (folder / "locked").mkdir()
    scan = os.scandir

    def locked(path="."):
        if str(path).endswith("locked"):  # a root may open everything
            raise PermissionError(13, "Permission denied", str(path))
        return scan(path)

    monkeypatch.setattr(os, "scandir", locked)
    assert run_build(folder) == 0
    reasons, said = left_out(folder), capsys.readouterr().out
    expected = {"pipe.bvh": "no regular file", "nowhere.bvh": "link to nothing", "other/": "link to a folder",
                "takes.zip": "unpack", "locked/": "Permission denied", "in/link.npz": "shows the same"}  # fmt: skip
    assert reasons.keys() == expected.keys()
    for name, reason in expected.items():
        assert reason in reasons[name] and name in said
    assert not any(str(folder.parent) in reason for reason in reasons.values())


def test_a_pipe_beside_a_recording_is_named(folder):
    os.mkfifo(folder / "a.txt")
    assert run_build(folder) == 0
    assert kept(folder) == {"z.npz"} and "is not a regular file but a pipe" in left_out(folder)["a.npz"]


@pytest.mark.parametrize("option", ["--captions", "--joint-map"])
@pytest.mark.parametrize("file", ["pipe", "/dev/zero"])
def test_pipes_and_devices_as_options_are_one_line(folder, tmp_path, option, file, capsys):
    os.mkfifo(tmp_path / "pipe")
    assert run_build(folder, option, str(tmp_path / file)) == 2
    assert "is not a regular file" in capsys.readouterr().err.splitlines()[-1]


# captions


HEAD = "file,text,start,end\n"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('a,"walks\nz,runs\n', 2),  # to the end of the file
        ('a,walks\nz,"runs\nq,bows,,\nr,waves,,\n', 3),
        ('a,"walks\nq,bows\nz,runs"\nr,waves\n', 2),  # closed by a stray quote
        ('a,"walks\nq,"bows"\n', 2),
        ('a,"walks\n\n\nq,bows\n"z",runs\n', 2),
        ('"a,walks\nz,runs\n', 2),
        ('a,"walks" and turns\n', 2),
    ],
)
def test_an_open_quote_names_its_line(tmp_path, text, line):
    (tmp_path / "c.csv").write_text(HEAD + text)
    with pytest.raises(MotionError, match=f"c.csv, line {line}: .*quote") as raised:
        read_captions(tmp_path / "c.csv")
    assert "\n" not in str(raised.value)


def test_quotes_that_are_closed_are_read(tmp_path):
    (tmp_path / "c.csv").write_text(HEAD + 'a,"walks, then\nturns"\nb,he says ""hi""\n\nc,"he says ""hi"", bows",0,1\n')
    said = {name: captions.captions[0].text for name, captions in read_captions(tmp_path / "c.csv").items()}
    assert said == {"a": "walks, then turns", "b": 'he says ""hi""', "c": 'he says "hi", bows'}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"file,text\na,caf\xe9\n", "line 2: byte 15"),
        ("file,text\na,b\n".encode("utf-16"), "UTF-16"),
        (b"file,text,text\na,b,c\n", "column text is there twice"),
        (b"file,text,Part\na,b,torso\n", "unknown column 'Part'; write part"),
        (b"", "column file and text is missing"),
    ],
)
def test_other_files_are_no_captions(tmp_path, content, said):
    (tmp_path / "c.csv").write_bytes(content)
    with pytest.raises(ValueError, match=said):
        read_captions(tmp_path / "c.csv")


# nothing left


def test_a_build_that_leaves_nothing_says_so_and_may_be_run_again(folder, capsys):
    sound = {name: (folder / name).read_bytes() for name in ("a.npz", "z.npz")}
    for name in sound:
        (folder / name).write_bytes(b"broken")
    assert run_build(folder) == 2
    error = capsys.readouterr().err.splitlines()[-1]
    assert "no clip is left of 2 recordings; left out 2: not an npz archive" in error and "(a.npz, z.npz)" in error
    assert left_out(folder).keys() == sound.keys()
    for name, data in sound.items():
        (folder / name).write_bytes(data)
    assert run_build(folder) == 0
    assert kept(folder) == sound.keys()


# processes that are killed


def test_a_recording_that_kills_its_process_is_left_out(folder, make_motion, monkeypatch):
    """The worker is killed as the system does it for memory; the pool is the real one, forked to be quick."""
    save_motion(make_motion(40, seed=5), folder / "deadly.npz")
    read = type(open_source(SourceOptions(str(folder)))).read
    parent = os.getpid()

    def killed(source, unit):
        if unit == "deadly.npz" and os.getpid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)
        return read(source, unit)

    monkeypatch.setattr("being_m0_hf.motionlib.sources.motion_files.MotionFilesSource.read", killed)
    monkeypatch.setattr(workers, "START_METHOD", "fork")
    source = SourceOptions(str(folder))
    plan = build.plan_build(build.BuildOptions(source, 10.0, 0, curate=False, chunk_size=2), folder.parent / "out")
    build.run_chunks(folder.parent / "out", plan, 2)
    finish_build(folder.parent / "out", plan)
    assert kept(folder) == {"a.npz", "z.npz"}
    assert "ended the process twice" in left_out(folder)["deadly.npz"]


def test_a_build_that_was_killed_by_a_recording_goes_on_without_it(folder, make_motion, monkeypatch):
    """Also with one process, where the recording ends the command itself: the mark tells the next start."""
    source = SourceOptions(str(folder))
    plan = build.plan_build(build.BuildOptions(source, 10.0, 0, curate=False), folder.parent / "out")
    read = type(open_source(source)).read
    parent = os.getpid()

    def killed(source, unit):
        if unit == "a.npz":
            assert os.getpid() != parent, "a recording that killed a build is tried in a process of its own"
            os.kill(os.getpid(), signal.SIGKILL)
        return read(source, unit)

    monkeypatch.setattr("being_m0_hf.motionlib.sources.motion_files.MotionFilesSource.read", killed)
    monkeypatch.setattr(workers, "START_METHOD", "fork")
    first = multiprocessing.get_context("fork").Process(target=build.run_chunks, args=(folder.parent / "out", plan, 1))
    first.start()
    first.join()
    assert first.exitcode == -signal.SIGKILL
    build.run_chunks(folder.parent / "out", plan, 1)
    finish_build(folder.parent / "out", plan)
    assert kept(folder) == {"z.npz"} and left_out(folder).keys() == {"a.npz"}


def test_workers_that_never_begin_are_one_line(folder, monkeypatch):
    def broken(*_):
        raise workers.BrokenProcessPool
        yield

    monkeypatch.setattr(workers, "work_together", broken)
    plan = build.plan_build(build.BuildOptions(SourceOptions(str(folder)), 10.0, 0), folder.parent / "out")
    with pytest.raises(MotionError, match="ended before they did anything"):
        build.run_chunks(folder.parent / "out", plan, 2)


@pytest.mark.slow
def test_ctrl_c_ends_a_build_in_one_line(folder, make_motion):
    """Pressed on a terminal it reaches all processes, at any moment."""
    for seed in range(30):
        save_motion(make_motion(400, seed=seed), folder / f"long{seed}.npz")
    words = [sys.executable, "-m", "being_m0_hf", "data", "build", str(folder), "-o", str(folder.parent / "out")]
    process = subprocess.Popen(
        [*words, "--processes", "2"], stderr=subprocess.PIPE, text=True, start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # fmt: skip
    while not (folder.parent / "out" / build.WORK_FOLDER / "plan.json").is_file():
        time.sleep(0.02)
    time.sleep(1.0)
    os.killpg(process.pid, signal.SIGINT)
    error = process.communicate(timeout=60)[1]
    lines = [line for line in error.replace("\r", "\n").splitlines() if line and not line.startswith("building:")]
    assert process.returncode == 130 and lines == ["Looking at the recordings ...", "being-m0: stopped"]
