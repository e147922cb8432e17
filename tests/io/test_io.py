"""Motion files: round trips, independent readers (pygltflib, bvhio, numpy), errors in one line, whole files only."""

import io
import json
import os

import bvhio
import numpy as np
import pygltflib
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from being_m0_hf.bodies import makehuman_body, mannequin, pose_body
from being_m0_hf.io import body_to_glb, check_save_path, load_motion, save_motion
from being_m0_hf.io.formats.amass import motion_from_amass, motion_to_amass
from being_m0_hf.io.formats.bvh import motion_from_bvh, motion_to_bvh
from being_m0_hf.io.formats.motion_json import motion_from_json, motion_to_json
from being_m0_hf.motion import CANONICAL_SKELETON, JOINT_NAMES, NUM_JOINTS, PARENTS, Motion, MotionError, Skeleton

TEXT = 'a person wàves "twice"\n挥手 \\ </script>'
FORMATS = {
    "json": (motion_to_json, motion_from_json),
    "npz": (motion_to_amass, motion_from_amass),
    "bvh": (motion_to_bvh, motion_from_bvh),
}


def random_motion(seed: int, frames: int = 8, fps: float = 20.0, text: str | None = TEXT) -> Motion:
    """Any rotations at all, on bones of its own."""
    generator = torch.Generator().manual_seed(seed)
    rotations = torch.nn.functional.normalize(torch.randn(frames, NUM_JOINTS, 4, generator=generator), dim=-1)
    steps = 0.01 * torch.randn(frames, 3, generator=generator)
    offsets = CANONICAL_SKELETON.offsets * (0.9 + 0.2 * torch.rand(NUM_JOINTS, 1, generator=generator))
    translation = steps.cumsum(dim=0) + torch.tensor([0.3, 0.95, -0.2])
    return Motion(rotations, translation, fps, Skeleton(offsets, "random"), text)


@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000), frames=st.integers(4, 12), fps=st.sampled_from([20.0, 24.0, 29.97, 30.0, 120.0]))
def test_round_trip(name, seed, frames, fps):
    motion = random_motion(seed, frames, fps)
    write, read = FORMATS[name]
    again = read(write(motion))
    assert again.fps == pytest.approx(fps, abs=1e-6)
    assert (again.joints() - motion.joints()).abs().max() < 1e-5
    assert torch.allclose(again.skeleton.offsets, motion.skeleton.offsets, atol=1e-6)
    assert again.text == (None if name == "bvh" else TEXT)


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("angle", [90.0, -90.0, 180.0])
def test_round_trip_of_right_angles(name, angle):
    """Euler angles lock at 90 degrees and rotation vectors turn over at 180; positions must not notice."""
    rotations = torch.tensor([0.0, 0, 0, 1]).repeat(4, NUM_JOINTS, 1)
    for joint in range(NUM_JOINTS):
        axis = "xyz"[joint % 3]
        rotations[:, joint] = torch.from_numpy(Rotation.from_euler(axis, angle, degrees=True).as_quat()).float()
    motion = Motion(rotations, torch.zeros(4, 3))
    write, read = FORMATS[name]
    assert (read(write(motion)).joints() - motion.joints()).abs().max() < 1e-5


@pytest.mark.parametrize("suffix", ["json", "npz", "bvh", "glb", "GLB"])
def test_suffix_chooses_the_format(suffix, tmp_path):
    motion = random_motion(0)
    path = save_motion(motion, tmp_path / f"wave.{suffix}", makehuman_body("low"))
    assert [file.name for file in tmp_path.iterdir()] == [f"wave.{suffix}"]
    if suffix.lower() == "glb":
        assert path.read_bytes()[:4] == b"glTF"
    else:
        assert (load_motion(path).joints() - motion.joints()).abs().max() < 1e-5


