"""Foreign skeletons onto ours: names, axes, units, zero poses, missing and extra joints; what is refused and why."""

import json
import os
from importlib import resources
from pathlib import Path

import numpy as np
import pytest
import roma
import torch
import yaml
from foreign_files import MIXAMO, Z_UP, amass_npz, foreign_bvh, foreign_glb, four_legged_bvh, no_pose, straight_pose

from being_m0_hf.bodies import mannequin
from being_m0_hf.cli.main import main
from being_m0_hf.io import body_to_glb, load_motion, save_motion
from being_m0_hf.io.rigs.bvh import rig_from_bvh
from being_m0_hf.motion import CANONICAL_SKELETON, JOINT_INDEX, JOINT_NAMES, NUM_JOINTS, Motion, MotionError, Skeleton
from being_m0_hf.retarget import JointMap, find_joint_map, import_motion, read_joint_map, read_rig, retarget

CENTIMETRE = 0.01
UNKNOWN = {joint: f"bone_{number:02}" for number, joint in enumerate(JOINT_NAMES)}
RIGS = yaml.safe_load(resources.files("being_m0_hf.retarget").joinpath("rigs.yaml").read_text())


@pytest.fixture(scope="module")
def motion(make_motion) -> Motion:
    """A body that starts in a T-pose and then moves everything, on the floor as an import leaves it."""
    moving = make_motion(frames=32, seed=3)
    share = torch.linspace(0, 1, 32)[:, None, None].clamp(min=0) ** 0.7
    swings = roma.unitquat_to_rotvec(moving.rotations) * share
    turns = roma.rotvec_to_unitquat(swings)
    turns[:, JOINT_INDEX["left_wrist"]] = turns[:, JOINT_INDEX["right_wrist"]]
    still = moving.replace(rotations=turns)
    lowest = still.joints()[..., 1].amin(dim=1).quantile(0.05)
    return still.replace(translation=still.translation + torch.tensor([0.0, 0.03 - float(lowest), 0.0]))


def error(found: Motion, expected: Motion) -> float:
    """Mean joint distance in metres."""
    return float((found.joints() - expected.joints()).norm(dim=-1).mean())


def imported(text: str, folder: Path, **options) -> Motion:
    path = folder / "clip.bvh"
    path.write_text(text)
    return import_motion(path, **options)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"order": "XYZ"},
        {"order": "YXZ", "unit": 1.0},
        {"unit": 39.37},
        {"axes": Z_UP},
        {"root_turn": Z_UP},
        {"positions": True},
        {"spacer": True},
        {"zero_pose": straight_pose(arm=-45.0)},
        {"zero_pose": straight_pose(arm=-88.0)},
        {"zero_pose": straight_pose(arm=-30.0, leg=15.0)},
    ],
    ids=str,
)
def test_any_axes_units_and_zero_pose(motion, tmp_path, options):
    again = imported(foreign_bvh(motion, **options), tmp_path)
    assert error(again, motion) < 0.3 * CENTIMETRE
    # not twisted either: directions of bones say nothing about that
    assert roma.unitquat_geodesic_distance(again.rotations, motion.rotations).mean() < 0.05


def test_a_zero_pose_that_shows_nobody(motion, tmp_path):
    again = imported(foreign_bvh(motion, zero_pose=no_pose(motion)), tmp_path)
    assert error(again, motion) < 1.5 * CENTIMETRE


@pytest.mark.parametrize("adds", [False, True])
def test_position_channels_replace_offsets_or_add_to_them(motion, tmp_path, adds):
    hips = "mixamorig:Hips\n{\n  OFFSET "
    far = "ground\n{\nOFFSET 0 0 0\nCHANNELS 0\nJOINT " + hips + "1 94 -452\n"  # as in Bandai-Namco's files
    text = foreign_bvh(motion, positions=True).replace(hips + "0.000000 0.000000 0.000000\n", far)
    text = text.replace("MOTION", "}\nMOTION")
    if adds:
        rig = rig_from_bvh(text.encode())
        head, rows = text.split("Frame Time: 0.050000\n")
        numbers = np.array(rows.split(), dtype=float).reshape(motion.num_frames, NUM_JOINTS, 6)
        inner = [index for index, name in enumerate(rig.names) if name.startswith("mixamorig") and "_end" not in name]
        numbers[..., :3] -= rig.rest_offsets[inner].numpy()
        rows = "\n".join(" ".join(f"{value:.5f}" for value in row) for row in numbers.reshape(motion.num_frames, -1))
        text = f"{head}Frame Time: 0.050000\n{rows}\n"
    assert error(imported(text, tmp_path), motion) < 0.3 * CENTIMETRE


