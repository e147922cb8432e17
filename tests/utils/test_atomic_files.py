"""Files are whole or not there."""

import pytest

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
