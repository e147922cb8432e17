"""Two hundred broken and odd files: each gives a MotionError of one line or a plausible Motion, within ten seconds."""

import io
import json
import pickle
import random
import re
import struct
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from acclaim_files import asf_and_amc
from foreign_files import Z_UP, amass_npz, foreign_bvh, no_pose

from being_m0_hf.bodies import mannequin
from being_m0_hf.io import body_to_glb, save_motion
from being_m0_hf.motion import Motion, MotionError
from being_m0_hf.retarget import import_motion
from being_m0_hf.utils import safe_npz as plain_arrays

SECONDS = 10.0
BROKEN_FILES = 200


def npz(path: Path, **arrays) -> Path:
    np.savez(path, **arrays)
    return path


@pytest.mark.slow
def test_the_files_are_good_before_they_are_broken(make_motion, tmp_path):
    for name, data in _good_files(make_motion(frames=8, speed=0.5), tmp_path).items():
        assert import_motion(_written(tmp_path / "good", name, data)).num_frames >= 6, name


@pytest.mark.slow
def test_broken_files_give_one_line_or_a_plausible_motion(make_motion, tmp_path):
    good = _good_files(make_motion(frames=8, speed=0.5), tmp_path)
    chance = random.Random(0)
    refused = 0
    for number in range(BROKEN_FILES):
        name = sorted(good)[number % len(good)]
        data = good[name]
        for _ in range(chance.choice((1, 1, 2, 4))):
            data = chance.choice(_breakages(name))(data, chance)
        path = _written(tmp_path / str(number), name, data)
        refused += _outcome(path) is None
    # the fuzzer breaks things, and not everything
    assert 0.3 * BROKEN_FILES < refused < BROKEN_FILES


@pytest.mark.parametrize("text", ["", " ", "\0\0\0\0", "HIERARCHY", "HIERARCHY\nMOTION\n", "{", "[]", "null", "1"])
@pytest.mark.parametrize("suffix", [".bvh", ".glb", ".gltf", ".amc", ".npz", ".npy", ".json"])
def test_next_to_nothing_is_refused(tmp_path, text, suffix):
    path = tmp_path / f"clip{suffix}"
    path.write_text(text)
    (tmp_path / "clip.asf").write_text(text)
    assert _outcome(path) is None


def test_a_folder_a_missing_file_and_a_missing_skeleton(tmp_path):
    (tmp_path / "folder.bvh").mkdir()
    (tmp_path / "alone.amc").write_text(asf_and_amc()[1])
    for name in ("folder.bvh", "missing.glb", "alone.amc"):
        assert _outcome(tmp_path / name) is None


def test_counts_that_lie(make_motion, tmp_path):
    text = foreign_bvh(make_motion(frames=8))
    path = tmp_path / "clip.bvh"
    for frames in ("0", "7", "9", "999999999", "-1", "eight"):
        path.write_text(text.replace("Frames: 8", f"Frames: {frames}"))
        assert _outcome(path) is None, frames
    path.write_text("HIERARCHY\n" + "JOINT a\n{\nOFFSET 0 0 0\nCHANNELS 0\n" * 100_000 + "MOTION\n")
    assert _outcome(path) is None
    path.write_text("HIERARCHY\nROOT a\n{\nOFFSET 0 0 0\nCHANNELS 0\n}\nMOTION\nFrames: 99999999\nFrame Time: 0.1\n")
    assert _outcome(path) is None


