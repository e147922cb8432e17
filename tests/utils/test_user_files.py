"""Text files that users name: what is no file, too large, in another encoding or no YAML is one line at once."""

import os
import socket

import pytest

from being_m0_hf.motion import MotionError
from being_m0_hf.retarget import read_joint_map
from being_m0_hf.utils.user_files import (  # fmt: skip
    UserFileError,
    read_user_json,
    read_user_json_lines,
    read_user_text,
    read_user_yaml,
)

READERS = (read_user_text, read_user_yaml, read_user_json, read_user_json_lines)


@pytest.fixture
def odd(tmp_path):
    """Names of things that are no regular file."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    (tmp_path / "circle").symlink_to("circle")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket"))
        yield [*(str(tmp_path / name) for name in ("pipe", "folder", "circle", "socket", "nowhere")),
               "/dev/zero", "/dev/stdin", "nul\0name"]  # fmt: skip


def message(read, path) -> str:
    with pytest.raises(UserFileError) as raised:
        read(path)
    text = str(raised.value)
    assert str(path) in text and "\n" not in text
    return text


@pytest.mark.parametrize("read", READERS)
def test_what_is_no_file_is_refused_at_once(read, odd):
    for path in odd:
        message(read, path)


def test_a_joint_map_is_no_pipe(odd):
    for path in odd:
        with pytest.raises(MotionError):
            read_joint_map(path)


def test_links_and_marks_are_read(tmp_path):
    (tmp_path / "a.yaml").write_bytes(b"\xef\xbb\xbfsteps: 3\n")
    (tmp_path / "link.yaml").symlink_to("a.yaml")
    assert read_user_yaml(tmp_path / "link.yaml") == {"steps": 3}


def test_large_ones_are_not_read(tmp_path):
    (tmp_path / "large.txt").write_text("x" * 1001)
    with pytest.raises(UserFileError, match="large.txt: has more than 0.001 MB"):
        read_user_text(tmp_path / "large.txt", most_bytes=1000)
    with open(tmp_path / "holes.yaml", "wb") as file:
        file.truncate(10**12)  # as much as /dev/zero gives, and nothing on the disk
    message(read_user_yaml, tmp_path / "holes.yaml")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"steps: 3\nname: caf\xe9\n", "line 2: byte 18"),
        ("steps: 3\n".encode("utf-16"), "UTF-16"),
        (b"steps: [1\n", "not readable as YAML"),
        (b"steps: 1\nsteps: 2\n", "'steps' is given twice"),
        (b"a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n", "aliases"),
        (b"[" * 100_000, "nested too deeply"),
        (b"a: " + b"9" * 5000, "not readable"),
        (b"a: 2026-99-99\n", "not readable"),
        (b"a: !!python/object/apply:os.system [ls]\n", "not readable"),
        (b"a: \x00\n", "not readable"),
    ],
)
def test_bad_yaml_is_one_line(tmp_path, content, said):
    (tmp_path / "a.yaml").write_bytes(content)
    assert said in message(read_user_yaml, tmp_path / "a.yaml")


@pytest.mark.parametrize("content", [b"", b'{"a": ', b"[" * 100_000, b"9" * 5000])
def test_bad_json_is_one_line(tmp_path, content):
    (tmp_path / "a.json").write_bytes(content)
    message(read_user_json, tmp_path / "a.json")


def test_lines_of_json_name_the_line(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"a": "one\\u2028line"}\n\n{"a": 2}\n')
    assert read_user_json_lines(path) == [{"a": "one\u2028line"}, {"a": 2}]
    for line in ('{"a": ', "3", "[" * 100_000):
        path.write_text('{"a": 1}\n' + line)
        assert "line 2" in message(read_user_json_lines, path)