def test_bone_lengths_are_scaled_by_the_legs(motion, tmp_path):
    child = Skeleton(CANONICAL_SKELETON.offsets * 0.6)
    small = motion.replace(skeleton=child, translation=motion.translation * 0.6)
    assert error(imported(foreign_bvh(small), tmp_path), motion) < 0.5 * CENTIMETRE


@pytest.mark.parametrize("left_out", ["neck", "left_collar right_collar", "left_foot right_foot", "spine1 spine2"])
def test_missing_joints_are_filled_in(motion, tmp_path, left_out):
    names = {joint: name for joint, name in MIXAMO.items() if joint not in left_out.split()}
    again = imported(foreign_bvh(motion, names), tmp_path)
    assert error(again, motion) < 4 * CENTIMETRE


@pytest.mark.parametrize("title", RIGS)
def test_every_table_finds_its_rig(motion, title):
    rows = dict(RIGS[title])
    sides = dict(zip(("left", "right"), rows.pop("sides"), strict=True))
    names = {joint: f"middle {number}" for number, joint in enumerate(JOINT_NAMES)}
    for joint, options in rows.items():
        name = options if isinstance(options, str) else options[-1]
        for side, word in sides.items():
            names[joint if joint in JOINT_NAMES else f"{side}_{joint}"] = f"rig:{name.format(side=word)}"
    if title.startswith("CMU cgspeed"):
        names["spine2"], names["spine3"] = "rig:Spine1", "chest"
    found = find_joint_map(rig_from_bvh(foreign_bvh(motion, names).encode()))
    given = [joint for joint in JOINT_NAMES if "spine" not in joint and not names[joint].startswith("middle")]
    assert {joint: found.joints[joint] for joint in given} == {joint: names[joint] for joint in given}


def test_unknown_names_are_found_by_shape(motion, tmp_path):
    again = imported(foreign_bvh(motion, UNKNOWN), tmp_path)
    assert error(again, motion) < 1.5 * CENTIMETRE


def test_the_joint_map_is_shown_read_and_overridden(motion, tmp_path):
    text = foreign_bvh(motion, UNKNOWN)
    path = tmp_path / "map.yaml"
    path.write_text(str(JointMap(UNKNOWN)))
    assert read_joint_map(path).joints == UNKNOWN
    assert error(imported(text, tmp_path, joint_map=read_joint_map(path)), motion) < 0.3 * CENTIMETRE
    with pytest.raises(MotionError, match="no joint 'LeftUpLeg'"):
        imported(text, tmp_path, joint_map=JointMap(UNKNOWN | {"left_hip": "LeftUpLeg"}))


def test_the_command_shows_the_joint_map_and_follows_a_corrected_one(motion, tmp_path, capsys):
    path, corrected, out = tmp_path / "clip.bvh", tmp_path / "map.yaml", tmp_path / "clip.npz"
    path.write_text(foreign_bvh(motion, UNKNOWN))
    assert main(["convert", str(path)]) == 0
    corrected.write_text(capsys.readouterr().out.replace("neck: bone_12", "neck: bone_15"))
    assert read_joint_map(corrected).joints == find_joint_map(read_rig(path)).joints | {"neck": "bone_15"}
    assert main(["convert", str(path), "--joint-map", str(corrected), "--fps", "10", "-o", str(out)]) == 0
    assert capsys.readouterr().out.strip() == str(out)
    assert load_motion(out).fps == 10.0 and error(load_motion(out), motion) < 1.5 * CENTIMETRE
    assert main(["convert", str(tmp_path / "actor.fbx"), "-o", str(out)]) == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[1, 2]", "expected lines such as"),
        ("left_hip: a", "no joint is given for pelvis"),
        ("{{{", "not readable"),
        ("tail: a", "'tail' is not one of"),
    ],
)
def test_a_wrong_joint_map_is_refused(tmp_path, content, message):
    path = tmp_path / "map.yaml"
    path.write_text(content)
    with pytest.raises(MotionError, match=message):
        read_joint_map(path)


