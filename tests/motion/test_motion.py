"""Motion core: features both ways, facing, kinematics against scipy, resampling, mirroring, what is refused."""

import math

import numpy as np
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from being_m0_hf.motion import (
    CANONICAL_SKELETON,
    JOINT_INDEX,
    JOINT_NAMES,
    MIRROR_JOINTS,
    NUM_JOINTS,
    PARENTS,
    PART_COLUMNS,
    PART_NAMES,
    PARTS,
    Motion,
    MotionError,
    Skeleton,
    encode_d135,
    forward_kinematics,
)
from being_m0_hf.motion.features import (
    BODY_ROTATIONS,
    ROOT_HEIGHT,
    ROOT_ROTATION,
    ROOT_VELOCITY,
    TURN,
    joint_columns,
    remove_heading,
    restore_heading,
)
from being_m0_hf.motion.rotations import (
    angle_between,
    heading_angle,
    matrix_from_6d,
    matrix_to_6d,
    quaternion_from_6d,
    quaternion_to_6d,
    yaw_quaternion,
)

METRES, RADIANS = 1e-4, 1e-3  # what a round trip may lose

angles = st.floats(-math.pi, math.pi)
body_motions = st.fixed_dictionaries(
    {
        "frames": st.integers(4, 400),
        "seed": st.integers(0, 10_000),
        "turn": st.floats(-20.0, 20.0),
        "roll": st.sampled_from([0.0, 2 * math.pi, -4 * math.pi]),
        "pitch": st.floats(-1.5, 1.5),
        "speed": st.floats(-4.0, 8.0),
    }
)


def standing(frames: int = 6, **turned: list[float]) -> Motion:
    """The T-pose, one quaternion for each joint named."""
    rotations = torch.tensor([0.0, 0.0, 0.0, 1.0]).repeat(frames, NUM_JOINTS, 1)
    for name, quaternion in turned.items():
        rotations[:, JOINT_INDEX[name]] = torch.tensor(quaternion)
    return Motion(rotations, torch.tensor([0.0, 0.95, 0.0]).repeat(frames, 1))


def assert_same_motion(first: Motion, second: Motion) -> None:
    assert (first.translation - second.translation).abs().max() < METRES
    assert angle_between(first.rotations, second.rotations).max() < RADIANS
    assert (first.joints() - second.joints()).abs().max() < 2 * METRES


# SMPL-D135


@settings(max_examples=20, deadline=None)
@given(options=body_motions)
@example(options={"frames": 200, "turn": 4 * math.pi, "speed": 3.0})  # ten seconds of running in circles
@example(options={"frames": 60, "roll": 2 * math.pi})  # a cartwheel
@example(options={"frames": 60, "pitch": 2.5})  # a head between the knees
def test_features_hold_the_motion_exactly(make_motion, options):
    motion = make_motion(**options)
    features = motion.to_d135()
    assert features.shape == (motion.num_frames, 135)
    assert_same_motion(Motion.from_d135(features), motion.canonicalized())


def test_ten_minutes_do_not_drift(make_motion):
    motion = make_motion(frames=12_000, turn=300.0, speed=2.0)
    again = Motion.from_d135(motion.to_d135())
    assert (again.translation - motion.canonicalized().translation).abs().max() < 1e-3


@settings(max_examples=20, deadline=None)
@given(options=body_motions, turn=angles, x=st.floats(-50, 50), z=st.floats(-50, 50))
def test_features_do_not_know_where_a_clip_was_recorded(make_motion, options, turn, x, z):
    motion = make_motion(**options)
    elsewhere = motion.moved(turn, torch.tensor([x, z]))
    assert torch.allclose(elsewhere.to_d135(), motion.to_d135(), atol=1e-4)


