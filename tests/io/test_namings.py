"""Exports for other programs: joint names, frame rates, the SMPL-X layout; and what we wrote comes back."""

import json
import struct

import numpy as np
import pytest
import torch

from being_m0_hf.bodies import mannequin
from being_m0_hf.cli.main import main
from being_m0_hf.cli.options import LAYOUTS as CLI_LAYOUTS
from being_m0_hf.cli.options import NAMINGS as CLI_NAMINGS
from being_m0_hf.cli.options import UNITS as CLI_UNITS
from being_m0_hf.io import LAYOUTS, NAMINGS, UNITS, SaveOptions, check_save_path, load_motion, save_motion
from being_m0_hf.io.formats.joint_names import joint_names
from being_m0_hf.motion import JOINT_NAMES, Motion, MotionError
from being_m0_hf.retarget import find_joint_map, import_file, import_motion, read_rig

#: The names by which Unity's importers know the bones that a humanoid must have, in lower case.
UNITY_REQUIRED = "hips spine head".split() + [
    f"{side}{bone}"
    for side in ("left", "right")
    for bone in ("upperarm", "lowerarm", "hand", "upperleg", "lowerleg", "foot")
]


@pytest.fixture(scope="module")
def motion(make_motion) -> Motion:
    return make_motion(frames=30, seed=4).replace(text='a person walks "ünd" waves')


def names_in(path) -> list[str]:
    data = path.read_bytes()
    if path.suffix == ".bvh":
        return [line.split()[1] for line in data.decode().splitlines() if line.split()[0] in ("ROOT", "JOINT")]
    document = json.loads(data[20 : 20 + struct.unpack_from("<I", data, 12)[0]])
    return [document["nodes"][node]["name"] for node in document["skins"][0]["joints"]]


@pytest.mark.parametrize("names", NAMINGS)
@pytest.mark.parametrize("suffix", [".bvh", ".glb"])
def test_every_naming_comes_back_exactly(motion, tmp_path, names, suffix):
    path = save_motion(motion, tmp_path / f"clip{suffix}", mannequin(), names=names)
    assert sorted(names_in(path)) == sorted(joint_names(names))
    again = import_motion(path)
    assert again.fps == motion.fps and again.num_frames == motion.num_frames
    assert (again.joints() - motion.joints()).abs().max() < 1e-4
    assert torch.allclose(again.skeleton.offsets, motion.skeleton.offsets, atol=1e-5)
    if suffix == ".bvh":
        assert (load_motion(path).joints() - motion.joints()).abs().max() < 1e-4
    else:
        assert again.text == motion.text


@pytest.mark.parametrize("names", NAMINGS)
def test_our_tables_know_every_naming(motion, tmp_path, names):
    """Other programs write our files again; then names and shape must do."""
    path = save_motion(motion, tmp_path / "clip.bvh", names=names)
    found = find_joint_map(read_rig(path)).joints
    ours = dict(zip(JOINT_NAMES, joint_names(names), strict=True))
    assert {joint: found[joint] for joint in JOINT_NAMES if "spine" not in joint} == {
        joint: name for joint, name in ours.items() if "spine" not in joint
    }


@pytest.mark.parametrize("units", UNITS)
def test_a_bvh_in_either_unit_comes_back_exactly(motion, tmp_path, units):
    path = save_motion(motion, tmp_path / "clip.bvh", units=units)
    for again in (load_motion(path), import_motion(path)):
        assert (again.joints() - motion.joints()).abs().max() < 1e-4


def test_a_skeleton_without_a_body_comes_back_exactly(motion, tmp_path):
    path = save_motion(motion, tmp_path / "clip.glb", skin=False, names="unreal")
    assert path.stat().st_size < 30_000
    again = import_motion(path)
    assert (again.joints() - motion.joints()).abs().max() < 1e-4 and again.text == motion.text


def test_a_vrm_animation_comes_back_exactly(motion, tmp_path):
    again = import_motion(save_motion(motion, tmp_path / "clip.vrma", fps=30))
    assert again.fps == 30 and again.text == motion.text
    assert (again.joints() - motion.resample(30).joints()).abs().max() < 1e-4


def test_unity_finds_the_bones_of_a_humanoid(motion, tmp_path):
    names = {name.lower() for name in names_in(save_motion(motion, tmp_path / "clip.glb", mannequin(), names="unity"))}
    assert set(UNITY_REQUIRED) <= names