def test_exchanged_sides_are_noticed(motion, tmp_path):
    exchanged = {
        joint: MIXAMO[joint.replace("left", "?").replace("right", "left").replace("?", "right")] for joint in MIXAMO
    }
    with pytest.raises(MotionError, match="left and right are exchanged"):
        imported(foreign_bvh(motion, exchanged), tmp_path)


def test_a_calibration_pose_before_the_motion_is_cut_off(motion, tmp_path):
    late = motion.crop(20, 32).resample(120)
    lines = foreign_bvh(late).splitlines()
    first = lines.index(f"Frames: {late.num_frames}")
    lines[first] = f"Frames: {late.num_frames + 1}"
    lines.insert(first + 2, "0 95 0" + " 0 0 0" * len(MIXAMO))
    again = imported("\n".join(lines), tmp_path)
    assert again.num_frames == late.num_frames
    assert (again.rotations - late.rotations).abs().max() < 0.05


def test_the_frame_rate_can_be_corrected(motion, tmp_path):
    assert imported(foreign_bvh(motion), tmp_path).fps == 20.0
    assert imported(foreign_bvh(motion), tmp_path, fps=10).fps == 10.0


def test_our_own_bvh_comes_back_exactly(motion, tmp_path):
    again = import_motion(save_motion(motion, tmp_path / "own.bvh"))
    assert error(again, motion) < 1e-5
    assert again.skeleton.name == "bvh"


def test_glb(motion, tmp_path):
    path = tmp_path / "clip.glb"
    path.write_bytes(body_to_glb(mannequin(), motion))
    assert error(import_motion(path), motion) < 0.3 * CENTIMETRE


@pytest.mark.parametrize("names", [MIXAMO, UNKNOWN], ids=["Mixamo", "unknown names"])
def test_glb_below_a_turned_and_scaled_node(motion, tmp_path, names):
    half = 0.5**0.5
    path = tmp_path / "clip.glb"
    path.write_bytes(foreign_glb(motion, names, {"rotation": [0.0, half, 0.0, half], "scale": [0.01] * 3}))
    again = import_motion(path)
    # the node turns the body by a quarter to its left
    turned = motion.moved(torch.pi / 2, again.translation[0, [0, 2]])
    assert error(again, turned) < 1.5 * CENTIMETRE
    assert import_motion(path, fps=40).num_frames == 2 * motion.num_frames - 1


def test_amass_without_bones_stands_on_the_floor(motion, tmp_path):
    sunken = motion.replace(translation=motion.translation - torch.tensor([0.0, 0.4, 0.0]))
    again = import_motion(amass_npz(sunken, tmp_path / "clip.npz"))
    assert error(again, motion) < 0.1 * CENTIMETRE


def test_a_y_up_copy_of_amass_stands_and_who_lies_stays_lying(motion, tmp_path):
    identity = roma.identity_quat(dtype=torch.float64)
    assert error(import_motion(amass_npz(motion, tmp_path / "clip.npz", axes=identity)), motion) < 0.1 * CENTIMETRE
    back = roma.rotvec_to_unitquat(torch.tensor([-torch.pi / 2, 0.0, 0.0]))
    rotations = motion.rotations.clone()
    rotations[:, 0] = roma.quat_product(back.expand(motion.num_frames, 4), rotations[:, 0])
    lying = motion.replace(rotations=rotations, translation=torch.tensor([0.3, 0.2, 0.9]).repeat(motion.num_frames, 1))
    heads = import_motion(amass_npz(lying, tmp_path / "clip.npz")).joints()[:, JOINT_INDEX["head"], 1]
    assert heads.max() < 1.0  # 1.4 and more standing


