"""glTF files as people bring them: skeletons without a skin, several people and animations, every kind of key."""

import json

import numpy as np
import pytest
import roma
import torch
from foreign_files import MIXAMO
from foreign_gltf import Actor, Gltf, vrm_humanoid

from being_m0_hf.motion import JOINT_NAMES, NUM_JOINTS, Motion, MotionError
from being_m0_hf.retarget import import_all, import_file, import_motion

CENTIMETRE = 0.01
NUMBERED = {joint: f"bone{number}" for number, joint in enumerate(JOINT_NAMES)}


@pytest.fixture(scope="module")
def walk(make_motion) -> Motion:
    return make_motion(frames=41, seed=3, speed=0.8)


@pytest.fixture(scope="module")
def other(make_motion) -> Motion:
    return make_motion(frames=24, seed=5, speed=0.3)


def apart(found: Motion, expected: Motion) -> float:
    """Mean joint distance about the pelvis, metres."""
    joints, others = (motion.joints() - motion.joints()[:, :1] for motion in (found, expected))
    return float((joints - others).norm(dim=-1).mean())


def written(gltf: Gltf, folder, name: str = "clip.glb"):
    path = folder / name
    path.write_bytes(gltf.glb())
    return path


@pytest.mark.parametrize("skin", [False, True])
@pytest.mark.parametrize("scale", [1.0, 0.01])
def test_nodes_and_an_animation_are_a_skeleton(walk, tmp_path, skin, scale):
    above = {"name": "Armature", "scale": [scale] * 3}
    found = import_motion(written(Gltf([Actor({"walk": walk}, MIXAMO, above, skin)]), tmp_path))
    assert found.num_frames == walk.num_frames and found.fps == walk.fps
    assert apart(found, walk) < 0.3 * CENTIMETRE


@pytest.mark.parametrize(
    ("version", "suffix"), [("VRMC_vrm_animation", ".vrma"), ("VRMC_vrm", ".vrm"), ("VRM", ".vrm"), ("VRM", ".glb")]
)
def test_vrm_says_itself_who_is_who(walk, tmp_path, version, suffix):
    gltf = Gltf([Actor({"walk": walk}, NUMBERED)])
    gltf.document["extensions"] = vrm_humanoid(gltf.first[0], version)
    gltf.document["extensionsRequired"] = [version]
    found = import_file(written(gltf, tmp_path, f"clip{suffix}"))
    assert apart(found.motion, walk) < 0.3 * CENTIMETRE
    assert found.understanding.joints == "VRM humanoid"


def test_the_longest_animation_that_moves_is_taken_and_the_others_are_named(walk, other, tmp_path):
    pose = walk.replace(rotations=walk.rotations[:1].expand(41, -1, -1), translation=walk.translation[:1].expand(41, 3))
    long_pose = pose.replace(fps=4.0)
    gltf = Gltf([Actor({"TPose": long_pose, "Idle": other, "Walk": walk}, MIXAMO)])
    path = written(gltf, tmp_path)
    found = import_file(path)
    assert apart(found.motion, walk) < 0.3 * CENTIMETRE
    line = found.understanding.line(found.motion)
    assert "animation Walk" in line and "Idle" in line and "TPose" in line and "\n" not in line
    for name in ("Idle", "idle", "2"):
        assert apart(import_motion(path, animation=name), other) < 0.3 * CENTIMETRE
    with pytest.raises(MotionError, match=r"clip.glb: has no animation 'Jump'; it has TPose, Idle, Walk"):
        import_motion(path, animation="Jump")
    clips = {clip.name: clip.motion for clip in import_all(path)}
    assert set(clips) == {"TPose", "Idle", "Walk"} and apart(clips["Idle"], other) < 0.3 * CENTIMETRE


def expected_joints(motion: Motion, keys: str, every: int, frames: int) -> torch.Tensor:
    """The joints by the formulas of the specification's appendix C, written here once more in the plainest way."""
    rotations, translation = motion.rotations.double(), motion.translation.double()
    chosen = list(range(0, motion.num_frames, every))
    step = every / motion.fps
    values = torch.cat((translation[chosen], rotations[chosen].flatten(1)), dim=1).numpy()
    tangents = np.gradient(values, np.array(chosen) / motion.fps, axis=0)
    found = []
    for frame in range(frames):
        key, t = frame // every, frame % every / every
        last = min(key + 1, len(chosen) - 1)
        if keys == "STEP":
            found.append(values[key])
        elif keys == "CUBICSPLINE":
            found.append(
                (2 * t**3 - 3 * t**2 + 1) * values[key] + step * (t**3 - 2 * t**2 + t) * tangents[key]
                + (-2 * t**3 + 3 * t**2) * values[last] + step * (t**3 - t**2) * tangents[last]
            )  # fmt: skip
        else:
            first, second = (torch.from_numpy(values[at, 3:]).reshape(-1, 4) for at in (key, last))
            turned = roma.unitquat_slerp(first, second, torch.tensor([t]).double(), shortest_arc=True)[0]
            found.append(np.concatenate(((1 - t) * values[key, :3] + t * values[last, :3], turned.flatten().numpy())))
    found = torch.from_numpy(np.stack(found))
    turns = torch.nn.functional.normalize(found[:, 3:].unflatten(1, (NUM_JOINTS, 4)), dim=-1)
    return motion.replace(rotations=turns.float(), translation=found[:, :3].float()).joints()