@settings(max_examples=20, deadline=None)
@given(options=body_motions, turn=angles)
def test_only_the_roots_rotation_depends_on_the_heading(make_motion, options, turn):
    motion = make_motion(**options)
    turned = motion.moved(turn, torch.zeros(2))
    before = encode_d135(motion.rotations, motion.translation)
    after = encode_d135(turned.rotations, turned.translation)
    assert torch.allclose(after[:, 6:], before[:, 6:], atol=1e-4)
    assert torch.allclose(remove_heading(after), remove_heading(before), atol=1e-4)
    if abs(turn) > 0.1:
        assert not torch.allclose(after[:, ROOT_ROTATION], before[:, ROOT_ROTATION], atol=1e-2)


@settings(max_examples=20, deadline=None)
@given(options=body_motions, turn=angles)
def test_a_clip_starts_facing_z_above_the_origin(make_motion, options, turn):
    motion = make_motion(**options).moved(turn, torch.tensor([3.0, -4.0]))
    for start in (motion.canonicalized(), Motion.from_d135(motion.to_d135())):
        assert abs(start.heading()[0]) < 1e-4
        assert start.translation[0, [0, 2]].abs().max() < 1e-5
        assert torch.allclose(start.translation[:, 1], motion.translation[:, 1], atol=1e-5)


def test_velocity_is_metres_a_frame_towards_left_and_front():
    """Facing +x, a body that goes to +x goes forward, and one that goes to -z goes to its left."""
    facing_x = yaw_quaternion(torch.tensor(math.pi / 2)).tolist()
    motion = standing(6, pelvis=facing_x)
    for direction, expected in (((1.0, 0.0), [0.0, 0.05]), ((0.0, -1.0), [0.05, 0.0])):
        way = 0.05 * torch.arange(6.0)[:, None] * torch.tensor(direction)
        translation = torch.stack((way[:, 0], torch.full((6,), 0.9), way[:, 1]), dim=-1)
        features = encode_d135(motion.rotations, translation)
        assert torch.allclose(features[:, ROOT_VELOCITY], torch.tensor(expected).expand(6, 2), atol=1e-6)
        assert torch.allclose(features[:, ROOT_HEIGHT], torch.full((6,), 0.9))


def test_6d_is_column_0_then_column_1():
    quarter_turn_about_z = [0.0, 0.0, math.sqrt(0.5), math.sqrt(0.5)]
    expected = torch.tensor([0.0, 1.0, 0.0, -1.0, 0.0, 0.0])
    assert torch.allclose(quaternion_to_6d(torch.tensor(quarter_turn_about_z)), expected, atol=1e-6)
    matrix = torch.arange(1.0, 10.0).reshape(3, 3)  # rows 1 2 3, 4 5 6, 7 8 9
    assert matrix_to_6d(matrix).tolist() == [1, 4, 7, 2, 5, 8]
    features = standing(4, left_knee=quarter_turn_about_z).to_d135()
    knee = list(joint_columns(JOINT_INDEX["left_knee"]))
    assert knee == list(range(27, 33))
    assert torch.allclose(features[:, knee], expected.expand(4, 6), atol=1e-6)
    untouched = [column for column in range(135)[BODY_ROTATIONS] if column not in knee]
    assert torch.allclose(features[:, untouched], torch.tensor([1.0, 0, 0, 0, 1, 0]).repeat(4, 20), atol=1e-6)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_any_six_numbers_are_a_rotation(seed):
    six = torch.randn(50, 6, generator=torch.Generator().manual_seed(seed))
    matrix = matrix_from_6d(six)
    assert torch.allclose(matrix.transpose(-1, -2) @ matrix, torch.eye(3).expand(50, 3, 3), atol=1e-4)
    assert torch.allclose(torch.linalg.det(matrix), torch.ones(50), atol=1e-4)
    assert angle_between(quaternion_from_6d(matrix_to_6d(matrix)), quaternion_from_6d(six)).max() < RADIANS
    # the first three numbers keep their direction
    assert torch.allclose(matrix[..., 0], torch.nn.functional.normalize(six[:, :3], dim=-1), atol=1e-4)