def test_archives_that_lie(make_motion, tmp_path, monkeypatch):
    # the bomb would take seconds to make at its real size
    monkeypatch.setattr(plain_arrays, "MAX_ARRAY_BYTES", 10_000_000)
    motion = make_motion(frames=8)

    class Trap:
        def __reduce__(self):
            return (open, (str(tmp_path / "sprung"), "w"))

    bomb = tmp_path / "bomb.npz"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("poses.npy", "w") as entry:
        header = io.BytesIO()
        np.lib.format.write_array_header_1_0(header, {"descr": "<f8", "fortran_order": False, "shape": (10_000, 156)})
        entry.write(header.getvalue())
        for _ in range(156):
            entry.write(bytes(80_000))
    assert bomb.stat().st_size < 100_000
    pickled = np.array([Trap()], dtype=object)
    poses, trans, rate = np.zeros((8, 66)), np.zeros((8, 3)), np.array(20.0)
    (tmp_path / "lie.npy").write_bytes(_npy_header((10**12, 22, 3)) + bytes(100))
    (tmp_path / "trap.npy").write_bytes(_npy_header((1,), "|O") + pickle.dumps(Trap()))
    np.save(tmp_path / "words.npy", np.array(["a"] * 66))
    refused = [
        bomb,
        npz(tmp_path / "trap.npz", poses=pickled, trans=trans, mocap_framerate=rate),
        npz(tmp_path / "nan.npz", poses=poses * np.nan, trans=trans, mocap_framerate=rate),
        npz(tmp_path / "counts.npz", poses=poses, trans=trans[:5], mocap_framerate=rate),
        npz(tmp_path / "rate.npz", poses=poses, trans=trans, mocap_framerate=np.array(-3.0)),
        npz(tmp_path / "one.npz", poses=poses[:1], trans=trans[:1], mocap_framerate=rate),
        npz(tmp_path / "far.npz", poses=poses, trans=np.arange(24.0).reshape(8, 3) * 1e3, mocap_framerate=rate),
        tmp_path / "lie.npy",
        tmp_path / "trap.npy",
        tmp_path / "words.npy",
    ]
    for path in refused:
        assert _outcome(path) is None, path
    assert not (tmp_path / "sprung").exists()
    assert _outcome(amass_npz(motion, tmp_path / "odd.npz", labels=pickled)) is not None


def test_noise_is_no_motion(tmp_path, make_motion):
    """Numbers in range but without sense: joints that jump about are refused, whatever the format."""
    generator = torch.Generator().manual_seed(0)
    noise = torch.randn(60, 22, 3, generator=generator)
    np.save(tmp_path / "noise.npy", noise.numpy())
    text = foreign_bvh(make_motion(frames=60))
    head, rows = text.split("Frame Time: 0.050000\n")
    angles = (torch.rand(60, len(rows.splitlines()[0].split()), generator=generator) * 360 - 180).tolist()
    rows = "\n".join(" ".join(["0 90 0", *(f"{angle:.2f}" for angle in row[3:])]) for row in angles)
    (tmp_path / "noise.bvh").write_text(f"{head}Frame Time: 0.008333\n{rows}\n")
    for name in ("noise.npy", "noise.bvh"):
        assert _outcome(tmp_path / name) is None


def _outcome(path: Path) -> Motion | None:
    """What an import gives: a plausible motion, or None for an error of one line that names the file."""
    start = time.process_time()  # not the clock: a busy machine is no hang
    try:
        motion = import_motion(path)
    except MotionError as error:
        assert str(error).startswith(str(path)) and "\n" not in str(error) and len(str(error)) < 600
        motion = None
    assert time.process_time() - start < SECONDS, path
    if motion is not None:
        joints = motion.joints()
        assert torch.isfinite(joints).all()
        height = joints[..., 1].amax(dim=1) - joints[..., 1].amin(dim=1)
        assert 0.2 < float(height.median()) < 2.5
        assert 0.5 < motion.skeleton.leg_length * 2 < 2.5
    return motion


def _good_files(motion: Motion, folder: Path) -> dict[str, bytes]:
    skeleton, frames = asf_and_amc()
    good = {
        "plain.bvh": foreign_bvh(motion),
        "zup.bvh": foreign_bvh(motion, axes=Z_UP, unit=1.0, order="XYZ"),
        "places.bvh": foreign_bvh(motion, zero_pose=no_pose(motion), positions=True),
        "take.asf": skeleton,
        "take.amc": frames,
    }
    files = {name: text.encode() for name, text in good.items()}
    files["skin.glb"] = body_to_glb(mannequin(), motion)
    for name in ("own.npz", "own.json", "own.bvh"):
        files[name] = save_motion(motion, folder / name).read_bytes()
    files["amass.npz"] = amass_npz(motion, folder / "amass.npz").read_bytes()
    buffer = io.BytesIO()
    np.save(buffer, motion.joints().numpy())
    files["joints.npy"] = buffer.getvalue()
    return files