def glb_joints_and_vertices(data: bytes, seconds: float) -> tuple[np.ndarray, np.ndarray, pygltflib.GLTF2]:
    """Evaluate the animation at a key's time by the node hierarchy, as a player would; nothing of ours is used."""
    gltf = pygltflib.GLTF2().load_from_bytes(data)
    blob = gltf.binary_blob()
    kinds = {5126: "<f4", 5121: "u1", 5123: "<u2", 5125: "<u4"}
    widths = {"SCALAR": 1, "VEC3": 3, "VEC4": 4, "MAT4": 16}

    def array(index: int) -> np.ndarray:
        accessor = gltf.accessors[index]
        view = gltf.bufferViews[accessor.bufferView]
        count = accessor.count * widths[accessor.type]
        flat = np.frombuffer(blob, kinds[accessor.componentType], count, view.byteOffset)
        return flat.reshape(accessor.count, -1)

    places = {index: np.array(node.translation or [0, 0, 0], float) for index, node in enumerate(gltf.nodes)}
    turns = {index: np.array(node.rotation or [0, 0, 0, 1], float) for index, node in enumerate(gltf.nodes)}
    for channel in gltf.animations[0].channels if gltf.animations else []:
        sampler = gltf.animations[0].samplers[channel.sampler]
        key = np.abs(array(sampler.input)[:, 0] - seconds).argmin()
        target = {"translation": places, "rotation": turns}[channel.target.path]
        target[channel.target.node] = array(sampler.output)[key].astype(float)

    worlds: dict[int, np.ndarray] = {}

    def visit(index: int, parent: np.ndarray) -> None:
        local = np.eye(4)
        local[:3, :3] = Rotation.from_quat(turns[index]).as_matrix()
        local[:3, 3] = places[index]
        worlds[index] = parent @ local
        for child in gltf.nodes[index].children or []:
            visit(child, worlds[index])

    for root in gltf.scenes[gltf.scene].nodes:
        visit(root, np.eye(4))
    skin = gltf.skins[0]
    inverse_binds = array(skin.inverseBindMatrices).reshape(-1, 4, 4).transpose(0, 2, 1).astype(float)
    matrices = np.stack([worlds[joint] for joint in skin.joints]) @ inverse_binds
    attributes = gltf.meshes[0].primitives[0].attributes
    vertices = np.c_[array(attributes.POSITION), np.ones(len(array(attributes.POSITION)))]
    weights, joints = array(attributes.WEIGHTS_0), array(attributes.JOINTS_0)
    posed = np.einsum("vk,vkij,vj->vi", weights, matrices[joints], vertices)[:, :3]
    by_name = {gltf.nodes[index].name: world[:3, 3] for index, world in worlds.items()}
    return np.stack([by_name[name] for name in JOINT_NAMES]), posed, gltf


@pytest.mark.parametrize("body", [makehuman_body("low"), mannequin()], ids=lambda body: body.name)
def test_independent_reader_finds_every_joint_and_vertex_in_the_glb(body):
    motion = random_motion(3, frames=6)
    data = body_to_glb(body, motion)
    joints, vertices = motion.joints().numpy(), pose_body(body, motion).numpy()
    for frame in range(motion.num_frames):
        read_joints, read_vertices, gltf = glb_joints_and_vertices(data, frame / motion.fps)
        assert np.abs(read_joints - joints[frame]).max() < 1e-4
        assert np.abs(read_vertices - vertices[frame]).max() < 1e-4
    assert gltf.scenes[0].extras["text"] == TEXT
    assert gltf.scenes[0].extras["fps"] == motion.fps


def test_glb_without_motion_stands_in_t_pose_on_the_floor():
    body = makehuman_body("low")
    joints, vertices, gltf = glb_joints_and_vertices(body_to_glb(body), 0.0)
    assert not gltf.animations
    assert vertices[:, 1].min() == pytest.approx(0.0, abs=1e-5)
    expected = body.rest_joints.numpy() + [0, body.standing_height, 0]
    assert np.abs(joints - expected).max() < 1e-5