@pytest.mark.parametrize("keys", ["STEP", "LINEAR", "CUBICSPLINE"])
@pytest.mark.parametrize("every", [1, 4, 8])
def test_values_between_keys_are_as_the_specification_says(walk, tmp_path, keys, every):
    path = written(Gltf([Actor({"walk": walk}, MIXAMO)], keys, every), tmp_path)
    found = import_motion(path)
    assert found.fps == 20.0 and found.num_frames == 41  # a motion's rate, not that of the keys
    joints, expected = found.joints(), expected_joints(walk, keys, every, 41)
    # STEP keys are float32 and may lie a hair behind a frame: then the frame still has the value before
    close = ((joints - joints[:, :1]) - (expected - expected[:, :1])).norm(dim=-1).amax(dim=1) < 0.5 * CENTIMETRE
    assert close.all() if keys != "STEP" or every == 1 else close.double().mean() > 0.8


def test_a_rate_can_be_asked_for(walk, tmp_path):
    path = written(Gltf([Actor({"walk": walk}, MIXAMO)]), tmp_path)
    assert import_motion(path, fps=40).num_frames == 81
    thirty = written(Gltf([Actor({"walk": walk.replace(fps=30.0)}, MIXAMO)], every=3), tmp_path)
    assert import_motion(thirty).fps == 20.0  # keys at 10 a second


@pytest.mark.parametrize("skin", [False, True])
@pytest.mark.parametrize("same_names", [False, True])
def test_of_several_people_the_largest_is_taken(walk, other, tmp_path, skin, same_names):
    child = {joint: name.replace("mixamorig", "mixamorig" if same_names else "child") for joint, name in MIXAMO.items()}
    actors = [
        Actor({"scene": other}, child, {"name": "Child", "scale": [0.6] * 3}, skin),
        Actor({"scene": walk}, MIXAMO, {"name": "Mother", "translation": [1.0, 0.0, 0.0]}, skin),
    ]
    path = written(Gltf(actors), tmp_path)
    found = import_file(path)
    assert apart(found.motion, walk) < 0.3 * CENTIMETRE
    assert found.understanding.person == "Mother" and found.understanding.other_people == ("Child",)
    assert "--person" in found.understanding.line(found.motion)
    for name in ("Child", "child", "1"):
        alone = import_motion(path, person=name).crop(0, other.num_frames)
        assert apart(alone, other) < 0.3 * CENTIMETRE
    with pytest.raises(MotionError, match="has no person 'Dog'; it has Child, Mother"):
        import_motion(path, person="Dog")
    assert {clip.name for clip in import_all(path)} == {"Child", "Mother"}


def test_a_person_has_the_longest_of_its_own_animations(walk, other, tmp_path):
    """As Blender writes two armatures: an animation for each."""
    actors = [
        Actor({"A|walk": walk}, MIXAMO, {"name": "A", "scale": [0.5] * 3}),
        Actor({"B|short": other.crop(0, 8), "B|other": other}, MIXAMO, {"name": "B"}),
    ]
    path = written(Gltf(actors), tmp_path)
    found = import_file(path)
    assert found.understanding.person == "B" and found.understanding.animation == "B|other"
    assert found.understanding.other_animations == ("B|short",)
    assert apart(found.motion, other) < 0.3 * CENTIMETRE
    assert apart(import_motion(path, person="A"), walk) < 0.3 * CENTIMETRE
    assert {clip.name for clip in import_all(path)} == {"A", "B B|short", "B B|other"}


def test_a_body_of_several_skins_is_one_person(walk, tmp_path):
    gltf = Gltf([Actor({"walk": walk}, MIXAMO, skin=True)])
    body = gltf.document["skins"][0]
    # the shirt is bound in a space of its own, in centimetres
    scaled = np.diag([100.0, 100.0, 100.0, 1.0])
    inverse = np.tile(np.eye(4), (3, 1, 1))
    place = walk.skeleton.rest_joints().numpy() + [0.0, 0.95, 0.0]
    for row, joint in enumerate((0, 3, 6)):
        bind = np.eye(4)
        bind[:3, 3] = place[joint]
        inverse[row] = np.linalg.inv(scaled @ bind).T
    shirt = {"joints": [gltf.first[0] + joint for joint in (0, 3, 6)]}
    gltf.document["skins"] = [shirt | {"inverseBindMatrices": gltf.add(inverse.reshape(3, 16))}, body]
    found = import_file(written(gltf, tmp_path))
    assert found.understanding.person == "" and apart(found.motion, walk) < 0.3 * CENTIMETRE


