"""Files are whole or not there."""

import os
import stat

import pytest

from being_m0_hf.io import save_motion
from being_m0_hf.motion import MotionError
from being_m0_hf.rendering import contact_sheet
from being_m0_hf.utils.atomic_files import whole_file, write_whole


def test_a_file_appears_when_it_is_whole(tmp_path):
    path = tmp_path / "clip.json"
    with whole_file(path) as partial:
        partial.write_text("half")
        assert not path.exists()
        partial.write_text("whole")
    assert path.read_text() == "whole"
    assert list(tmp_path.iterdir()) == [path]


def test_an_error_leaves_what_was_there_and_nothing_else(tmp_path):
    path = tmp_path / "clip.json"
    write_whole(path, b"earlier")
    with pytest.raises(RuntimeError, match="interrupted"), whole_file(path) as partial:
        partial.write_bytes(b"half")
        raise RuntimeError("interrupted")
    assert path.read_bytes() == b"earlier"
    assert list(tmp_path.iterdir()) == [path]


def test_writers_of_one_file_do_not_meet(tmp_path):
    path = tmp_path / "clip.json"
    with whole_file(path) as first, whole_file(path) as second:
        first.write_text("first")
        second.write_text("second")
    assert path.read_text() == "first"  # which was renamed last
    assert list(tmp_path.iterdir()) == [path]


def test_the_longest_name_that_fits_is_written(tmp_path):
    path = tmp_path / ("n" * 250 + ".json")
    write_whole(path, b"whole")
    assert path.read_bytes() == b"whole"


def test_a_folder_that_is_missing_is_an_error_that_names_it(tmp_path):
    with pytest.raises(OSError, match="nowhere"):
        write_whole(tmp_path / "nowhere" / "clip.json", b"whole")


def test_a_read_only_file_is_kept(make_motion, tmp_path):
    """Also by root, whom the file system would let."""
    for name, save in (("clip.json", save_motion), ("clip.png", contact_sheet)):
        path = tmp_path / name
        path.write_bytes(b"mine")
        path.chmod(0o444)
        with pytest.raises((MotionError, OSError), match="read-only"):
            save(make_motion(10), path)
        assert path.read_bytes() == b"mine"
    assert len(list(tmp_path.iterdir())) == 2


def test_a_link_stays_one_and_its_file_is_written(make_motion, tmp_path):
    (tmp_path / "disk").mkdir()
    (tmp_path / "disk" / "real.json").write_bytes(b"earlier")
    (tmp_path / "disk" / "real.json").chmod(0o600)
    for name, leads_to in (("clip.json", "disk/real.json"), ("new.json", "disk/new.json")):
        (tmp_path / name).symlink_to(leads_to)
        save_motion(make_motion(10), tmp_path / name)
        assert (tmp_path / name).is_symlink() and (tmp_path / leads_to).read_bytes().startswith(b"{")
    assert stat.S_IMODE((tmp_path / "disk" / "real.json").stat().st_mode) == 0o600


def test_what_is_no_file_is_not_replaced_by_one(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "circle").symlink_to("circle")
    for path in (tmp_path / "pipe", tmp_path / "circle", tmp_path):
        with pytest.raises(OSError):
            write_whole(path, b"whole")
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)