@pytest.mark.parametrize("flat", [False, True])
def test_humanml3d_joints(motion, tmp_path, flat):
    joints = motion.joints().numpy()
    np.save(tmp_path / "clip.npy", joints.reshape(len(joints), -1) if flat else joints)
    again = import_motion(tmp_path / "clip.npy")
    assert again.fps == 20.0
    assert error(again, motion) < 1.5 * CENTIMETRE


def test_humanml3d_features(motion, tmp_path):
    """The features are built here by their definition: everything around the heading, speeds per frame."""
    joints, heading = motion.joints().double(), motion.heading().double()
    cos, sin = torch.cos(heading), torch.sin(heading)

    def facing(vectors: torch.Tensor, frame: slice) -> torch.Tensor:
        x, z = vectors[..., 0], vectors[..., 2]
        c, s = cos[frame], sin[frame]
        if vectors.ndim == 3:
            c, s = c[:, None], s[:, None]
        return torch.stack((c * x - s * z, vectors[..., 1], s * x + c * z), dim=-1)

    features = torch.zeros(motion.num_frames, 263, dtype=torch.float64)
    step = facing(joints[1:, 0] - joints[:-1, 0], slice(1, None))
    features[:-1, 0] = -heading.diff() / 2
    features[:-1, 1:3] = step[:, [0, 2]]
    features[:, 3] = joints[:, 0, 1]
    ground = joints[:, :1] * torch.tensor([1.0, 0.0, 1.0])
    features[:, 4:67] = facing(joints - ground, slice(None))[:, 1:].flatten(1)
    np.save(tmp_path / "clip.npy", features.float().numpy())
    expected = motion.canonicalized()
    assert error(import_motion(tmp_path / "clip.npy"), expected) < 1.5 * CENTIMETRE


def test_kit_ml_joints_in_millimetres(motion, tmp_path):
    names = "pelvis spine2 spine3 neck head".split()
    names += [f"{side}_{joint}" for side in ("right", "left") for joint in ("shoulder", "elbow", "wrist")]
    names += [f"{side}_{joint}" for side in ("right", "left") for joint in ("hip", "knee", "ankle", "foot", "foot")]
    np.save(tmp_path / "clip.npy", 1000 * motion.joints()[:, [JOINT_INDEX[name] for name in names]].numpy())
    again = import_motion(tmp_path / "clip.npy")
    assert again.fps == 12.5
    assert error(again, motion) < 3 * CENTIMETRE  # it says nothing of spine1, and collars are guessed


def test_what_is_no_person_is_refused(motion, tmp_path):
    with pytest.raises(MotionError, match="not a person: no upright trunk"):
        imported(four_legged_bvh(motion), tmp_path)
    snake = "HIERARCHY\nROOT a\n{\nOFFSET 0 0 0\nCHANNELS 3 Xrotation Yrotation Zrotation\n"
    snake += "JOINT b\n{\nOFFSET 0 1 0\nCHANNELS 3 Xrotation Yrotation Zrotation\n}\n}\n"
    snake += "MOTION\nFrames: 5\nFrame Time: 0.05\n" + "0 0 0 0 0 0\n" * 5
    with pytest.raises(MotionError, match=r"not a person: 2 joints \(a, b\) with no two arms and two legs"):
        imported(snake, tmp_path)


def test_bones_that_stretch_are_refused(motion, tmp_path):
    rig = rig_from_bvh(foreign_bvh(motion, positions=True).encode())
    rig.positions[10:, rig.names.index(MIXAMO["left_knee"])] *= 2
    with pytest.raises(MotionError, match="the left leg changes its length"):
        retarget(rig)


@pytest.mark.parametrize(
    ("suffix", "advice"),
    [(".fbx", "Blender"), (".c3d", "Mokka"), (".pkl", "never loaded"), (".txt", "motions are read from .bvh")],
)
def test_other_formats_say_what_to_do(tmp_path, suffix, advice):
    path = tmp_path / f"clip{suffix}"
    path.write_bytes(b"anything")
    with pytest.raises(MotionError, match=advice) as raised:
        import_motion(path)
    assert str(raised.value).startswith(str(path)) and "\n" not in str(raised.value)