def test_mirrored_bones_are_right_and_mirrored_bodies_refused(walk, tmp_path):
    """Some programs mirror a limb by a negative scale; the whole body mirrored has left and right exchanged."""
    gltf = Gltf([Actor({"walk": walk}, MIXAMO)])
    shoulder = gltf.first[0] + JOINT_NAMES.index("right_shoulder")
    gltf.document["nodes"][shoulder]["scale"] = [1.0, 1.0, -1.0]
    for name in ("right_elbow", "right_wrist"):  # what hangs from it is told in the mirror
        node = gltf.first[0] + JOINT_NAMES.index(name)
        gltf.document["nodes"][node]["translation"][2] *= -1
        for channel in gltf.document["animations"][0]["channels"]:
            if channel["target"]["node"] == node:
                sampler = gltf.document["animations"][0]["samplers"][channel["sampler"]]
                mirrored = walk.rotations[:, JOINT_NAMES.index(name)] * torch.tensor([-1.0, -1.0, 1.0, 1.0])
                sampler["output"] = gltf.add(mirrored.numpy())
    assert apart(import_motion(written(gltf, tmp_path)), walk) < 0.3 * CENTIMETRE
    for skin in (False, True):
        above = {"name": "Armature", "scale": [-1.0, 1.0, 1.0]}
        with pytest.raises(MotionError, match="negative scale mirrors the body"):
            import_motion(written(Gltf([Actor({"walk": walk}, MIXAMO, above, skin)]), tmp_path))
    twice = {"name": "Armature", "scale": [-1.0, -1.0, 1.0]}  # which is a half turn
    assert import_motion(written(Gltf([Actor({"walk": walk}, MIXAMO, twice)]), tmp_path)).num_frames == 41


def test_numbers_beside_the_file_and_sparse_ones(walk, tmp_path):
    gltf = Gltf([Actor({"walk": walk}, MIXAMO)])
    gltf.make_sparse(gltf.document["animations"][0]["samplers"][5]["output"])
    (tmp_path / "the walk.bin").write_bytes(bytes(gltf.binary))
    path = tmp_path / "walk.gltf"
    path.write_text(gltf.gltf("the%20walk.bin"))
    assert apart(import_motion(path), walk) < 0.3 * CENTIMETRE
    for bin_name, message in (
        ("missing.bin", "its data is missing"),
        ("../walk.bin", "which is not beside it"),
        ("/etc/passwd", "which is not beside it"),
        ("https://example.org/walk.bin", "which is not beside it"),
    ):
        path.write_text(gltf.gltf(bin_name))
        with pytest.raises(MotionError, match=message):
            import_motion(path)


@pytest.mark.parametrize("name", ["EXT_meshopt_compression", "KHR_meshopt_compression"])
def test_packed_numbers_are_named(walk, tmp_path, name):
    gltf = Gltf([Actor({"walk": walk}, MIXAMO)])
    gltf.document["extensionsRequired"] = [name]
    for view in gltf.document["bufferViews"]:
        view["extensions"] = {name: {"buffer": 0}}
    with pytest.raises(MotionError, match=f"clip.glb: packed with the glTF extension {name}.*gltfpack"):
        import_motion(written(gltf, tmp_path))


def test_required_extensions_are_named_unless_they_are_about_looks(walk, tmp_path):
    gltf = Gltf([Actor({"walk": walk}, MIXAMO)])
    gltf.document["extensionsRequired"] = ["KHR_materials_unlit", "KHR_draco_mesh_compression", "KHR_texture_basisu"]
    assert apart(import_motion(written(gltf, tmp_path)), walk) < 0.3 * CENTIMETRE
    gltf.document["extensionsRequired"].append("ACME_secret_skeletons")
    with pytest.raises(MotionError, match="needs the glTF extension ACME_secret_skeletons.*Blender"):
        import_motion(written(gltf, tmp_path))


def test_what_moves_nothing_is_said(walk, tmp_path):
    gltf = Gltf([Actor({"walk": walk}, MIXAMO, skin=True)])
    gltf.document["animations"] = []
    with pytest.raises(MotionError, match="no animation"):
        import_motion(written(gltf, tmp_path))
    (tmp_path / "empty.gltf").write_text(json.dumps({"asset": {"version": "2.0"}}))
    with pytest.raises(MotionError, match="no skeleton"):
        import_motion(tmp_path / "empty.gltf")