def test_glb_quaternions_take_the_short_way():
    motion = random_motion(4)
    # hold still but for the sign, which changes every frame
    signs = torch.where(torch.arange(motion.num_frames) % 2 == 0, 1.0, -1.0)
    flipped = motion.rotations[:1] * signs[:, None, None]
    gltf = pygltflib.GLTF2().load_from_bytes(body_to_glb(makehuman_body("low"), motion.replace(rotations=flipped)))
    for sampler in gltf.animations[0].samplers[1:]:
        view = gltf.bufferViews[gltf.accessors[sampler.output].bufferView]
        keys = np.frombuffer(gltf.binary_blob(), "<f4", view.byteLength // 4, view.byteOffset).reshape(-1, 4)
        assert ((keys[1:] * keys[:-1]).sum(axis=1) > 0).all()


def test_independent_reader_finds_every_joint_in_the_bvh(tmp_path):
    motion = random_motion(5, frames=6)
    path = save_motion(motion, tmp_path / "motion.bvh")
    root = bvhio.readAsHierarchy(str(path))
    joints = motion.joints().numpy()
    for frame in range(motion.num_frames):
        root.loadPose(frame)
        found = {joint.Name: joint.PositionWorld for joint, _, _ in root.layout()}
        read = np.array([[*found[name]] for name in JOINT_NAMES]) / 100
        assert np.abs(read - joints[frame]).max() < 1e-4
    assert bvhio.readAsBvh(str(path)).FrameTime == pytest.approx(1 / motion.fps)


def test_bvh_angles_do_not_jump_between_frames(tmp_path):
    turns = torch.linspace(0, 3 * np.pi, 40)
    rotations = torch.tensor([0.0, 0, 0, 1]).repeat(40, NUM_JOINTS, 1)
    rotations[:, 0] = torch.from_numpy(Rotation.from_euler("y", turns.numpy()[:, None]).as_quat()).float()
    lines = motion_to_bvh(Motion(rotations, torch.zeros(40, 3))).decode().splitlines()[-40:]
    angles = np.array([line.split() for line in lines], dtype=float)[:, 3:]
    assert np.abs(np.diff(angles, axis=0)).max() < 20


def test_bvh_rest_pose_is_the_t_pose(tmp_path):
    motion = random_motion(6)
    hierarchy = bvhio.readAsBvh(str(save_motion(motion, tmp_path / "motion.bvh")))
    offsets = {joint.Name: np.array([*joint.Offset]) for joint, _, _ in hierarchy.Root.layout()}
    read = np.stack([offsets[name] for name in JOINT_NAMES]) / 100
    assert np.allclose(read, motion.skeleton.offsets, atol=1e-6)


def test_amass_file_is_z_up_and_read_by_plain_numpy(tmp_path):
    motion = random_motion(7)
    path = save_motion(motion, tmp_path / "motion.npz")
    with np.load(path, allow_pickle=False) as arrays:
        assert arrays["poses"].shape == (motion.num_frames, 156)
        assert arrays["betas"].shape == (16,)
        assert arrays["dmpls"].shape == (motion.num_frames, 8)
        assert str(arrays["gender"]) == "neutral"
        assert float(arrays["mocap_framerate"]) == motion.fps
        assert not arrays["poses"][:, 66:].any()
        poses, trans, offsets = arrays["poses"], arrays["trans"], arrays["rest_offsets"]
    local = Rotation.from_rotvec(poses.reshape(-1, 3)).as_matrix().reshape(len(poses), 52, 3, 3)
    places, turns = [trans], [local[:, 0]]
    for joint in range(1, NUM_JOINTS):
        parent = PARENTS[joint]
        places.append(places[parent] + turns[parent] @ offsets[joint])
        turns.append(turns[parent] @ local[:, joint])
    x, y, z = np.stack(places, axis=1).transpose(2, 0, 1)
    # AMASS: z up, and our forward +z is its -y
    assert np.abs(np.stack((x, z, -y), axis=-1) - motion.joints().numpy()).max() < 1e-4


@pytest.mark.parametrize("columns", [66, 72, 156, 165])
def test_reads_every_amass_generation(columns):
    motion = random_motion(8)
    with np.load(io.BytesIO(motion_to_amass(motion))) as archive:
        poses = np.zeros((motion.num_frames, columns))
        poses[:, :66] = archive["poses"][:, :66]
        arrays = {"poses": poses, "trans": archive["trans"], "mocap_frame_rate": np.array(120)}
    buffer = io.BytesIO()
    np.savez(buffer, gender=np.array("male"), labels=np.array([{"pickled": 1}], dtype=object), **arrays)
    again = motion_from_amass(buffer.getvalue())
    assert again.fps == 120
    assert again.skeleton is CANONICAL_SKELETON
    assert (again.rotations * motion.rotations).sum(dim=-1).abs().min() > 1 - 1e-6


def npz(**arrays) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


POSES, TRANS = np.zeros((5, 156)), np.zeros((5, 3))
BVH = motion_to_bvh(random_motion(9, frames=4)).decode()
JSON = json.loads(motion_to_json(random_motion(9, frames=4)))
DAMAGED = {
    "motion.fbx": (b"", "unknown suffix '.fbx'"),
    "empty.npz": (b"", "not an npz archive"),
    "text.npz": (b"hello", "not an npz archive"),
    "pickle.npz": (npz(poses=np.array([{}], dtype=object), trans=TRANS, mocap_framerate=30), "pickled"),
    "poseless.npz": (npz(trans=TRANS, mocap_framerate=30), '"poses" is missing'),
    "rateless.npz": (npz(poses=POSES, trans=TRANS), "mocap_framerate"),
    "narrow.npz": (npz(poses=POSES[:, :63], trans=TRANS, mocap_framerate=30), "66 or more"),
    "uneven.npz": (npz(poses=POSES, trans=TRANS[:3], mocap_framerate=30), '"trans" has shape'),
    "words.npz": (npz(poses=POSES.astype(str), trans=TRANS, mocap_framerate=30), "not numbers"),
    "nan.npz": (npz(poses=POSES * np.nan, trans=TRANS, mocap_framerate=30), "NaN"),
    "bones.npz": (
        npz(poses=POSES, trans=TRANS, mocap_framerate=30, rest_offsets=np.zeros((3, 3))),
        "offsets have shape",
    ),
    "foreign.bvh": (BVH.replace("left_hip", "LeftUpLeg").encode(), "'LeftUpLeg' is not an SMPL joint"),
    "order.bvh": (BVH.replace("Zrotation Xrotation Yrotation", "Zrotation Yrotation Xrotation").encode(), "channels"),
    "cut.bvh": (BVH[: len(BVH) - 50].encode(), "the file is cut"),
    "letters.bvh": (BVH.replace("Frame Time: 0.050000000000\n", "Frame Time: 0.05\nx").encode(), "not a number"),
    "stopped.bvh": (BVH.replace("Frame Time: 0.050000000000", "Frame Time: 0").encode(), "Frame Time is 0"),
    "headless.bvh": (b"HIERARCHY", "not a whole BVH"),
    "unframed.bvh": (BVH.replace("Frames:", "Images:").encode(), "Frames: N"),
    "bad.json": (b"{", "not readable as JSON"),
    "binary.json": (b"\xff\xfe\x00", "not readable as JSON"),
    "other.json": (b'{"format": "gltf"}', "not a motion of this package"),
    "list.json": (b"[]", "not a motion of this package"),
    "newer.json": (json.dumps(JSON | {"version": 99}).encode(), "version 99"),
    "joints.json": (json.dumps(JSON | {"joint_names": ["a"]}).encode(), "22 SMPL joints"),
    "fps.json": (json.dumps(JSON | {"fps": "fast"}).encode(), '"fps"'),
    "ragged.json": (json.dumps(JSON | {"rotations": [[1], [1, 2]]}).encode(), '"rotations"'),
    "none.json": (json.dumps(JSON | {"translation": None}).encode(), '"translation"'),
    "number.json": (json.dumps(JSON | {"text": 5}).encode(), '"text"'),
    "unit.json": (json.dumps(JSON | {"rotations": np.ones((4, 22, 4)).tolist()}).encode(), "normalise"),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_or_foreign_file_is_named_in_one_line(name, tmp_path):
    content, reason = DAMAGED[name]
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(MotionError, match=reason) as caught:
        load_motion(path)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_few_wrong_bytes_give_a_motion_or_one_line(name, data):
    write, read = FORMATS[name]
    content = bytearray(write(random_motion(1, frames=4)))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    del content[data.draw(st.sampled_from([len(content), len(content) // 2])) :]
    try:
        motion = read(bytes(content))
    except MotionError as error:
        assert "\n" not in str(error)
    else:
        assert torch.isfinite(motion.joints()).all()


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(MotionError, match=r"nothing\.npz: cannot be read"):
        load_motion(tmp_path / "nothing.npz")


@pytest.mark.parametrize(
    ("path", "reason"),
    [("wave.obj", "unknown suffix"), ("wave", "unknown suffix"), ("no/such/wave.glb", "does not exist"),
     ("folder.glb", "cannot be written"), ("x" * 300 + ".json", "cannot be written")],
)  # fmt: skip
def test_an_impossible_target_is_named_and_nothing_is_left(path, reason, tmp_path):
    (tmp_path / "folder.glb").mkdir()
    with pytest.raises(MotionError, match=reason) as caught:
        save_motion(random_motion(0), tmp_path / path, makehuman_body("low"))
    assert "\n" not in str(caught.value)
    assert [file.name for file in tmp_path.iterdir()] == ["folder.glb"]


def test_the_path_can_be_checked_before_the_work(tmp_path):
    check_save_path(tmp_path / "wave.glb")
    with pytest.raises(MotionError, match="unknown suffix"):
        check_save_path(tmp_path / "wave.obj")


def test_a_failed_write_keeps_the_old_file(tmp_path, monkeypatch):
    path = save_motion(random_motion(0), tmp_path / "wave.json")
    before = path.read_bytes()

    def disk_full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", disk_full)
    with pytest.raises(MotionError, match="No space left"):
        save_motion(random_motion(1), path)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["wave.json"]
