"""Blender opens our files, every format under every naming: joints and skin are where the motion has them.

Blender needs the variable BEING_M0_BPY_PYTHON: a Python that has ``bpy``, for example from
``python3.11 -m venv blender && blender/bin/pip install bpy==4.5.15``. It reads all files in one process.
"""

import json
import os
import subprocess
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from being_m0_hf.bodies import default_body, makehuman_body, mannequin, pose_body
from being_m0_hf.io import NAMINGS, UNITS, save_motion
from being_m0_hf.io.formats.joint_names import joint_names
from being_m0_hf.io.formats.usd import USD_SUFFIXES

BLENDER_PYTHON = os.environ.get("BEING_M0_BPY_PYTHON")
SCRIPT = Path(__file__).parents[1] / "support" / "other_programs" / "blender_joints.py"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not BLENDER_PYTHON, reason="BEING_M0_BPY_PYTHON names no Python with bpy"),
]

BODIES = {"makehuman": default_body, "makehuman_low": lambda: makehuman_body("low"), "mannequin": mannequin}
MOST_ERROR = 1e-4  # m


class Case(NamedTuple):
    """One file and how Blender is to read it."""

    suffix: str
    names: str = "smpl"
    units: str | None = None
    skin: bool = True
    fps: float = 30
    body: str = "mannequin"
    importer: str = "python"

    def label(self) -> str:
        return "-".join(str(value) for value in self if value is not None).strip(".")


CASES = [
    *(Case(suffix, names, skin=False) for suffix in (".glb", ".fbx") for names in NAMINGS),
    *(Case(".bvh", names) for names in NAMINGS),
    *(Case(suffix, body=body) for suffix in (".glb", ".fbx") for body in BODIES),
    *(Case(".fbx", names, units, importer="ufbx") for names in ("unity", "mixamo") for units in ("cm", "m")),
    Case(".fbx", "unreal", "m"),
    *(Case(suffix, names, skin=False) for suffix in USD_SUFFIXES for names in ("smpl", "mixamo", "rigify")),
    *(Case(".usd", units=units) for units in UNITS),
    Case(".bvh", units="m"),
    *(Case(suffix, skin=suffix == ".bvh", fps=fps) for suffix in (".glb", ".fbx", ".bvh") for fps in (24, 60)),
]


@pytest.fixture(scope="module")
def read_files(turning_motion, tmp_path_factory) -> dict[Case, dict[str, np.ndarray]]:
    folder = tmp_path_factory.mktemp("blender")
    jobs = []
    for case in CASES:
        path = folder / f"{case.label()}{case.suffix}"
        skin = {} if case.skin else {"skin": False}
        names = {"names": case.names} if case.names != "smpl" else {}
        save_motion(turning_motion, path, BODIES[case.body](), fps=case.fps, units=case.units, **names, **skin)
        jobs.append(
            {
                "file": str(path),
                "frames": turning_motion.resample(case.fps).num_frames,
                "fps": case.fps,
                "units": case.units or "cm",
                "importer": case.importer,
                "output": f"{path}.npz",
            }
        )
    (folder / "jobs.json").write_text(json.dumps(jobs))
    subprocess.run([BLENDER_PYTHON, str(SCRIPT), str(folder / "jobs.json")], check=True, capture_output=True)
    found = {}
    for case, job in zip(CASES, jobs, strict=True):
        with np.load(job["output"]) as arrays:
            found[case] = dict(arrays)
    return found


def test_unreal_finds_a_root_on_the_ground(read_files, turning_motion):
    """Unreal takes a character's way from the bone at the top, which must rest at the origin."""
    read = read_files[Case(".fbx", "unreal", skin=False)]
    root = read["names"].tolist().index("root")
    assert np.abs(read["rest"][root]).max() < MOST_ERROR
    way = turning_motion.translation.numpy() * [1.0, 0.0, 1.0]
    assert np.abs(read["joints"][:, root] - way).max() < MOST_ERROR


@pytest.mark.parametrize("case", CASES, ids=Case.label)
def test_blender_finds_every_joint_and_vertex(case, read_files, turning_motion):
    read = read_files[case]
    assert "error" not in read, str(read["error"])
    motion, body = turning_motion.resample(case.fps), BODIES[case.body]().fitted_to(turning_motion.skeleton)
    names = joint_names(case.names)
    if case.suffix in USD_SUFFIXES:  # whose names have no other marks
        names = [name.replace(":", "_").replace(".", "_") for name in names]
    order = [read["names"].tolist().index(name) for name in names]
    errors = [np.abs(read["joints"][:, order] - motion.joints().numpy()).max()]
    height = 0.0 if case.suffix == ".bvh" else body.standing_height
    errors.append(np.abs(read["rest"][order] - (body.rest_joints.numpy() + [0, height, 0])).max())
    assert ("vertices" in read) == (case.suffix != ".bvh" and (case.skin or case.suffix == ".glb"))
    if case.suffix != ".bvh" and case.skin:
        errors.append(np.abs(read["vertices"] - pose_body(body, motion).numpy()).max())
    print(f"{case.suffix}: {max(errors) * 1e6:.1f} micrometres")  # pytest -rP shows it, for docs/exports.md
    assert max(errors) < MOST_ERROR
