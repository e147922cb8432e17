"""The model for programs that speak the Motion Model Context Protocol."""

import sys

import pytest
import roma
import torch
from demo_page import tiny_pipeline

from being_m0_hf.motion import JOINT_NAMES

motionmcp = pytest.importorskip("motionmcp", reason="the mmcp extra is not installed: pip install 'being-m0-hf[mmcp]'")
from fastapi.testclient import TestClient  # noqa: E402
from motionmcp.client.gltf_parser import parse_gltf  # noqa: E402

from being_m0_hf.cli.main import main  # noqa: E402
from being_m0_hf.cli.mmcp.backbone import MotionBackbone  # noqa: E402

TEXTS = ("a person walks forward", "a person waves with the left hand")


@pytest.fixture(scope="module")
def pipeline():
    return tiny_pipeline()


@pytest.fixture(scope="module")
def client(pipeline):
    with TestClient(motionmcp.build_app(MotionBackbone(pipeline))) as client:
        yield client


def ask(client, segments, **options):
    (model,) = client.get("/capabilities").json()["models"]
    body = {
        "protocol_version": "1.0",
        "model": model["id"],
        "skeleton": model["canonical_skeleton"],
        "segments": segments,
        "options": options,
    }
    return client.post("/generate", json=body)


def text(prompt: str, frames: int) -> dict:
    return {"type": "text", "prompt": prompt, "duration_frames": frames}


def test_client_reads_the_motion_that_python_makes(client, pipeline):
    answer = ask(client, [text(TEXTS[0], 40)], seed=3)
    assert answer.status_code == 200, answer.text
    read = parse_gltf(answer.json())
    expected = pipeline(TEXTS[0], seconds=2.0, seed=3)
    assert (read["num_frames"], read["fps"]) == (expected.num_frames, expected.fps)
    root = torch.as_tensor(read["local_translations"][:, read["joint_names"].index("pelvis")]).float()
    assert torch.allclose(root, expected.translation, atol=1e-4)
    turned = roma.unitquat_to_rotmat(expected.rotations)
    order = [read["joint_names"].index(name) for name in JOINT_NAMES]
    assert (torch.as_tensor(read["local_rot_mats"][:, order]).float() - turned).abs().max() < 1e-4


def test_segments_follow_each_other_and_last_as_long_as_asked(client):
    answer = ask(client, [text(TEXTS[0], 23), text(TEXTS[1], 30)], seed=1, num_samples=2)
    assert answer.status_code == 200, answer.text
    gltf = answer.json()
    assert {node["name"] for node in gltf["nodes"]} >= set(JOINT_NAMES)
    counts = {accessor["count"] for accessor in gltf["accessors"]}
    assert 53 in counts


def test_what_is_too_long_is_refused_in_the_protocols_words(client):
    answer = ask(client, [text(TEXTS[0], 20 * 61)])
    assert answer.status_code >= 400 and "duration" in answer.text


def test_command_without_its_library_says_so_in_one_line(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "motionmcp", None)
    assert main(["mmcp"]) != 0
    assert "being-m0 mmcp needs motionmcp; run: pip install 'being-m0-hf[mmcp]'" in capsys.readouterr().err