@settings(max_examples=20, deadline=None)
@given(options=body_motions, start=angles)
def test_restore_heading_undoes_remove_heading(make_motion, options, start):
    motion = make_motion(**options)
    heading = heading_angle(motion.rotations[:, 0])
    features = encode_d135(motion.rotations, motion.translation)[None].repeat(2, 1, 1)
    heading_free = remove_heading(features)
    assert heading_free.shape == (2, motion.num_frames, 136)
    restored = restore_heading(heading_free, heading[:1].expand(2))
    assert torch.allclose(restored, features, atol=1e-4)
    # and without a start it is the clip that faces +z
    assert torch.allclose(restore_heading(heading_free)[0], motion.to_d135(), atol=1e-4)


def test_turn_is_the_heading_gained_since_the_frame_before(make_motion):
    motion = standing(20)
    rotations = motion.rotations.clone()
    rotations[:, 0] = yaw_quaternion(-0.3 * torch.arange(20.0))  # 5.7 radians to the right: past the half turn
    heading_free = remove_heading(motion.replace(rotations=rotations).to_d135())
    assert torch.allclose(heading_free[:, TURN], torch.full((20,), -0.3), atol=1e-5)


# facing


def test_heading_counts_to_the_left():
    assert standing(4).heading().abs().max() < 1e-6
    to_the_left = standing(4, pelvis=yaw_quaternion(torch.tensor(0.7)).tolist())
    assert torch.allclose(to_the_left.heading(), torch.full((4,), 0.7), atol=1e-5)
    # the body's left hand points to +x at rest and comes round to -z as it turns left
    left_hand = to_the_left.joints()[0, JOINT_INDEX["left_wrist"]] - to_the_left.joints()[0, 0]
    assert left_hand[2] < -0.3


@pytest.mark.parametrize("axis, reach", [("z", 360), ("x", 110), ("x", -110)])
@pytest.mark.parametrize("facing", [0.0, 1.0, -2.5])
def test_heading_is_steady_through_cartwheels_and_bows(axis, reach, facing):
    bend = Rotation.from_euler(axis, np.linspace(0, reach, 60)[:, None], degrees=True)
    root = torch.from_numpy((Rotation.from_euler("y", facing) * bend).as_quat()).float()
    assert (heading_angle(root) - facing).abs().max() < 1e-3


# kinematics


def scipy_joints(motion: Motion) -> np.ndarray:
    """Every joint by walking up its chain to the root, frame by frame, with scipy's rotations."""
    offsets = motion.skeleton.offsets.numpy().astype(float)
    positions = np.zeros((motion.num_frames, NUM_JOINTS, 3))
    for frame in range(motion.num_frames):
        local = Rotation.from_quat(motion.rotations[frame].numpy())
        for joint in range(NUM_JOINTS):
            position, above = np.zeros(3), joint
            while PARENTS[above] >= 0:
                position = local[PARENTS[above]].apply(offsets[above] + position)
                above = PARENTS[above]
            positions[frame, joint] = position + motion.translation[frame].numpy()
    return positions


def test_kinematics_agree_with_scipy(make_motion):
    motion = make_motion(frames=5, seed=3, pitch=1.0, roll=2.0)
    assert np.abs(motion.joints().numpy() - scipy_joints(motion)).max() < 1e-5


def test_global_rotations_are_products_down_the_chain(make_motion):
    motion = make_motion(frames=4, seed=5)
    _, turned = motion.pose()
    for name in ("head", "left_wrist", "right_foot"):
        chain, joint = Rotation.identity(), JOINT_INDEX[name]
        while joint >= 0:
            chain = Rotation.from_quat(motion.rotations[0, joint].numpy()) * chain
            joint = PARENTS[joint]
        assert np.abs(turned[0, JOINT_INDEX[name]].numpy() - chain.as_matrix()).max() < 1e-5


@settings(max_examples=10, deadline=None)
@given(options=body_motions)
def test_bones_keep_their_length(make_motion, options):
    motion = make_motion(**options)
    joints = motion.joints()
    bones = (joints[:, 1:] - joints[:, list(PARENTS[1:])]).norm(dim=-1)
    expected = CANONICAL_SKELETON.offsets[1:].norm(dim=-1).expand_as(bones)
    assert torch.allclose(bones, expected, atol=1e-4)
    assert torch.equal(joints[:, 0], motion.translation)


