"""Other programs open our files: Khronos's glTF validator, three-vrm, and ufbx, with which Blender and Godot read FBX.

Validator and three-vrm need Node.js and npm packages in ``.cache``, which ``tests/run.sh`` installs.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from being_m0_hf.bodies import default_body, makehuman_body, mannequin
from being_m0_hf.io import body_to_glb, save_motion
from being_m0_hf.io.formats.joint_names import joint_names

ROOT = Path(__file__).parents[2]
VALIDATOR = ROOT / ".cache" / "gltf" / "node_modules" / "gltf-validator"
VALIDATE = """
const validator = require(process.argv[1]);
const bytes = new Uint8Array(require('fs').readFileSync(process.argv[2]));
validator.validateBytes(bytes).then((report) => console.log(JSON.stringify(report)));
"""

needs_validator = pytest.mark.skipif(
    shutil.which("node") is None or not VALIDATOR.is_dir(),
    reason="needs Node.js and: npm install --prefix .cache/gltf gltf-validator",
)

VRM_MODULES = ROOT / ".cache" / "vrm" / "node_modules"
needs_three_vrm = pytest.mark.skipif(
    shutil.which("node") is None or not (VRM_MODULES / "@pixiv" / "three-vrm-animation").is_dir(),
    reason="needs Node.js and the packages that tests/run.sh puts into .cache/vrm",
)

BODIES = {"makehuman": default_body, "makehuman_low": lambda: makehuman_body("low"), "mannequin": mannequin}


def issues(path: Path) -> dict:
    command = ["node", "-e", VALIDATE, str(VALIDATOR), str(path)]
    return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)["issues"]


@pytest.mark.slow
@needs_validator
@pytest.mark.parametrize("name", BODIES)
@pytest.mark.parametrize("moving", [True, False], ids=["motion", "rest"])
def test_khronos_validator_reports_nothing(name, moving, turning_motion, tmp_path):
    path = tmp_path / "body.glb"
    path.write_bytes(body_to_glb(BODIES[name](), turning_motion if moving else None))
    report = issues(path)
    assert report["messages"] == []
    assert [report[f"num{kind}"] for kind in ("Errors", "Warnings", "Infos", "Hints")] == [0, 0, 0, 0]


@needs_validator
def test_the_validator_would_object(turning_motion, tmp_path):
    """The check above can fail: a wrong rotation is found."""
    path = tmp_path / "broken.glb"
    data = body_to_glb(makehuman_body("low"), turning_motion)
    path.write_bytes(data.replace(b'"rotation":[0.0,0.0,0.0,1.0]', b'"rotation":[0.0,0.0,0.0,9.0]', 1))
    assert issues(path)["numErrors"] == 1


@needs_validator
def test_khronos_validator_takes_a_skeleton_without_a_body(turning_motion, tmp_path):
    report = issues(save_motion(turning_motion, tmp_path / "motion.glb", skin=False))
    assert report["messages"] == []


def read_with_ufbx(path: Path, fps: float, output: Path) -> dict[str, np.ndarray]:
    """In a process of its own: ufbx's Python binding ends with a crash when it frees what it evaluated."""
    pytest.importorskip("ufbx", reason="needs: pip install ufbx")
    script = ROOT / "tests" / "support" / "other_programs" / "ufbx_joints.py"
    subprocess.run([sys.executable, str(script), str(path), str(fps), str(output)], check=True, capture_output=True)
    with np.load(output) as arrays:
        return dict(arrays)


@pytest.mark.parametrize("units", ["cm", "m"])
@pytest.mark.parametrize("names", ["smpl", "mixamo"])
@pytest.mark.parametrize("fps", [24, 30, 60])
def test_ufbx_finds_every_joint_of_the_fbx(units, names, fps, turning_motion, tmp_path):
    path = save_motion(turning_motion, tmp_path / "motion.fbx", mannequin(), names=names, units=units, fps=fps)
    read = read_with_ufbx(path, fps, tmp_path / "read.npz")
    expected = turning_motion.resample(fps)
    order = [read["names"].tolist().index(name) for name in joint_names(names)]
    assert read["warnings"].size == 0
    assert float(read["metres"]) == {"cm": 0.01, "m": 1.0}[units] and float(read["fps"]) == fps
    assert len(read["joints"]) == expected.num_frames
    assert np.abs(read["joints"][:, order] * read["metres"] - expected.joints().numpy()).max() < 1e-4


@needs_validator
def test_khronos_validator_takes_a_vrm_animation(turning_motion, tmp_path):
    """It does not know the extension, and says so; nothing else."""
    report = issues(save_motion(turning_motion, tmp_path / "motion.vrma"))
    assert {message["code"] for message in report["messages"]} <= {"UNSUPPORTED_EXTENSION", "NODE_EMPTY"}
    assert report["numErrors"] == 0


@needs_three_vrm
def test_an_avatar_of_three_vrm_moves_as_the_motion_does(turning_motion, tmp_path):
    path = save_motion(turning_motion, tmp_path / "motion.vrma", mannequin())
    times = tmp_path / "times.json"
    times.write_text(json.dumps([frame / turning_motion.fps for frame in range(turning_motion.num_frames)]))
    script = ROOT / "tests" / "support" / "other_programs" / "vrm_joints.mjs"
    command = ["node", str(script), str(VRM_MODULES), str(path), str(times)]
    read = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    names = [name[0].lower() + name[1:] for name in joint_names("unity")]
    joints = np.array(read["joints"])[:, [read["bones"].index(name) for name in names]]
    assert np.abs(joints - turning_motion.joints().numpy()).max() < 1e-4
    assert read["height"] == pytest.approx(mannequin().fitted_to(turning_motion.skeleton).standing_height)
    assert read["duration"] == pytest.approx((turning_motion.num_frames - 1) / turning_motion.fps)