def _written(folder: Path, name: str, data: bytes) -> Path:
    """The file in a folder of its own; of skeleton and motion that belong together, the other one is whole."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(data)
    if name.startswith("take"):
        skeleton, frames = asf_and_amc()
        other = "take.amc" if name.endswith("asf") else "take.asf"
        (folder / other).write_text(frames if other.endswith("amc") else skeleton)
        return folder / "take.amc"
    return folder / name


def _breakages(name: str) -> list[Callable[[bytes, random.Random], bytes]]:
    texts = [_cut, _other_number, _other_number, _lose_line, _twice, _swap_words, _swap_axes, _other_bytes]
    return texts if name.endswith((".bvh", ".asf", ".amc", ".json")) else [_cut, _other_bytes, _other_json, _hole]


def _cut(data: bytes, chance: random.Random) -> bytes:
    return data[: chance.randrange(len(data) + 1)]


def _hole(data: bytes, chance: random.Random) -> bytes:
    start = chance.randrange(len(data) + 1)
    return data[:start] + data[start + chance.randrange(1, 200) :]


def _other_bytes(data: bytes, chance: random.Random) -> bytes:
    broken = bytearray(data)
    for _ in range(chance.choice((1, 5, 50))):
        if broken:
            broken[chance.randrange(min(len(broken), chance.choice((200, len(broken)))))] = chance.randrange(256)
    return bytes(broken)


def _other_number(data: bytes, chance: random.Random) -> bytes:
    numbers = list(re.finditer(rb"-?\d+\.?\d*", data))
    if not numbers:
        return data
    spot = chance.choice(numbers)
    odd = (b"nan", b"inf", b"-1e308", b"1e9", b"0", b"-1", b"4294967296", b"x", b"", b"1e", b"181")
    return data[: spot.start()] + chance.choice(odd) + data[spot.end() :]


def _lose_line(data: bytes, chance: random.Random) -> bytes:
    lines = data.split(b"\n")
    del lines[chance.randrange(len(lines))]
    return b"\n".join(lines)


def _twice(data: bytes, chance: random.Random) -> bytes:
    lines = data.split(b"\n")
    spot = chance.randrange(len(lines))
    return b"\n".join([*lines[:spot], lines[spot], *lines[spot:]])


def _swap_words(data: bytes, chance: random.Random) -> bytes:
    words = data.split(b" ")
    first, second = chance.randrange(len(words)), chance.randrange(len(words))
    words[first], words[second] = words[second], words[first]
    return b" ".join(words)


def _swap_axes(data: bytes, chance: random.Random) -> bytes:
    """Channels and rotation orders name another axis."""
    first, second = chance.sample(b"XYZ", 2)
    return data.translate(bytes.maketrans(bytes((first, second)), bytes((second, first))))


def _other_json(data: bytes, chance: random.Random) -> bytes:
    """Another value somewhere in a GLB's document, the container kept whole; other files lose a byte."""
    if data[:4] != b"glTF" or len(data) < 20:
        return data[1:]
    size = struct.unpack_from("<I", data, 12)[0]
    try:
        document = json.loads(data[20 : 20 + size])
    except ValueError:
        return data[1:]
    place = document
    for _ in range(chance.randrange(1, 6)):
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = chance.choice(keys)
        if not isinstance(place[key], dict | list) or not place[key]:
            break
        parent, place = place, place[key]
    else:
        place, key = parent, key
    place[key] = chance.choice((None, -1, 10**9, 0, "x", [], {}, 1.5, True))
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    rest = data[20 + size :]
    return struct.pack("<4sIIII", b"glTF", 2, 20 + len(text) + len(rest), len(text), 0x4E4F534A) + text + rest


def _npy_header(shape: tuple[int, ...], descr: str = "<f8") -> bytes:
    buffer = io.BytesIO()
    np.lib.format.write_array_header_1_0(buffer, {"descr": descr, "fortran_order": False, "shape": shape})
    return buffer.getvalue()
