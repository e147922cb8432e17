"""Other programs open our files: Khronos's glTF validator, and Blender when it is there.

The validator needs Node.js and ``npm install --prefix .cache/gltf gltf-validator`` (``tests/run.sh`` does it). Blender
needs the variable BEING_M0_BPY_PYTHON: a Python that has ``bpy``, for example from
``python3.11 -m venv blender && blender/bin/pip install bpy==5.0.1 "numpy<2" scipy``.
"""

import json
import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import torch

from being_m0_hf.bodies import default_body, makehuman_body, mannequin, pose_body
from being_m0_hf.io import body_to_glb, save_motion
from being_m0_hf.motion import CANONICAL_SKELETON, JOINT_NAMES, NUM_JOINTS, Motion, Skeleton

ROOT = Path(__file__).parents[2]
VALIDATOR = ROOT / ".cache" / "gltf" / "node_modules" / "gltf-validator"
VALIDATE = """
const validator = require(process.argv[1]);
const bytes = new Uint8Array(require('fs').readFileSync(process.argv[2]));
validator.validateBytes(bytes).then((report) => console.log(JSON.stringify(report)));
"""
BLENDER_PYTHON = os.environ.get("BEING_M0_BPY_PYTHON")

needs_validator = pytest.mark.skipif(
    shutil.which("node") is None or not VALIDATOR.is_dir(),
    reason="needs Node.js and: npm install --prefix .cache/gltf gltf-validator",
)
needs_blender = pytest.mark.skipif(not BLENDER_PYTHON, reason="BEING_M0_BPY_PYTHON names no Python with bpy")

BODIES = {"makehuman": default_body, "makehuman_low": lambda: makehuman_body("low"), "mannequin": mannequin}


@pytest.fixture
def motion() -> Motion:
    """Every joint turns about all its axes, on bones of its own, at a rate that Blender can keep exactly."""
    generator = torch.Generator().manual_seed(11)
    start, speed = torch.randn(2, NUM_JOINTS, 4, generator=generator)
    times = torch.linspace(0, 1, 12)[:, None, None]
    rotations = torch.nn.functional.normalize(start + times * speed, dim=-1)
    translation = torch.tensor([0.2, 0.9, -0.4]) + times[:, 0] * torch.tensor([0.5, 0.1, -0.3])
    stretch = 0.9 + 0.2 * torch.rand(NUM_JOINTS, 1, generator=generator)
    skeleton = Skeleton(CANONICAL_SKELETON.offsets * stretch, "own")
    return Motion(rotations, translation, 30, skeleton, 'a person turns "everything" 转')


def issues(path: Path) -> dict:
    command = ["node", "-e", VALIDATE, str(VALIDATOR), str(path)]
    return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)["issues"]


@pytest.mark.slow
@needs_validator
@pytest.mark.parametrize("name", BODIES)
@pytest.mark.parametrize("moving", [True, False], ids=["motion", "rest"])
def test_khronos_validator_reports_nothing(name, moving, motion, tmp_path):
    path = tmp_path / "body.glb"
    path.write_bytes(body_to_glb(BODIES[name](), motion if moving else None))
    report = issues(path)
    assert report["messages"] == []
    assert [report[f"num{kind}"] for kind in ("Errors", "Warnings", "Infos", "Hints")] == [0, 0, 0, 0]


@needs_validator
def test_the_validator_would_object(motion, tmp_path):
    """The check above can fail: a wrong rotation is found."""
    path = tmp_path / "broken.glb"
    data = body_to_glb(makehuman_body("low"), motion)
    path.write_bytes(data.replace(b'"rotation":[0.0,0.0,0.0,1.0]', b'"rotation":[0.0,0.0,0.0,9.0]', 1))
    assert issues(path)["numErrors"] == 1


def read_in_blender(path: Path, motion: Motion) -> dict[str, np.ndarray]:
    output = path.with_suffix(".read.npz")
    script = ROOT / "tests" / "support" / "blender_joints.py"
    command = [BLENDER_PYTHON, str(script), str(path), str(motion.num_frames), str(motion.fps), str(output)]
    subprocess.run(command, check=True, capture_output=True)
    with np.load(output) as arrays:
        read = dict(arrays)
    order = [read["names"].tolist().index(name) for name in JOINT_NAMES]
    return read | {"joints": read["joints"][:, order], "rest": read["rest"][order]}


@needs_blender
@pytest.mark.parametrize("name", BODIES)
def test_blender_finds_every_joint_and_vertex_of_the_glb(name, motion, tmp_path):
    body = BODIES[name]()
    read = read_in_blender(save_motion(motion, tmp_path / "motion.glb", body), motion)
    assert np.abs(read["joints"] - motion.joints().numpy()).max() < 1e-4
    assert np.abs(read["vertices"] - pose_body(body, motion).numpy()).max() < 1e-4
    fitted = body.fitted_to(motion.skeleton)
    t_pose = fitted.rest_joints.numpy() + [0, fitted.standing_height, 0]
    assert np.abs(read["rest"] - t_pose).max() < 1e-4


@needs_blender
def test_blender_finds_every_joint_of_the_bvh(motion, tmp_path):
    read = read_in_blender(save_motion(motion, tmp_path / "motion.bvh"), motion)
    assert np.abs(read["joints"] - motion.joints().numpy()).max() < 1e-4
    assert np.abs(read["rest"] - motion.skeleton.rest_joints().numpy()).max() < 1e-4