@pytest.fixture(scope="module")
def data() -> Path:
    folder = os.environ.get("BEING_M0_DATA")
    if not folder or not (Path(folder) / "import-samples").is_dir():
        pytest.skip("BEING_M0_DATA names no folder with import-samples/")
    return Path(folder)


def truth(data: Path, folder: str, clip_id: str) -> Motion:
    """A clip of the data set that somebody else retargeted, on its own bones."""
    row = next(row for row in map(json.loads, (data / folder / "clips.jsonl").open()) if row["id"] == clip_id)
    with np.load(data / folder / "smpl22_30fps.npz") as arrays:
        rows = slice(row["row"], row["row"] + row["frames"])
        wxyz, translation = arrays["quat_wxyz_i16"][rows].astype(np.float32) / 32767, arrays["trans_m"][rows]
        offsets = arrays["tpose_offsets_m"] if "tpose_offsets_m" in arrays else None
    if offsets is None:
        offsets = json.loads((data / folder / "skeletons.json").read_text())[row["skeleton"]]["tpose22_offsets_m"]
    skeleton = Skeleton(torch.tensor(np.array(offsets)))
    return Motion(torch.from_numpy(wxyz[..., [1, 2, 3, 0]]), torch.from_numpy(translation), 30.0, skeleton)


@pytest.mark.parametrize(
    ("name", "centimetres"),
    [
        ("cmu_cgspeed_02_01.bvh", 1.5),
        ("cmu_02_01.amc", 1.5),
        ("synthetic_amass_style_02_01.npz", 0.1),
        ("synthetic_mixamo_names_02_01.bvh", 0.7),
    ],
)
def test_samples_of_known_truth(data, name, centimetres):
    expected = truth(data, "cmu", "02_01")
    found = import_motion(data / "import-samples" / name).resample(30.0).on_skeleton(expected.skeleton)
    assert found.num_frames == expected.num_frames
    assert error(found, expected) < centimetres * CENTIMETRE


def test_bandai_namco_sample(data):
    """On the same bones. That retarget lets feet slope as in the file, ours stand flat: feet and height differ."""
    expected = truth(data, "bandai", "dataset-1_bow_active_001")
    rig = read_rig(data / "import-samples" / "bandai_bow_active.bvh")
    found = retarget(rig, skeleton=expected.skeleton)
    apart = found.joints() - expected.joints()
    apart[..., 1] -= apart[:, :1, 1].mean()
    feet = [JOINT_INDEX["left_foot"], JOINT_INDEX["right_foot"]]
    others = [joint for joint in range(NUM_JOINTS) if joint not in feet]
    assert apart[:, others].norm(dim=-1).mean() < 0.5 * CENTIMETRE
    assert apart.norm(dim=-1).mean() < 1.0 * CENTIMETRE


def test_the_fox_is_no_person(data):
    with pytest.raises(MotionError, match="Fox.glb: not a person"):
        import_motion(data / "import-samples" / "Fox.glb")


@pytest.mark.parametrize(
    "name", ["pymo_AV_8Walk_Meredith.bvh", "xsens_like_tpose.bvh", "bandai_bow_active.bvh", "CesiumMan.glb"]
)
def test_other_samples_stand_upright_and_walk_forward(data, name):
    motion = import_motion(data / "import-samples" / name)
    joints = motion.joints()
    assert (joints[:, JOINT_INDEX["head"], 1] > 1.0).float().mean() > 0.6
    assert joints[..., 1].amin(dim=1).median() < 0.1
    if "Walk" in name:
        steps = motion.translation.diff(dim=0)
        forward = torch.stack((torch.sin(motion.heading()), torch.cos(motion.heading())), dim=-1)[1:]
        assert (steps[:, [0, 2]] * forward).sum(dim=-1).sum() > 0.8 * steps[:, [0, 2]].norm(dim=-1).sum()
