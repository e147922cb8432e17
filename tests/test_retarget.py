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
from foreign_files import MIXAMO, Z_UP, amass_npz, foreign_bvh, no_pose, straight_pose

from being_m0_hf.bodies import mannequin
from being_m0_hf.io import body_to_glb, save_motion
from being_m0_hf.io.bvh_rig import rig_from_bvh
from being_m0_hf.motion import CANONICAL_SKELETON, JOINT_INDEX, JOINT_NAMES, PARENTS, Motion, MotionError, Skeleton
from being_m0_hf.retarget import JointMap, find_joint_map, import_motion, read_joint_map, retarget

CENTIMETRE = 0.01
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
    names = {joint: f"bone_{number:02}" for number, joint in enumerate(JOINT_NAMES)}
    again = imported(foreign_bvh(motion, names), tmp_path)
    assert error(again, motion) < 1.5 * CENTIMETRE


def test_the_joint_map_is_shown_read_and_overridden(motion, tmp_path):
    names = {joint: f"bone_{number:02}" for number, joint in enumerate(JOINT_NAMES)}
    text = foreign_bvh(motion, names)
    path = tmp_path / "map.yaml"
    path.write_text(str(JointMap(names)))
    assert read_joint_map(path).joints == names
    assert error(imported(text, tmp_path, joint_map=read_joint_map(path)), motion) < 0.3 * CENTIMETRE
    with pytest.raises(MotionError, match="no joint 'LeftUpLeg'"):
        imported(text, tmp_path, joint_map=JointMap(names | {"left_hip": "LeftUpLeg"}))


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


def test_amass_without_bones_stands_on_the_floor(motion, tmp_path):
    sunken = motion.replace(translation=motion.translation - torch.tensor([0.0, 0.4, 0.0]))
    again = import_motion(amass_npz(sunken, tmp_path / "clip.npz"))
    assert error(again, motion) < 0.1 * CENTIMETRE


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


def test_what_is_no_person_is_refused(motion, tmp_path):
    four_legged = straight_pose()
    legs = [index for name, index in JOINT_INDEX.items() if name.split("_")[-1] in ("hip", "knee", "ankle", "foot")]
    four_legged[legs] = roma.rotvec_to_unitquat(torch.tensor([-torch.pi / 2, 0.0, 0.0], dtype=torch.float64))
    parents = [max(parent, 0) for parent in PARENTS]
    local = roma.quat_product(roma.quat_conjugation(four_legged[parents]), four_legged)
    still = motion.replace(rotations=local.float().repeat(motion.num_frames, 1, 1))
    with pytest.raises(MotionError, match="not a person: no upright trunk"):
        imported(foreign_bvh(still, zero_pose=four_legged), tmp_path)
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


@pytest.mark.parametrize(
    "name",
    ["cmu_cgspeed_02_01.bvh", "cmu_02_01.amc", "synthetic_amass_style_02_01.npz", "synthetic_mixamo_names_02_01.bvh"],
)
def test_samples_of_known_truth(data, name):
    row = next(row for row in map(json.loads, (data / "cmu" / "clips.jsonl").open()) if row["id"] == "02_01")
    skeletons = json.loads((data / "cmu" / "skeletons.json").read_text())
    with np.load(data / "cmu" / "smpl22_30fps.npz") as arrays:
        rows = slice(row["row"], row["row"] + row["frames"])
        wxyz, translation = arrays["quat_wxyz_i16"][rows].astype(np.float32) / 32767, arrays["trans_m"][rows]
    skeleton = Skeleton(torch.tensor(skeletons[row["skeleton"]]["tpose22_offsets_m"]))
    truth = Motion(torch.from_numpy(wxyz[..., [1, 2, 3, 0]]), torch.from_numpy(translation), 30.0, skeleton)
    found = import_motion(data / "import-samples" / name).resample(30.0).on_skeleton(skeleton)
    assert found.num_frames == truth.num_frames
    assert error(found, truth) < 1.5 * CENTIMETRE


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