def test_kinematics_take_any_batch_and_pass_gradients():
    six = torch.randn(2, 3, NUM_JOINTS, 6, generator=torch.Generator().manual_seed(0), requires_grad=True)
    positions, turned = forward_kinematics(matrix_from_6d(six), torch.zeros(2, 3, 3), CANONICAL_SKELETON.offsets)
    assert positions.shape == (2, 3, NUM_JOINTS, 3) and turned.shape == (2, 3, NUM_JOINTS, 3, 3)
    positions[:, :, JOINT_INDEX["left_wrist"]].sum().backward()
    moves = six.grad.abs().sum(dim=(0, 1, 3)) > 0
    above_the_wrist = {"pelvis", "spine1", "spine2", "spine3", "left_collar", "left_shoulder", "left_elbow"}
    assert {JOINT_NAMES[joint] for joint in moves.nonzero().flatten()} == above_the_wrist


def test_the_rest_pose_is_a_t_pose_of_an_adult():
    rest = dict(zip(JOINT_NAMES, CANONICAL_SKELETON.rest_joints().tolist(), strict=True))
    assert rest["left_wrist"][0] > 0.6 and abs(rest["left_wrist"][1] - rest["left_shoulder"][1]) < 0.01
    assert rest["left_foot"][2] > rest["left_ankle"][2]  # toes to the front
    assert 1.3 < rest["head"][1] - rest["left_foot"][1] < 1.6
    for left, right in enumerate(MIRROR_JOINTS):
        mirrored = CANONICAL_SKELETON.rest_joints()[right] * torch.tensor([-1.0, 1.0, 1.0])
        assert torch.allclose(CANONICAL_SKELETON.rest_joints()[left], mirrored, atol=1e-6)


# resampling


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 1000), frames=st.integers(10, 120))
def test_30_to_20_to_30_fps_changes_little(make_motion, seed, frames):
    motion = make_motion(frames, seed, fps=30.0, turn=2.0)
    at_20 = motion.resample(20.0)
    again = at_20.resample(30.0)
    assert at_20.fps == 20.0 and at_20.num_frames == (frames - 1) * 2 // 3 + 1
    shared = min(again.num_frames, motion.num_frames)
    assert shared >= frames - 2
    distance = (again.crop(0, shared).joints() - motion.crop(0, shared).joints()).norm(dim=-1)
    assert distance.mean() < 0.005 and distance.max() < 0.05


@pytest.mark.parametrize("fps, frames", [(20.0, 41), (60.0, 121), (24.0, 49), (90.0, 181)])
def test_resampling_keeps_the_first_and_last_frame(make_motion, fps, frames):
    motion = make_motion(frames=61, fps=30.0)
    other = motion.resample(fps)
    assert other.num_frames == frames
    for frame in (0, -1):
        assert torch.allclose(other.translation[frame], motion.translation[frame], atol=1e-5)
        assert angle_between(other.rotations[frame], motion.rotations[frame]).max() < RADIANS


def test_slerp_turns_at_constant_speed():
    rotations = standing(4).rotations.clone()
    for frame, angle in enumerate((0.0, 1.2, 2.4, 3.6)):  # on past the half turn
        rotations[frame, 16] = torch.tensor([math.sin(angle / 2), 0.0, 0.0, math.cos(angle / 2)])
    rotations[1] *= -1  # the same rotations, on the other side of the sphere
    motion = Motion(rotations, torch.zeros(4, 3), fps=10.0).resample(80.0)
    speed = angle_between(motion.rotations[1:, 16], motion.rotations[:-1, 16])
    assert torch.allclose(speed, torch.full_like(speed, 1.2 / 8), atol=1e-3)
    assert angle_between(motion.rotations[:, :16], standing(4).rotations[:1, :16]).max() < RADIANS


def test_translation_is_interpolated_along_straight_lines():
    motion = standing(4).replace(translation=torch.arange(12.0).reshape(4, 3) / 10)
    assert torch.allclose(motion.resample(40.0).translation[3], torch.tensor([0.45, 0.55, 0.65]), atol=1e-6)


