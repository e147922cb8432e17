"""BVH, ASF and AMC files as people bring them: other roots, units, commas, several people, pointed feet."""

import pytest
import roma
import torch
from foreign_files import MIXAMO, foreign_bvh, no_pose, straight_pose

from being_m0_hf.io.rigs.bvh import rig_from_bvh
from being_m0_hf.motion import JOINT_INDEX, JOINT_NAMES, Motion, MotionError
from being_m0_hf.retarget import find_joint_map, import_all, import_file, import_motion, retarget
from being_m0_hf.retarget.reroot import rerooted

CENTIMETRE = 0.01
UNKNOWN = {joint: f"bone_{number:02}" for number, joint in enumerate(JOINT_NAMES)}
#: OpenNI's and others' habit: shoulders, elbows, hands, and nothing that a table knows.
SPOKEN = {"pelvis": "TORSO#", "neck": "NECK", "head": "HEAD"} | {
    f"{side}_{ours}": f"{side.upper()}_{theirs}"
    for side in ("left", "right")
    for ours, theirs in (
        ("hip", "HIP#"), ("knee", "KNEE"), ("ankle", "FOOT"),
        ("shoulder", "SHOULDER#"), ("elbow", "ELBOW"), ("wrist", "HAND"),
    )
}  # fmt: skip


@pytest.fixture(scope="module")
def walk(make_motion) -> Motion:
    """On the floor, as an import leaves it."""
    motion = make_motion(frames=40, seed=3, speed=1.2)
    lowest = motion.joints()[..., 1].amin(dim=1).quantile(0.05)
    return motion.replace(translation=motion.translation + torch.tensor([0.0, 0.03 - float(lowest), 0.0]))


def imported(text: str, folder, **options) -> Motion:
    path = folder / "clip.bvh"
    path.write_text(text)
    return import_motion(path, **options)


def error(found: Motion, expected: Motion) -> float:
    return float((found.joints() - expected.joints()).norm(dim=-1).mean())


@pytest.mark.parametrize("root", ["head", "spine3", "left_foot", "right_wrist", "neck", "spine1"])
@pytest.mark.parametrize("names", [MIXAMO, UNKNOWN], ids=["Mixamo", "unknown names"])
def test_the_root_may_be_any_joint(walk, root, names):
    rig = rig_from_bvh(foreign_bvh(walk, names).encode())
    other = rerooted(rig, rig.names.index(names[root]))
    assert other.names[0] == names[root]
    assert error(retarget(other), walk) < 3.5 * CENTIMETRE


@pytest.mark.parametrize("ratio", [100.0, 0.01, 1000.0, 39.37, 12.0, 1 / 2.54])
def test_root_and_bones_in_two_units(walk, tmp_path, ratio):
    rows = foreign_bvh(walk).splitlines()
    start = next(place for place, line in enumerate(rows) if line.startswith("Frame Time")) + 1
    for place in range(start, len(rows)):
        numbers = rows[place].split()
        rows[place] = " ".join([*(f"{float(number) / ratio:.8f}" for number in numbers[:3]), *numbers[3:]])
    path = tmp_path / "clip.bvh"
    path.write_text("\n".join(rows))
    found = import_file(path)
    assert error(found.motion, walk) < 6 * CENTIMETRE
    assert "the root in another" in found.understanding.line(found.motion)


def test_who_stands_high_or_starts_at_zero_keeps_the_unit(walk, tmp_path):
    for height in (-0.95, 3.0, -3.0):
        moved = walk.replace(translation=walk.translation + torch.tensor([0.0, height, 0.0]))
        assert error(imported(foreign_bvh(moved), tmp_path), walk) < 0.3 * CENTIMETRE


def test_names_come_before_shape(walk, tmp_path):
    path = tmp_path / "clip.bvh"
    path.write_text(foreign_bvh(walk, SPOKEN))
    found = import_file(path)
    rig = rig_from_bvh(path.read_bytes())
    joints = find_joint_map(rig).joints
    assert {joint: joints[joint] for joint in SPOKEN} == SPOKEN
    assert found.understanding.joints == "words"
    # there are no collars to turn, but every limb points as it did
    for side in ("left", "right"):
        for upper, lower in (("shoulder", "elbow"), ("elbow", "wrist"), ("hip", "knee"), ("knee", "ankle")):
            bones = [
                motion.joints()[:, JOINT_INDEX[f"{side}_{lower}"]] - motion.joints()[:, JOINT_INDEX[f"{side}_{upper}"]]
                for motion in (found.motion, walk)
            ]
            directions = [torch.nn.functional.normalize(bone, dim=-1) for bone in bones]
            assert (directions[0] - directions[1]).norm(dim=-1).max() < 0.02


@pytest.mark.parametrize(
    "pattern",
    [
        "{side}{joint}",
        "bn_{joint}_{letter}",
        "{joint}{Letter}",
        "DEF-{joint}.{Letter}",
        "{letter}{joint}",
        "{joint}_{side}",
    ],
)
def test_words_in_any_order_and_spelling(walk, pattern):
    words = {"hip": "Thigh", "knee": "Calf", "ankle": "Ankle", "foot": "Toe",
             "collar": "Clavicle", "shoulder": "UpperArm", "elbow": "Forearm", "wrist": "Hand"}  # fmt: skip
    names = {"pelvis": "MyPelvis", "spine1": "MySpineA", "spine2": "MySpineB", "spine3": "MyChest", "neck": "MyNeck",
             "head": "MyHead"}  # fmt: skip
    for side in ("Left", "Right"):
        for joint, word in words.items():
            name = pattern.format(side=side, joint=word, letter=side[0].lower(), Letter=side[0])
            names[f"{side.lower()}_{joint}"] = name
    found = find_joint_map(rig_from_bvh(foreign_bvh(walk, names).encode())).joints
    named = [joint for joint in JOINT_NAMES if "spine" not in joint]
    assert {joint: found[joint] for joint in named} == {joint: names[joint] for joint in named}