@pytest.mark.parametrize("suffix", [".bvh", ".glb", ".npz", ".json"])
@pytest.mark.parametrize("fps", [30, 60, 12.5])
def test_the_rate_of_the_file(motion, tmp_path, suffix, fps):
    again = import_motion(save_motion(motion, tmp_path / f"clip{suffix}", mannequin(), fps=fps))
    assert again.fps == pytest.approx(fps)
    assert (again.joints() - motion.resample(fps).joints()).abs().max() < 1e-4


def test_the_layout_of_the_smplx_add_on(motion, tmp_path):
    path = save_motion(motion, tmp_path / "clip.npz", layout="smplx")
    with np.load(path, allow_pickle=False) as arrays:
        frames = motion.resample(30).num_frames
        assert arrays["poses"].shape == (frames, 165) and arrays["trans"].shape == (frames, 3)
        assert int(arrays["mocap_frame_rate"]) == 30 and "mocap_framerate" not in arrays
        assert str(arrays["gender"]) == "neutral" and arrays["betas"].ndim == 1
    assert (import_motion(path).joints() - motion.resample(30).joints()).abs().max() < 1e-4
    assert import_motion(save_motion(motion, path, layout="smplx", fps=60)).fps == 60


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("clip.glb", {"names": "maya"}, "names 'maya' are unknown; use one of smpl, unity"),
        (
            "clip.npz",
            {"names": "unity"},
            "joints have names in .glb, .fbx, .bvh, .usd, .usda, .usdc and .usdz files only",
        ),
        ("clip.glb", {"layout": "smplx"}, "only .npz files have layouts"),
        ("clip.npz", {"layout": "smpl"}, "layout 'smpl' is unknown"),
        ("clip.glb", {"units": "cm"}, ".glb files are in metres by definition"),
        ("clip.bvh", {"units": "inch"}, "units 'inch' are unknown; use one of cm, m"),
        ("clip.bvh", {"skin": False}, "only .glb, .fbx, .usd, .usda, .usdc and .usdz files have a skin to leave out"),
        ("clip.vrma", {"names": "unity"}, "leave out names 'unity'"),
        ("clip.gif", {"fps": 60}, "a GIF shows at most 50 frames per second, fps is 60"),
        ("clip.npz", {"fps": 0.5}, "expected 1 to 1000"),
        ("clip.npz", {"fps": float("nan")}, "expected 1 to 1000"),
    ],
)
def test_options_that_a_file_does_not_have(motion, tmp_path, name, options, message):
    with pytest.raises(MotionError, match=message):
        check_save_path(tmp_path / name, SaveOptions(**options))
    with pytest.raises(MotionError, match=message):
        save_motion(motion, tmp_path / name, **options)


def test_the_command_line_knows_the_same_names():
    assert (CLI_NAMINGS, CLI_LAYOUTS, CLI_UNITS) == (NAMINGS, LAYOUTS, UNITS)


def test_convert_writes_them_and_says_what_it_understood(motion, tmp_path, capsys):
    source = save_motion(motion, tmp_path / "clip.json")
    target = tmp_path / "clip.bvh"
    assert main(["convert", str(source), "-o", str(target), "--names", "lafan1", "--output-fps", "30"]) == 0
    captured = capsys.readouterr()
    assert captured.out.strip() == str(target)
    assert captured.err.count("\n") == 1 and "20 fps" in captured.err and "facing" in captured.err
    assert "LeftForeArm" in names_in(target) and import_motion(target).fps == 30
    assert main(["convert", str(target), "-o", str(tmp_path / "x.npz"), "--layout", "smplx", "--names", "unity"]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_file_that_another_program_changed_is_retargeted(motion, tmp_path):
    """The same names and our generator are not enough: bones of another length are another body."""
    path = save_motion(motion, tmp_path / "clip.bvh", names="mixamo")
    text = path.read_text().replace("\t\tOFFSET 0.000000 20.000000 0.000000", "\t\tOFFSET 0.0 1.0 0.0")
    path.write_text(text.replace("OFFSET 0.000000 20.000000 0.000000", "OFFSET 0.0 1.0 0.0"))
    found = import_file(path)
    assert found.understanding.joints.startswith("Mixamo") and found.motion.skeleton.name == "canonical"