# mirroring, moving, other bones


@settings(max_examples=10, deadline=None)
@given(options=body_motions)
def test_mirrored_twice_is_the_same(make_motion, options):
    motion = make_motion(**options).replace(text="waves with the left hand")
    once = motion.mirrored()
    assert once.text is None
    assert_same_motion(once.mirrored(), motion)
    assert torch.cos(once.heading() + motion.heading()).min() > 1 - 1e-5  # the other way round


@settings(max_examples=10, deadline=None)
@given(options=body_motions)
def test_a_mirror_shows_the_left_wrist_as_the_right_one(make_motion, options):
    motion = make_motion(**options)
    seen = motion.joints() * torch.tensor([-1.0, 1.0, 1.0])
    mirrored = motion.mirrored().joints()
    left, right = JOINT_INDEX["left_wrist"], JOINT_INDEX["right_wrist"]
    assert torch.allclose(mirrored[:, right], seen[:, left], atol=1e-4)
    assert torch.allclose(mirrored, seen[:, list(MIRROR_JOINTS)], atol=1e-4)


def test_lopsided_bones_are_mirrored_as_well(make_motion):
    offsets = CANONICAL_SKELETON.offsets.clone()
    offsets[JOINT_INDEX["left_elbow"]] *= 1.2
    motion = make_motion(frames=6).replace(skeleton=Skeleton(offsets, "lopsided"))
    seen = motion.joints()[:, list(MIRROR_JOINTS)] * torch.tensor([-1.0, 1.0, 1.0])
    assert torch.allclose(motion.mirrored().joints(), seen, atol=1e-5)


def test_moving_a_motion_moves_its_joints_as_one(make_motion):
    motion = make_motion(frames=8)
    moved = motion.moved(math.pi / 2, torch.tensor([2.0, -1.0]))
    about_start = motion.joints() - motion.translation[0] * torch.tensor([1.0, 0.0, 1.0])
    turned = Rotation.from_euler("y", 90, degrees=True).apply(about_start.reshape(-1, 3).numpy()).reshape(8, 22, 3)
    assert np.abs(moved.joints().numpy() - (turned + [2.0, 0.0, -1.0])).max() < 1e-5


def test_longer_legs_take_longer_steps(make_motion):
    motion = make_motion(frames=8)
    giant = motion.on_skeleton(Skeleton(CANONICAL_SKELETON.offsets * 1.5, "giant"))
    assert torch.allclose(giant.joints(), 1.5 * motion.joints(), atol=1e-5)
    assert torch.equal(giant.rotations, motion.rotations)


def test_crop_and_seconds(make_motion):
    motion = make_motion(frames=30, fps=30.0)
    piece = motion.crop(10, 20)
    assert piece.num_frames == 10 and piece.seconds == pytest.approx(1 / 3) and piece.fps == 30.0
    assert torch.equal(piece.translation, motion.translation[10:20])


# what is refused


def broken(rotations=None, translation=None, frames: int = 6, **options):
    motion = standing(frames)
    edited = {"rotations": motion.rotations.clone(), "translation": motion.translation.clone()}
    for name, edit in (("rotations", rotations), ("translation", translation)):
        if edit is not None:
            edited[name] = edit(edited[name])
    return lambda: Motion(**edited, **options)


def put(index, value):
    def edit(tensor):
        tensor[index] = value
        return tensor

    return edit


