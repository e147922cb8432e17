"""Files with which this package once failed, where the variable BEING_M0_FAULTS names a folder of them.

Each folder holds files of one kind and a README.md with the right value; the generators of what matters are in the
other tests of this folder, and need no such files.
"""

import gzip
import os
from pathlib import Path

import numpy as np
import pytest
import torch

from being_m0_hf.motion import Motion, MotionError
from being_m0_hf.retarget import import_all, import_file

CENTIMETRE = 0.01
#: File -> options to read it, frames a second expected; all show the same walk.
WALKS: dict[str, tuple[dict, float]] = {
    "bvh-comma-decimals/walk.bvh": ({}, 20),
    "bvh-head-is-root/walk.bvh": ({}, 20),
    "bvh-root-metres/walk.bvh": ({}, 20),
    "fps-option/frame_time_zero.bvh": ({"fps": 20}, 20),
    "fps-option/no_rate.npz": ({"fps": 20}, 20),
    "glb-several-animations/tpose_then_walk.glb": ({}, 20),
    "glb-several-animations/wave_then_walk.glb": ({"animation": "Walk"}, 20),
    "glb-without-skin/walk_no_skin.glb": ({}, 20),
    "glb-without-skin/walk_vrma.glb": ({}, 20),
    "glb-without-skin/walk.vrma": ({}, 20),
    "npy-layouts/T22_3T.npy": ({}, 20),
    "npy-layouts/T24.npy": ({}, 20),
    "npy-layouts/T52.npy": ({}, 20),
    "npy-layouts/batch_mdm.npy": ({}, 20),
    "npy-layouts/one_T22.npy": ({}, 20),
    "npy-layouts/motion_x_322.npy": ({}, 30),
    "npz-camera-space/walk.npz": ({}, 20),
    "npz-layouts/aistpp.npz": ({}, 60),
    "npz-layouts/no_poses_root_orient.npz": ({}, 20),
    "npz-layouts/poses_T_52_3.npz": ({}, 20),
    "npz-layouts/smplx_dict.npz": ({}, 20),
}
HOSTILE = ("blank_lines.bvh.gz", "redos_newlines.bvh.gz", "chan_sup.bvh", "json_fps_5000digits.json",
           "json_teleport.json", "npy_overflow.npy", "npz_int8_900MB.npz", "nul.bvh", "own_frames_big.bvh",
           "poses_1e30.npz", "surrogate_text.json")  # fmt: skip


@pytest.fixture(scope="module")
def faults() -> Path:
    folder = os.environ.get("BEING_M0_FAULTS")
    if not folder or not (Path(folder) / "truth_walk_joints.npy").is_file():
        pytest.skip("BEING_M0_FAULTS names no folder with truth_walk_joints.npy")
    return Path(folder)


def truth(path: Path) -> torch.Tensor:
    return torch.from_numpy(np.load(path)).float()


def about(joints: torch.Tensor) -> torch.Tensor:
    return joints - joints[:, :1]


def apart(found: Motion, expected: torch.Tensor) -> float:
    """Mean joint distance about the pelvis, metres."""
    return float((about(found.joints()) - about(expected)).norm(dim=-1).mean())


@pytest.mark.parametrize("name", WALKS)
def test_a_walk(faults, name):
    options, fps = WALKS[name]
    found, expected = import_file(faults / name, **options), truth(faults / "truth_walk_joints.npy")
    motion = found.motion
    assert motion.num_frames == 80 and motion.fps == fps
    assert apart(motion, expected) < CENTIMETRE
    # the path; a camera's zero is no place on the floor
    paths = [places[:, [0, 2]] - places[:1, [0, 2]] for places in (motion.translation, expected[:, 0])]
    assert (paths[0] - paths[1]).norm(dim=-1).mean() < 2 * CENTIMETRE
    assert "\n" not in found.understanding.line(motion)


@pytest.mark.parametrize("keys", ["cubicspline", "linear", "step"])
def test_keys(faults, keys):
    folder = faults / "glb-spline-and-step"
    for fps in (20, None):
        found = import_file(folder / f"wave_{keys}.glb", fps=fps).motion
        assert found.fps == 20.0
        difference = about(found.joints()) - about(truth(folder / f"truth_{keys}_20fps.npy"))
        assert difference.norm(dim=-1).max() < CENTIMETRE


def test_several_animations_are_several_clips(faults):
    clips = {clip.name: clip.motion for clip in import_all(faults / "glb-several-animations" / "wave_then_walk.glb")}
    assert set(clips) == {"Idle", "Walk"}
    assert apart(clips["Walk"], truth(faults / "truth_walk_joints.npy")) < CENTIMETRE
    assert apart(clips["Idle"], truth(faults / "truth_wave_joints.npy")) < CENTIMETRE


def test_a_star_of_names(faults):
    """The hands are 1.45 times as far as ours, so that directions count."""
    found = import_file(faults / "bvh-torso-star" / "walk.bvh")
    expected = truth(faults / "truth_walk_joints.npy")
    assert found.understanding.joints == "words"
    for upper, lower in ((1, 4), (2, 5), (4, 7), (5, 8), (16, 18), (17, 19), (18, 20), (19, 21)):
        bones = [joints[:, lower] - joints[:, upper] for joints in (found.motion.joints(), expected)]
        assert torch.cosine_similarity(*bones, dim=-1).min() > 0.999


def test_packed_numbers(faults):
    with pytest.raises(MotionError, match="EXT_meshopt_compression.*gltfpack"):
        import_file(faults / "glb-meshopt" / "walk_gltfpack_cc.glb")


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files(faults, tmp_path, name):
    path = faults / "hostile" / name
    if name.endswith(".gz"):
        path = tmp_path / name.removesuffix(".gz")
        path.write_bytes(gzip.decompress((faults / "hostile" / name).read_bytes()))
    with pytest.raises(MotionError) as caught:
        import_file(path)
    assert str(caught.value).startswith(str(path)) and "\n" not in str(caught.value)
