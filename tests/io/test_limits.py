"""One file never costs unbounded work: what is too much, or no file at all, is refused before the work."""

import gzip
import io
import json
import os
import resource
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest
from foreign_files import MIXAMO, amass_npz, foreign_bvh
from foreign_gltf import Actor, Gltf

from being_m0_hf.io import load_motion, save_motion
from being_m0_hf.motion import Motion, MotionError
from being_m0_hf.retarget import import_motion, read_joint_map

SECONDS, MEGABYTES = 5.0, 500


@pytest.fixture(scope="module")
def motion(make_motion) -> Motion:
    return make_motion(frames=20, seed=1)


def refused(read, path: Path) -> str:
    """The one line, which names the file and came soon and without much memory."""
    start, before = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(ValueError) as caught:
        read(path)
    assert time.process_time() - start < SECONDS
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 1000 * MEGABYTES
    message = str(caught.value)
    assert str(path) in message and "\n" not in message and len(message) < 600
    return message


@pytest.mark.parametrize("filler", ["\n", " ", "End Site {\n", "JOINT a\n", "Frames:\n"])
@pytest.mark.parametrize("place", ["hierarchy", "motion"])
@pytest.mark.parametrize("read", [import_motion, load_motion])
def test_text_is_read_in_linear_time(motion, tmp_path, filler, place, read):
    text, many = foreign_bvh(motion), filler * (200_000 // len(filler))
    cut = {"hierarchy": text.index("JOINT"), "motion": text.index("MOTION") + 7}[place]
    path = tmp_path / "clip.bvh"
    path.write_text(text[:cut] + many + text[cut:])
    start = time.process_time()
    try:
        read(path)
    except MotionError as error:
        assert str(error).startswith(str(path)) and "\n" not in str(error)
    assert time.process_time() - start < SECONDS


@pytest.mark.parametrize("shape", [(10_000_000, 66), (900_000, 1000), (2**40, 66)])
@pytest.mark.parametrize("read", [import_motion, load_motion])
def test_an_archive_that_unpacks_to_too_much(tmp_path, shape, read):
    """As int8 it fits the memory, as the floats that it becomes it does not."""
    path = tmp_path / "clip.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("poses.npy", "w") as entry:
        header = io.BytesIO()
        np.lib.format.write_array_header_1_0(header, {"descr": "|i1", "fortran_order": False, "shape": shape})
        entry.write(header.getvalue() + bytes(100_000))
    assert "unpacks to" in refused(read, path)


@pytest.mark.parametrize("last", [1e7, 1e30, 3e5])
def test_a_key_at_the_end_of_days(motion, tmp_path, last):
    gltf = Gltf([Actor({"walk": motion}, MIXAMO)])
    times = np.linspace(0, 1, 20)[:, None]
    times[-1] = last
    gltf.document["animations"][0]["samplers"][3]["input"] = gltf.add(times)
    path = tmp_path / "clip.glb"
    path.write_bytes(gltf.glb())
    assert "its key times are wrong" in refused(import_motion, path)


def test_views_that_overlap_count_each_time(motion, tmp_path):
    """A hundred accessors of one block of numbers, each as long as a file may be."""
    gltf = Gltf([Actor({"walk": motion}, MIXAMO)])
    gltf.binary += bytes(4_000_000)
    gltf.document["bufferViews"].append({"buffer": 0, "byteOffset": 0, "byteLength": len(gltf.binary)})
    for sampler in gltf.document["animations"][0]["samplers"]:
        gltf.document["accessors"].append({
            "bufferView": len(gltf.document["bufferViews"]) - 1, "componentType": 5120, "count": 1_000_000,
            "type": "VEC4",
        })  # fmt: skip
        sampler["output"] = len(gltf.document["accessors"]) - 1
    path = tmp_path / "clip.glb"
    path.write_bytes(gltf.glb())
    refused(import_motion, path)


@pytest.mark.parametrize("accessor", [{"count": 10**9, "type": "MAT4"}, {"count": -1, "type": "SCALAR"}])
def test_accessors_without_numbers(motion, tmp_path, accessor):
    gltf = Gltf([Actor({"walk": motion}, MIXAMO)])
    gltf.document["accessors"][0] = accessor | {"componentType": 5126}
    path = tmp_path / "clip.glb"
    path.write_bytes(gltf.glb())
    refused(import_motion, path)


def test_skeletons_that_nobody_can_guess(tmp_path):
    for shape in ("star", "chain", "comb"):
        joint = "JOINT a\n{\nOFFSET 1 1 1\nCHANNELS 3 Xrotation Yrotation Zrotation\n"
        tooth = "JOINT b\n{\nOFFSET 1 0 0\nCHANNELS 0\n}\n"
        parts = {"star": (joint + "}\n", ""), "chain": (joint, "}\n"), "comb": (joint + tooth, "}\n")}[shape]
        count = 250
        head = "HIERARCHY\nROOT r\n{\nOFFSET 0 0 0\nCHANNELS 0\n" + parts[0] * count + parts[1] * count + "}\n"
        path = tmp_path / f"{shape}.bvh"
        path.write_text(head + "MOTION\nFrames: 4\nFrame Time: 0.05\n" + ("0 " * (3 * count) + "\n") * 4)
        refused(import_motion, path)


def test_json_of_too_many_values_or_digits(motion, tmp_path):
    path = save_motion(motion, tmp_path / "clip.json")
    content = json.loads(path.read_text())
    for text, message in (
        ("[" + "[]," * 11_000_000 + "[]]", "values"),
        ("[" * 200_000, "nested|values"),
        (json.dumps(content).replace('"fps": 20.0', '"fps": ' + "9" * 5000), "digits"),
        (json.dumps(content | {"text": "\ud800"}), "surrogate"),
        (json.dumps(content | {"translation": [[1e30, 1.0, 0.0]] * 20}), "m from the origin"),
    ):
        path.write_text(text)
        for read in (load_motion, import_motion):
            assert any(word in refused(read, path) for word in message.split("|"))


def test_half_characters_in_an_archive(motion, tmp_path):
    path = amass_npz(motion, tmp_path / "clip.npz", text=np.array("\ud800"))
    assert "surrogate" in refused(load_motion, path)


def test_half_characters_in_names_are_replaced(motion, tmp_path):
    names = MIXAMO | {"head": "mixamorig:Head\ud800"}
    path = tmp_path / "clip.glb"
    path.write_bytes(Gltf([Actor({"walk\ud800": motion}, names, {"name": "\udfff"})]).glb())
    try:
        import_motion(path)
    except MotionError as error:
        str(error).encode()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
@pytest.mark.parametrize("suffix", [".bvh", ".npz", ".json", ".npy", ".glb", ".amc"])
def test_pipes_and_devices_are_no_files(tmp_path, suffix):
    pipe, device = tmp_path / f"pipe{suffix}", tmp_path / f"zero{suffix}"
    os.mkfifo(pipe)
    device.symlink_to("/dev/zero")
    for path in (pipe, device):
        refused(import_motion, path)
        refused(read_joint_map, path)
        if suffix in (".bvh", ".npz", ".json"):
            refused(load_motion, path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe_beside_a_gltf_or_an_amc(motion, tmp_path):
    os.mkfifo(tmp_path / "clip.bin")
    os.mkfifo(tmp_path / "clip.asf")
    (tmp_path / "clip.gltf").write_text(Gltf([Actor({"walk": motion}, MIXAMO)]).gltf("clip.bin"))
    (tmp_path / "clip.amc").write_text("1\nroot 0 0 0 0 0 0\n")
    for name in ("clip.gltf", "clip.amc"):
        refused(import_motion, tmp_path / name)


def test_a_protected_file_is_kept_and_a_link_is_followed(motion, tmp_path):
    protected, target, link = tmp_path / "protected.json", tmp_path / "target.json", tmp_path / "link.json"
    protected.write_text("mine")
    protected.chmod(0o444)
    refused(lambda path: save_motion(motion, path), protected)
    assert protected.read_text() == "mine"
    target.write_text("old")
    link.symlink_to(target)
    save_motion(motion, link)
    assert link.is_symlink() and load_motion(target).num_frames == motion.num_frames


def test_packed_text_is_no_bvh(tmp_path):
    path = tmp_path / "clip.bvh"
    path.write_bytes(gzip.compress(b"HIERARCHY\n" * 10_000))
    refused(import_motion, path)
    path.write_bytes(b"HIERARCHY\nROOT a\0b\n{")
    assert "NUL" in refused(import_motion, path)