REFUSED = {
    "NaN in a rotation": (broken(rotations=put((3, 5), math.nan)), r"frame 3 holds NaN"),
    "infinite translation": (broken(translation=put((2, 0), math.inf)), r"frame 2 holds NaN or infinity"),
    "joints missing": (broken(rotations=lambda r: r[:, :20]), r"shape \(6, 20, 4\), expected \(frames, 22, 4\)"),
    "rotation matrices": (broken(rotations=lambda r: torch.eye(3).expand(6, 22, 3, 3)), r"quaternion"),
    "a single number": (broken(rotations=lambda r: torch.tensor(1.0)), r"shape \(\)"),
    "a translation short": (broken(translation=lambda t: t[1:]), r"shape \(5, 3\), expected \(6, 3\)"),
    "ground translation only": (broken(translation=lambda t: t[:, :2]), r"shape \(6, 2\), expected \(6, 3\)"),
    "not unit": (broken(rotations=put((4, 7), 1.0)), r"joint 7 at frame 4 has length 2.000"),
    "zero quaternion": (broken(rotations=put((0, 0), 0.0)), r"joint 0 at frame 0 has length 0.000"),
    "three frames": (lambda: Motion(torch.zeros(3, 22, 4), torch.zeros(3, 3)), r"3 frames, at least 4"),
    "no frames": (lambda: Motion(torch.zeros(0, 22, 4), torch.zeros(0, 3)), r"0 frames, at least 4"),
    "centimetres": (broken(translation=put((5, 0), 95.0)), r"1900 m/s.*metres"),
    "no fps": (broken(fps=0.0), r"fps is 0"),
    "NaN fps": (broken(fps=math.nan), r"fps is nan"),
    "negative fps": (broken(fps=-20.0), r"fps is -20"),
    "microseconds": (broken(fps=1e6), r"fps is 1000000"),
    "wrong features": (lambda: Motion.from_d135(torch.zeros(8, 136)), r"shape \(8, 136\), expected \(frames, 135\)"),
    "a batch of features": (lambda: Motion.from_d135(torch.zeros(1, 8, 135)), r"shape \(1, 8, 135\)"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_refused_in_one_line(what):
    make, message = REFUSED[what]
    with pytest.raises(MotionError, match=message) as raised:
        make()
    assert "\n" not in str(raised.value)


def test_a_motion_is_its_own_normalised_copy():
    """Rounded quaternions are welcome and come out unit; the caller's arrays stay as they were."""
    rotations = standing(5).rotations.numpy() * 1.005
    motion = Motion(rotations, np.zeros((5, 3)), fps=30)
    assert torch.allclose(motion.rotations.norm(dim=-1), torch.ones(5, 22), atol=1e-6)
    assert np.allclose(rotations[..., 3], 1.005)
    assert isinstance(motion.fps, float) and motion.rotations.dtype == torch.float32
    with pytest.raises(AttributeError):
        motion.fps = 20.0


@pytest.mark.parametrize("offsets, message", [(torch.zeros(21, 3), r"shape \(21, 3\)"), (put((3, 1), math.nan), "NaN")])
def test_skeletons_are_checked(offsets, message):
    offsets = offsets(CANONICAL_SKELETON.offsets.clone()) if callable(offsets) else offsets
    with pytest.raises(ValueError, match=f"'mine'.*{message}") as raised:
        Skeleton(offsets, "mine")
    assert "\n" not in str(raised.value)


# parts


def test_parts_share_out_the_joints():
    assert sorted(joint for part in PARTS for joint in part.joints) == list(range(NUM_JOINTS))
    assert PART_NAMES == ("root", "torso", "left_arm", "right_arm", "left_leg", "right_leg")
    for part in PARTS:
        sides = {JOINT_NAMES[joint].split("_")[0] for joint in part.joints} & {"left", "right"}
        assert sides == ({part.name.split("_")[0]} if "_" in part.name else set())


def test_part_columns_share_out_the_heading_free_features():
    assert [len(columns) for columns in PART_COLUMNS] == [10, 30, 24, 24, 24, 24]
    assert sorted(column for columns in PART_COLUMNS for column in columns) == list(range(136))


@pytest.mark.parametrize("part", range(1, 6))
def test_a_joint_shows_in_its_parts_columns_only(part):
    for joint in PARTS[part].joints:
        motion = standing(4, **{JOINT_NAMES[joint]: [math.sin(0.3), 0.0, 0.0, math.cos(0.3)]})
        changed = (remove_heading(motion.to_d135()) - remove_heading(standing(4).to_d135())).abs().amax(dim=0) > 1e-4
        assert changed.any() and set(changed.nonzero().flatten().tolist()) <= set(PART_COLUMNS[part])