def two_people(first: str, second: str, shared_root: bool = False) -> str:
    """Both hierarchies and both rows in one file, each with a ROOT or both below one."""
    parts = []
    for text in (first, second):
        head, motion = text.split("MOTION\n")
        parts.append((head.replace("HIERARCHY\n", ""), motion.splitlines()))
    heads = "".join(head for head, _ in parts)
    if shared_root:
        joints = heads.replace("ROOT", "JOINT")
        heads = f"ROOT World\n{{\nOFFSET 0 0 0\nCHANNELS 0\n{joints}}}\n"
    rows = [" ".join(rows) for rows in zip(*(motion[2:] for _, motion in parts), strict=True)]
    return "\n".join(["HIERARCHY", heads + "MOTION", *parts[0][1][:2], *rows]) + "\n"


@pytest.mark.parametrize("shared_root", [False, True])
@pytest.mark.parametrize("same_names", [False, True])
def test_of_two_people_in_one_bvh_the_larger_is_taken_and_the_other_named(
    walk, make_motion, tmp_path, shared_root, same_names
):
    child = make_motion(frames=40, seed=8, speed=0.4)
    names = MIXAMO if same_names else {joint: name.replace("mixamorig:", "child:") for joint, name in MIXAMO.items()}
    text = two_people(foreign_bvh(child, names, unit=60.0), foreign_bvh(walk), shared_root)
    path = tmp_path / "clip.bvh"
    path.write_text(text)
    found = import_file(path)
    assert error(found.motion, walk) < 0.3 * CENTIMETRE
    assert found.understanding.person and len(found.understanding.other_people) == 1
    other = import_motion(path, person=found.understanding.other_people[0])
    about = [motion.joints() - motion.joints()[:, :1] for motion in (other, child)]
    assert (about[0] - about[1]).norm(dim=-1).mean() < 0.3 * CENTIMETRE
    assert len({clip.name for clip in import_all(path)}) == 2


@pytest.mark.parametrize("separator", [" ", ";", "; ", "\t"])
def test_decimal_commas(walk, tmp_path, separator):
    lines = []
    for line in foreign_bvh(walk).splitlines():
        is_numbers = line.strip()[:1] in "-0123456789"
        if is_numbers or "OFFSET" in line or "Time" in line:
            line = line.replace(".", ",")
        lines.append(line.replace(" ", separator) if is_numbers else line)
    assert error(imported("\n".join(lines), tmp_path), walk) < 0.3 * CENTIMETRE
    commas = "\n".join(
        line.replace(" ", ", ") if line[:1] in "-0123456789" else line for line in foreign_bvh(walk).splitlines()
    )
    assert error(imported(commas, tmp_path), walk) < 0.3 * CENTIMETRE


@pytest.mark.parametrize("time", ["0", "0.0", "nan", "", "-1", "unknown"])
def test_the_rate_can_be_given_where_the_file_has_none(walk, tmp_path, time):
    text = foreign_bvh(walk).replace("Frame Time: 0.050000", f"Frame Time: {time}")
    assert error(imported(text, tmp_path, fps=20.0), walk) < 0.3 * CENTIMETRE
    with pytest.raises(MotionError, match="--fps"):
        imported(text, tmp_path)


def test_a_pointed_foot_in_the_reference_frame_does_not_bend_the_other(walk, tmp_path):
    """Both feet stand flat through the clip but for the frames in which the body stands straightest."""
    straight = walk.replace(rotations=roma.identity_quat().repeat(walk.num_frames, 22, 1))
    rotations = straight.rotations.clone()
    knees = torch.tensor([0.15, 0.0, 0.0])
    for side in ("left", "right"):
        for joint, sign in (("hip", -1.0), ("knee", 2.0), ("ankle", -1.0)):
            rotations[:, JOINT_INDEX[f"{side}_{joint}"]] = roma.rotvec_to_unitquat(sign * knees)
    rotations[18:21] = straight.rotations[18:21]
    rotations[18:21, JOINT_INDEX["left_ankle"]] = roma.rotvec_to_unitquat(torch.tensor([0.6, 0.0, 0.0]))
    standing = walk.replace(rotations=rotations)
    found = imported(foreign_bvh(standing, zero_pose=no_pose(walk)), tmp_path)
    feet = [JOINT_INDEX[f"{side}_{joint}"] for side in ("left", "right") for joint in ("ankle", "foot")]
    joints = found.joints()[:, feet]
    slopes = torch.asin((joints[:, 1::2] - joints[:, ::2])[..., 1] / 0.1198).rad2deg()
    flat = torch.cat((slopes[:18], slopes[21:]))
    assert (flat[:, 0] - flat[:, 1]).abs().max() < 3.0
    assert slopes[19, 0] < slopes[19, 1] - 25.0  # and the pointed one is pointed


def test_zero_poses_still_say_how_feet_stand(walk, tmp_path):
    found = imported(foreign_bvh(walk, zero_pose=straight_pose(arm=-45.0)), tmp_path)
    assert error(found, walk) < 0.3 * CENTIMETRE
